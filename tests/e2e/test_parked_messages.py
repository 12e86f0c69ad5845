"""A poisonous event in the running system, from the queue to its redrive, by the command line."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from deploy.programs import ROOT
from tests.poison import put_poison


@pytest.fixture
def aerosaga(stack):
    """Run the command line against the running system; return (status, what it printed)."""

    def run(*words, said=None):
        done = subprocess.run(
            [sys.executable, "-m", "aerosaga.cli", *words],
            cwd=ROOT,
            env=os.environ | {"AEROSAGA_STATE": str(Path(stack.state.run_dir) / "state.json")},
            input=said,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
def poison(backing):
    """The id of an event that payment_svc cannot read: a reservation failed, for no reason."""
    return put_poison(backing.urls.broker)


class TestAPoisonousEvent:
    def test_is_listed_mended_tried_and_redriven_once(self, stack, aerosaga, poison, engines):
        def mine():
            status, printed = aerosaga("parked", "list", "--service", "payment", "--json")
            assert status == 0, printed
            return [row for row in json.loads(printed) if row["wireId"] == poison]

        [listed] = stack.wait(mine, what="the event to be parked")
        name = f"payment/{listed['messageId']}"
        assert "reason" in listed["error"]

        status, printed = aerosaga("parked", "show", name)
        assert (status, "ReservationFailed.v1" in printed, "ZZZZZZ" in printed) == (0, True, True)
        assert aerosaga("parked", "edit", name, "--reason", "a slip", "--body", "-", said="[1]")[0] == 1

        status, shown = aerosaga("parked", "show", name, "--json")
        body = json.loads(shown)["body"] | {"reason": "timeout"}
        assert aerosaga("parked", "edit", name, "--reason", "mended", "--body", "-", said=json.dumps(body))[0] == 0
        status, printed = aerosaga("parked", "redrive", name, "--dry-run")
        assert (status, "would be applied" in printed) == (0, True), printed
        assert self.claims(engines, poison) == 0

        status, printed = aerosaga("parked", "redrive", name, "--reason", "mended")
        assert (status, "applied" in printed) == (0, True), printed

        assert self.claims(engines, poison) == 1
        assert aerosaga("parked", "redrive", name, "--reason", "again")[0] == 1
        assert mine() == []
        with engines["payment"].connect() as payment:
            acts = payment.execute(
                text("SELECT act FROM audit_entry WHERE subject = :subject ORDER BY id"),
                {"subject": f"parked message {listed['messageId']}"},
            )
            assert [act for (act,) in acts] == ["edit parked message", "redrive parked message"]

    def test_is_dropped_with_a_reason(self, stack, aerosaga, poison):
        def mine(state):
            printed = aerosaga("parked", "list", "--service", "payment", "--state", state, "--json")[1]
            return [row for row in json.loads(printed) if row["wireId"] == poison]

        [listed] = stack.wait(lambda: mine("parked"), what="the event to be parked")
        name = f"payment/{listed['messageId']}"
        assert aerosaga("parked", "drop", name)[0] == 2, "a reason is wanted"

        assert aerosaga("parked", "drop", name, "--reason", "of a test")[0] == 0

        assert mine("parked") == []
        assert len(mine("dropped")) == 1

    def claims(self, engines, event_id):
        with engines["payment"].connect() as payment:
            counted = payment.execute(
                text("SELECT COUNT(*) FROM inbox WHERE event_id = :event_id"), {"event_id": event_id.replace("-", "")}
            )
            return counted.scalar()


class TestAReplay:
    def test_says_how_many_events_there_are_and_how_far_back(self, stack, aerosaga):
        stack.follow(stack.book())

        status, printed = aerosaga(
            *("replay", "--from", "booking", "--to", "payment", "--since", "30d"),
            *("--type", "ReservationConfirmed", "--dry-run", "--reason", "a look"),
        )

        assert status == 0, printed
        assert "would be sent to payment.inbox.booking" in printed
        assert "it keeps events for 14 days" in " ".join(printed.split()), "wrapped as the terminal is wide"

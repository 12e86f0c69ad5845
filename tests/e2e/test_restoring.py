"""A backup of the running system, and each service put back to it: it is brought up to what the others know."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aerosaga.invariants import judge
from deploy import state
from deploy.programs import ROOT
from tests.e2e.holding import hold, pay
from tests.e2e.money import payments, wait_for_ledgers
from tests.reliability.rest import Rest
from tests.stack import Json, Stack, read

# Of a system that other tests use too: what they plant and send by hand is none of a restore's business.
ABOUT_MONEY_AND_SEATS = ("I1", "I2", "I3", "I8", "I9", "I10", "I11", "I23", "I24")
# The system comes to rest while much else may run on this machine.
REST_SECONDS = 120
COMMAND_SECONDS = 240

Command = Callable[..., list[Json]]


@pytest.fixture(scope="module")
def rest(stack: Stack) -> Iterator[Rest]:
    rest = Rest(Path(stack.state.run_dir))
    yield rest
    rest.close()


@pytest.fixture(scope="module")
def aerosaga(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """Run the command line at the running system; with `report`, return the differences it wrote down."""
    where = os.environ | {"AEROSAGA_STATE": str(Path(stack.state.run_dir) / state.FILE)}
    folder = tmp_path_factory.mktemp("reports")

    def run(*words: str, report: bool = False) -> list[Json]:
        path = folder / f"{len(list(folder.iterdir()))}.json"
        written = ["--report", str(path)] if report else []
        done = subprocess.run(
            [sys.executable, "-m", "aerosaga.cli", *words, *written],
            cwd=ROOT,
            env=where,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(path.read_text()) if report else []

    return run


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("backups") / "backup"


@pytest.fixture(scope="module")
def life(stack: Stack, rest: Rest, aerosaga: Command, backup: Path) -> dict[str, Json]:
    """A backup, and what has happened since: a booking, a hold that was paid, a cancellation."""
    cancelled = stack.book()
    assert stack.follow(cancelled, seconds=90)["status"] == "confirmed"
    wait_for_ledgers(stack, cancelled, ["authorize", "capture"], seconds=60)
    aerosaga("backup", str(backup))
    booked, held = stack.book(), hold(stack)
    read(pay(stack, held), 202)
    path = f"/reservations/{cancelled['locator']}"
    quote = stack.operate("GET", "booking", f"{path}/cancellation")["quote"]
    stack.operate("POST", "booking", f"{path}/cancellations", {"quote": quote})
    assert stack.follow(booked, seconds=90)["status"] == "confirmed"
    assert stack.follow(held, seconds=90)["status"] == "confirmed"
    rest.wait(REST_SECONDS)
    return {"booked": booked, "held": held, "cancelled": cancelled}


@pytest.fixture(scope="module")
def violated(life: dict[str, Json], rest: Rest) -> set[str]:
    """What is broken before anything is restored: by other tests, if by anybody."""
    return broken(rest)


class TestAServiceThatIsRestored:
    @pytest.mark.parametrize("service", ["booking", "payment", "notification"])
    def test_is_what_everybody_was_told(self, stack, rest, aerosaga, backup, life, violated, service):
        was = known(stack, life)

        found = aerosaga("restore", service, "--from", str(backup), "--yes", report=True)

        assert rest.wait(REST_SECONDS) == {}
        assert known(stack, life) == was
        assert found, "it had forgotten something, and nothing is listed"
        assert broken(rest) - violated == set()
        again = stack.book()
        assert again["reservationId"] > max(each["reservationId"] for each in life.values())
        assert stack.follow(again, seconds=90)["status"] == "confirmed"

    def test_has_nothing_left_to_be_told(self, stack, aerosaga, backup, life):
        since = json.loads((backup / "manifest.json").read_text())["copies"]["booking"]["began_at"]

        found = aerosaga("reconcile", "booking", "--since", since, report=True)

        subjects = {each["subject"] for each in found}
        assert subjects & {f"reservation {each['reservationId']}" for each in life.values()} == set()


def known(stack: Stack, life: dict[str, Json]) -> dict[str, object]:
    """Return what travellers are shown: the status, money and seat of each reservation."""
    return {
        name: (
            stack.show(made)["status"],
            [each["status"] for each in payments(stack, made)],
            [stack.seat(seat["departureId"], seat["seatNumber"])["state"] for seat in made["seats"]],
        )
        for name, made in life.items()
    }


def broken(rest: Rest) -> set[str]:
    return {said for each in judge(rest.evidence(), only=ABOUT_MONEY_AND_SEATS) for said in each.violations}

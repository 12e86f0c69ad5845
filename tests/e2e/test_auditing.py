"""The auditor of the running system: quiet while all is well, and red within a minute about whatever is planted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.stack import Json, Stack

# What the auditor promises, and what it then needs to see that all is well again.
WITHIN_SECONDS = 60


@dataclass(frozen=True)
class Planted:
    """One thing that is not as it must be: what was done to which database, and how it is undone."""

    rule: str
    service: str
    plant: str
    mend: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    subject: str = "reservation {id}"


PLANTED = [
    Planted(
        "seats",
        "booking",
        "UPDATE seat SET state = 'tentative' WHERE reservation_id = :id",
        "UPDATE seat SET state = 'held' WHERE reservation_id = :id",
    ),
    Planted(
        "price",
        "payment",
        "UPDATE payment SET amount_minor = amount_minor - 1 WHERE reservation_id = :id",
        "UPDATE payment SET amount_minor = amount_minor + 1 WHERE reservation_id = :id",
    ),
    Planted(
        "leftover",
        "booking",
        "UPDATE reservation SET status = 'failed' WHERE id = :id",
        "UPDATE reservation SET status = 'confirmed' WHERE id = :id",
    ),
    Planted(
        "deadline",
        "booking",
        "UPDATE saga_run SET ended_at = NULL, deadline = UTC_TIMESTAMP(6) - INTERVAL 60 SECOND WHERE subject_id = :id",
        "UPDATE saga_run SET ended_at = UTC_TIMESTAMP(6) WHERE subject_id = :id",
    ),
    Planted(
        "news",
        "auditor",
        "UPDATE told_reservation SET status = 'pending' WHERE reservation_id = :id",
        "UPDATE told_reservation SET status = 'confirmed' WHERE reservation_id = :id",
    ),
    Planted(
        "undecided",
        "payment",
        "UPDATE payment SET status = 'pending', created_at = created_at - INTERVAL 1 HOUR WHERE reservation_id = :id",
        "UPDATE payment SET status = 'captured' WHERE reservation_id = :id",
    ),
    Planted(
        "provider",
        "payment",
        "UPDATE payment SET status = 'voided' WHERE reservation_id = :id",
        "UPDATE payment SET status = 'captured' WHERE reservation_id = :id",
        subject="payment {authId}",
    ),
    Planted(
        "unpublished",
        "airline",
        "INSERT INTO outbox (event_id, exchange, type, version, correlation_id, body, occurred_at) VALUES"
        " (UUID(), 'no.such.exchange', 'Nothing', 1, UUID(), '{}', UTC_TIMESTAMP(6) - INTERVAL 1 MINUTE)",
        "DELETE FROM outbox WHERE exchange = 'no.such.exchange'",
        subject="airline_svc",
    ),
    Planted(
        "parked",
        "payment",
        "INSERT INTO parked_message (queue, routing_key, body, headers, error, parked_at) VALUES"
        " ('payment.inbox', 'Planted.v1', '{}', '{}', 'planted', UTC_TIMESTAMP(6))",
        "DELETE FROM parked_message WHERE routing_key = 'Planted.v1'",
        subject="payment_svc",
    ),
]


@pytest.fixture
def confirmed(stack: Stack) -> Json:
    """A reservation whose money is captured."""
    booked = stack.book()
    stack.follow(booked)
    stack.wait(
        lambda: [payment["status"] for payment in stack.payments(booked)] == ["captured"],
        seconds=20,
        what="the money to be captured",
    )
    return {**booked, "authId": stack.payments(booked)[0]["authId"]}


@pytest.fixture
def find(stack: Stack) -> Callable[..., set[str]]:
    """Returns the rules that have an open finding about a subject."""

    def found(subject: str) -> set[str]:
        report = stack.operate("GET", "auditor", "/report")
        return {finding["rule"] for finding in report["findings"] if finding["subject"] == subject}

    return found


@pytest.fixture(scope="module", autouse=True)
def _first_round(stack: Stack) -> None:
    stack.wait(
        lambda: "reservations" in {each["book"] for each in stack.operate("GET", "auditor", "/report")["readings"]},
        seconds=60,
        what="the auditor's first round",
    )


class TestTheAuditor:
    @pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.rule)
    def test_finds_what_is_planted_within_a_minute_and_sees_it_mended(
        self, stack: Stack, engines: dict[str, Engine], confirmed: Json, find: Callable[..., set[str]], planted: Planted
    ) -> None:
        subject = planted.subject.format(id=confirmed["reservationId"], **confirmed)
        facts = {"id": confirmed["reservationId"]} if ":id" in planted.plant else {}
        assert find(subject) == set()

        _do(engines[planted.service], planted.plant, facts)
        try:
            stack.wait(
                lambda: planted.rule in find(subject), seconds=WITHIN_SECONDS, what=f"the finding {planted.rule}"
            )
        finally:
            _do(engines[planted.service], planted.mend, facts if ":id" in planted.mend else {})

        stack.wait(lambda: find(subject) == set(), seconds=WITHIN_SECONDS, what="the auditor to see it mended")

    def test_finds_an_event_that_somebody_never_heard(
        self, stack: Stack, engines: dict[str, Engine], confirmed: Json
    ) -> None:
        # As if the broker had lost it: published by its owner, and no claim in the subscriber's inbox.
        event = _one(
            engines["booking"],
            "SELECT id, event_id FROM outbox WHERE type = 'ReservationConfirmed' AND correlation_id = :id",
            {"id": confirmed["correlationId"]},
        )
        _do(engines["payment"], "DELETE FROM inbox WHERE event_id = :id", {"id": event["event_id"]})

        def unheard() -> list[Any]:
            findings = stack.operate("GET", "auditor", "/report")["findings"]
            return [finding["detail"] for finding in findings if finding["rule"] == "unheard"]

        stack.wait(unheard, seconds=WITHIN_SECONDS, what="the finding unheard")
        (found,) = unheard()
        assert (found["type"], found["notHeardBy"]) == ("ReservationConfirmed", ["payment_svc"])


class TestItsMetric:
    def test_counts_open_findings_for_each_rule(self, stack: Stack) -> None:
        told = stack.ask("GET", "auditor", "/metrics").text

        assert 'aerosaga_audit_findings{rule="seats"} 0.0' in told
        assert 'aerosaga_audit_age_seconds{book="reservations"}' in told


def _do(engine: Engine, statement: str, facts: Mapping[str, Any]) -> None:
    with engine.begin() as connection:
        assert connection.execute(text(statement), facts).rowcount > 0


def _one(engine: Engine, statement: str, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    with engine.connect() as connection:
        return connection.execute(text(statement), facts).mappings().one()

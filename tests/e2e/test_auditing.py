"""The auditor of the running system: quiet while all is well, and red within a minute about whatever is planted."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from tests.stack import Json, Stack

# What the auditor promises, and what it then needs to see that all is well again.
WITHIN_SECONDS = 60


@dataclass(frozen=True)
class Planted:
    """One thing that is not as it must be: what was done to the books of a service, or of the bank, and its undoing."""

    rule: str
    service: str
    plant: str
    mend: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    subject: str = "reservation {id}"

    @property
    def name(self) -> str:
        return f"{self.rule} by {self.service}"


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
        "provider",
        "bank",
        "UPDATE authorization SET reference = 'lost ' || reference WHERE reference = :authId",
        "UPDATE authorization SET reference = :authId WHERE reference = 'lost ' || :authId",
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


@dataclass
class Watched:
    """What became of what was planted: seconds until it was found, and until it was seen mended; None: never."""

    found: dict[str, float | None]
    mended: dict[str, float | None]
    quiet_before: bool
    not_heard: list[Any]


@pytest.fixture(scope="module")
def books(stack: Stack, engines: dict[str, Engine]) -> Iterator[dict[str, Engine]]:
    """A connection to each service's database, and to the bank's."""
    bank = create_engine(f"sqlite:///{Path(stack.state.run_dir) / 'data' / 'bank.db'}")
    yield engines | {"bank": bank}
    bank.dispose()


@pytest.fixture(scope="module")
def watched(stack: Stack, books: dict[str, Engine]) -> Watched:
    """Everything is planted at once, each in a reservation of its own, and mended at once."""
    confirmed = [_confirmed(stack) for _ in range(len(PLANTED) + 1)]
    facts = {
        planted.name: {**booked, "id": booked["reservationId"]}
        for planted, booked in zip(PLANTED, confirmed, strict=False)
    }
    subjects = {planted.name: (planted.rule, planted.subject.format(**facts[planted.name])) for planted in PLANTED}
    quiet = not any(rule in _rules(stack, subject) for rule, subject in subjects.values())
    lost = _lose_an_event(books, confirmed[-1])
    for planted in PLANTED:
        _do(books[planted.service], planted.plant, facts[planted.name])
    try:
        unheard = {"unheard": ("unheard", lost)}
        found = _time(stack, unheard | subjects, lambda rule, rules: rule in rules)
        told = [each["detail"] for each in _findings(stack) if each["subject"] == lost]
    finally:
        for planted in PLANTED:
            _do(books[planted.service], planted.mend, facts[planted.name])
    mended = _time(stack, subjects, lambda _, rules: not rules)
    return Watched(found=found, mended=mended, quiet_before=quiet, not_heard=told)


class TestTheAuditor:
    def test_is_quiet_about_what_is_well(self, watched: Watched) -> None:
        assert watched.quiet_before

    @pytest.mark.parametrize("name", [*(planted.name for planted in PLANTED), "unheard"])
    def test_finds_what_is_planted_within_a_minute(self, watched: Watched, name: str) -> None:
        assert watched.found[name] is not None

    @pytest.mark.parametrize("name", [planted.name for planted in PLANTED])
    def test_sees_what_is_mended(self, watched: Watched, name: str) -> None:
        assert watched.mended[name] is not None

    def test_names_the_event_that_was_lost_and_who_has_not_heard_it(self, watched: Watched) -> None:
        (told,) = watched.not_heard

        assert (told["type"], told["notHeardBy"]) == ("ReservationConfirmed", ["payment_svc"])


class TestItsMetric:
    def test_counts_open_findings_for_each_rule(self, stack: Stack) -> None:
        told = stack.ask("GET", "auditor", "/metrics").text

        assert 'aerosaga_audit_findings{rule="seats"} 0.0' in told
        assert 'aerosaga_audit_age_seconds{book="reservations"}' in told


def _confirmed(stack: Stack) -> Json:
    booked = stack.book()
    stack.follow(booked)
    stack.wait(
        lambda: [payment["status"] for payment in stack.payments(booked)] == ["captured"],
        seconds=20,
        what="the money to be captured",
    )
    return {**booked, "authId": stack.payments(booked)[0]["authId"]}


def _lose_an_event(engines: dict[str, Engine], booked: Json) -> str:
    """Make it as if the broker had lost an event: published by its owner, and no claim in the subscriber's inbox."""
    with engines["booking"].connect() as connection:
        wanted = "SELECT event_id FROM outbox WHERE type = 'ReservationConfirmed' AND correlation_id = :id"
        event_id = connection.execute(text(wanted), {"id": booked["correlationId"]}).scalar_one()
    _do(engines["payment"], "DELETE FROM inbox WHERE event_id = :id", {"id": event_id})
    return f"event {event_id}"


def _findings(stack: Stack) -> list[Json]:
    found: list[Json] = stack.operate("GET", "auditor", "/report?limit=1000")["findings"]
    return found


def _rules(stack: Stack, subject: str) -> set[str]:
    return {finding["rule"] for finding in _findings(stack) if finding["subject"] == subject}


def _time(
    stack: Stack, subjects: Mapping[str, tuple[str, str]], enough: Callable[[str, set[str]], bool]
) -> dict[str, float | None]:
    """
    Return after how many seconds the rules found about each subject were enough; None where a minute was not.

    `subjects` are (rule, subject) by the name of what was planted.
    """
    began, took = time.monotonic(), dict.fromkeys(subjects)
    while None in took.values() and time.monotonic() - began < WITHIN_SECONDS:
        open_rules: dict[str, set[str]] = {}
        for finding in _findings(stack):
            open_rules.setdefault(finding["subject"], set()).add(finding["rule"])
        for name, (rule, subject) in subjects.items():
            if took[name] is None and enough(rule, open_rules.get(subject, set())):
                took[name] = time.monotonic() - began
        time.sleep(0.5)
    return took


def _do(engine: Engine, statement: str, facts: Mapping[str, Any]) -> None:
    with engine.begin() as connection:
        named = {name: value for name, value in facts.items() if f":{name}" in statement}
        assert connection.execute(text(statement), named).rowcount > 0

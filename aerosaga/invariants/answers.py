"""Answers: what a client was told stays true, and a repeat is the same request."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from aerosaga.invariants.evidence import Evidence
from aerosaga.invariants.history import Operation
from aerosaga.invariants.judging import invariant, unless

RESERVE = "POST /reservations"
# The last answers of each service that must be good again, once everything is healed.
TAIL = 5


@invariant("I6", "a reservation that was acknowledged is there")
def acknowledged_is_kept(evidence: Evidence) -> Iterator[str | None]:
    there = {row["locator"] for row in evidence.rows("booking.reservation")}
    for done in evidence.history:
        if done.what == RESERVE and done.outcome == "ok":
            yield unless(done.locator in there, f"reservation {done.locator} was acknowledged and is not there")


@invariant("I26", "the same request with the same key is done once, another one with it is refused")
def repeats_are_one(evidence: Evidence) -> Iterator[str | None]:
    by_key: dict[str, list[Operation]] = defaultdict(list)
    for done in evidence.history:
        if done.key and done.outcome == "ok":
            by_key[done.key].append(done)
    for key, operations in by_key.items():
        locators = {done.locator for done in operations}
        bodies = {done.asked for done in operations}
        fine = len(locators) == len(bodies) == 1
        yield unless(fine, f"key {key} did {len(bodies)} different requests and made {sorted(map(str, locators))}")
    stored = Counter(
        row["body"]["locator"]
        for row in evidence.rows("booking.idempotency_key")
        if row["route"] == RESERVE and row["status"] == 202 and isinstance(row["body"], dict)
    )
    for locator, times in stored.items():
        yield unless(times == 1, f"{times} keys made reservation {locator}")


@invariant("I28", "the last answers of every service are good ones")
def tail_is_good(evidence: Evidence) -> Iterator[str | None]:
    by_service: dict[str, list[Operation]] = defaultdict(list)
    for done in evidence.history:
        by_service[done.service].append(done)
    for service, operations in by_service.items():
        tail = operations[-TAIL:]
        good = sum(done.outcome == "ok" for done in tail)
        yield unless(good == len(tail), f"{good} of the last {len(tail)} answers of {service}_svc were good")

"""G1, G2, G3: sagas, messages and values while the database restarts, as the chaos suite of DBOS does it."""

from decimal import Decimal
from random import Random

from tests.reliability.faults.chapter import Story
from tests.reliability.faults.errands import by_wallet, declined, half_declined, paid, split
from tests.reliability.faults.scorecard.figure import Figure
from tests.reliability.faults.scorecard.storm import at_rest, by_many, storm

SAGAS, MESSAGES, VALUES = 5_000, 10_000, 5_000
# Fares of a route nobody sells, so that no price changes.
ROUTE = {"airline": "AA", "origin": "LAX", "destination": "JFK", "cabin": "economy", "rule": "BASIC"}
# Below this nothing was tried.
RESTARTS = 2
FIRST_FLIGHT, FLIGHTS = 1000, 8_000


def sagas(story: Story, size: int, chance: Random) -> Figure:
    """G1: reservations of five kinds, each carried to its one right end."""
    kinds = (paid, declined, split, half_declined, by_wallet)
    ends = {paid: "confirmed", split: "confirmed", by_wallet: "confirmed"}
    wanted: dict[str, str] = {}

    def book(number: int) -> None:
        errand = kinds[number % len(kinds)]
        wanted[errand(story.caller, chance)["locator"]] = ends.get(errand, "failed")

    with storm(story.system, chance) as restarts:
        troubles = by_many(book, range(size))
    problems = [*troubles, *at_rest(story)]
    ended = {locator: story.system.rest.ended(locator) for locator in wanted}
    right = sum(ended[locator] == end for locator, end in wanted.items())
    problems += [
        f"reservation {locator} is {ended[locator]}, not {end}"
        for locator, end in wanted.items()
        if ended[locator] != end
    ]
    return Figure(
        name="G1",
        promise="sagas end as they must while the database restarts every 5 to 40 s",
        reached=right,
        tried=size,
        size=SAGAS,
        problems=problems,
        too_little=_too_few(restarts),
        notes=[f"{len(restarts)} restarts of the database"],
    )


def messages(story: Story, size: int, chance: Random) -> Figure:
    """G2: events from fare_svc's outbox through the broker into booking_svc's inbox."""
    before = _counts(story)
    with storm(story.system, chance) as restarts:
        troubles = by_many(lambda number: _put(story, number, amount=number + 1), range(size))
    problems = [*troubles, *at_rest(story)]
    after = _counts(story)
    sent, received = (after[each] - before[each] for each in ("sent", "received"))
    if sent < size:
        problems.append(f"{sent} of {size} were sent")
    return Figure(
        name="G2",
        promise="messages are sent and received under the same restarts, outbox to inbox",
        reached=min(sent, received),
        tried=max(sent, size),
        size=MESSAGES,
        problems=problems,
        too_little=_too_few(restarts),
        notes=[
            f"{len(restarts)} restarts of the database; {sent:,} sent, {received:,} received, {sent - received} lost"
        ],
    )


def values(story: Story, size: int, chance: Random) -> Figure:
    """G3: values set at one service and read at another, which hears of them by event."""
    amounts = [chance.randrange(100, 90_000) for _ in range(size)]
    with storm(story.system, chance) as restarts:
        troubles = by_many(lambda number: _put(story, number, amount=amounts[number]), range(size))
    problems = [*troubles, *at_rest(story)]
    known = _amounts(story)
    right = sum(known.get(FIRST_FLIGHT + number) == amounts[number] * 100 for number in range(size))
    return Figure(
        name="G3",
        promise="values that were set at one service are read at another under the same restarts",
        reached=right,
        tried=size,
        size=VALUES,
        problems=problems,
        too_little=_too_few(restarts),
        notes=[f"{len(restarts)} restarts of the database"],
    )


def _too_few(restarts: list[float]) -> list[str]:
    few = len(restarts) < RESTARTS
    return [f"the database was restarted {len(restarts)} times, {RESTARTS} are needed"] if few else []


def _put(story: Story, number: int, *, amount: int) -> None:
    """Set the fare of a flight, through the door, until that is acknowledged; again changes nothing."""
    flight = FIRST_FLIGHT + number % FLIGHTS
    story.caller.put("/fares", [{**ROUTE, "flightNumber": flight, "amount": Decimal(amount), "currency": "USD"}])


def _counts(story: Story) -> dict[str, int]:
    told = story.system.rows("fare", "SELECT COUNT(*) FROM outbox WHERE type = 'FareUpdated'")
    heard = story.system.rows("booking", "SELECT COUNT(DISTINCT event_id) FROM inbox WHERE type = 'FareUpdated'")
    return {"sent": int(told[0][0]), "received": int(heard[0][0])}


def _amounts(story: Story) -> dict[int, int]:
    of = "SELECT flight_number, amount_minor FROM fare WHERE origin = 'LAX' AND destination = 'JFK'"
    return {int(row.flight_number): int(row.amount_minor) for row in story.system.rows("booking", of)}

"""Example reservations, entries and sagas; a test names only what it is about."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from common.stories import Entry, Story

BEGAN = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
PRICE = Decimal("450.00")

BOOK_STEPS = [
    {"does": "hold seats", "undoes": "release seats", "times": 1},
    {"does": "authorize payment", "undoes": "void payment", "times": 1},
    {"does": "confirm reservation", "undoes": None, "times": 1},
]
HOLD_STEPS = [
    {"does": "hold seats", "undoes": "release seats", "times": 1},
    {"does": "await payment", "undoes": None, "times": 1},
    {"does": "confirm reservation", "undoes": None, "times": 1},
]


def at(seconds: float) -> datetime:
    """Return the time so many seconds after the story began."""
    return BEGAN + timedelta(seconds=seconds)


def wire(moment: datetime) -> str:
    """Return a time as services write it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def entry(seconds: float, service: str, kind: str, name: str, **detail: Any) -> Entry:
    return Entry(at=at(seconds), service=service, kind=kind, name=name, detail=detail)


def event(seconds: float, service: str, name: str, *, published: bool = True, **detail: Any) -> Entry:
    published_at = wire(at(seconds + 0.25)) if published else None
    return entry(seconds, service, "event", name, publishedAt=published_at, **detail)


def authorized(seconds: float, *, part: int = 1, amount: Decimal = PRICE) -> Entry:
    """Return a PaymentAuthorized."""
    return event(seconds, "payment", "PaymentAuthorized", authId=f"pa_{part}", part=part, amount=amount, currency="USD")


def reservation(**fields: Any) -> dict[str, Any]:
    return {
        "locator": "K7Q2ZD",
        "status": "pending",
        "failureReason": None,
        "price": {"amount": PRICE, "currency": "USD"},
        "payBy": wire(at(120)),
        "correlationId": "b9d10000-0000-0000-0000-000000000000",
        "passengers": [{"firstName": "Ada", "lastName": "Lovelace"}],
        "seats": [
            {
                "seatNumber": "12A",
                "cabin": "economy",
                "passenger": 1,
                "airline": "B6",
                "flightNumber": 23,
                "origin": "JFK",
                "destination": "LAX",
                "departsLocal": "2026-12-02T22:30:00-05:00",
                "arrivesLocal": "2026-12-03T01:45:00-08:00",
            }
        ],
        "payments": [],
    } | fields


def saga(*, steps: Sequence[dict[str, Any]] = BOOK_STEPS, **fields: Any) -> dict[str, Any]:
    return {
        "saga": "book",
        "state": "running",
        "reason": None,
        "attempts": 1,
        "beganAt": wire(BEGAN),
        "deadline": wire(at(120)),
        "wakeAt": wire(at(3)),
        "endedAt": None,
        "steps": list(steps),
    } | fields


def story(*entries: Entry, sagas: Sequence[dict[str, Any]] = (), silent: Sequence[str] = (), **fields: Any) -> Story:
    """Return the story of a reservation with these fields."""
    return Story(reservation=reservation(**fields), entries=list(entries), sagas=list(sagas), silent=silent)

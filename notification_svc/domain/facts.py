"""What was heard about a reservation, and what can be read out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Heard:
    """One event: its wire `body`, when it happened at its owner's, and how many seconds ago it was heard here."""

    event_id: UUID
    type: str
    occurred_at: datetime
    seconds_ago: float
    body: Mapping[str, Any]


class Story:
    """The facts of one reservation, oldest first, whatever order they came in."""

    def __init__(self, facts: Sequence[Heard]) -> None:
        self._facts = sorted(facts, key=lambda fact: fact.occurred_at)

    def all(self, *types: str) -> list[Heard]:
        """Return the facts of some types."""
        return [fact for fact in self._facts if fact.type in types]

    def first(self, type: str) -> Heard | None:
        """Return the first fact of a type, None if there is none."""
        return next(iter(self.all(type)), None)

    def undone_payments(self) -> list[dict[str, Any]]:
        """Return each payment that came to nothing, as a receipt says it: by failing, or by being voided."""
        return [
            {
                "authId": fact.body["authId"],
                "amount": fact.body["amount"],
                "currency": fact.body["currency"],
                "outcome": "voided" if fact.type == "PaymentVoided" else "failed",
                "reason": fact.body["reason"],
                "at": fact.occurred_at,
            }
            for fact in self.all("PaymentVoided", "PaymentFailed")
        ]

    def open_payments(self) -> list[dict[str, Any]]:
        """Return each payment that is set aside, and neither taken nor let go."""
        over = {
            fact.body["authId"]
            for fact in self.all("PaymentVoided", "PaymentFailed", "PaymentCaptured", "RefundIssued")
        }
        return [
            {"authId": fact.body["authId"], "amount": fact.body["amount"], "currency": fact.body["currency"]}
            for fact in self.all("PaymentAuthorized")
            if fact.body["authId"] not in over
        ]

    def payments_heard_of(self) -> int:
        """Return how many of the reservation's payments anything was heard of."""
        kinds = ("PaymentAuthorized", "PaymentFailed", "PaymentVoided", "PaymentCaptured")
        return len({fact.body["part"] for fact in self.all(*kinds)})


def segments(itinerary: Mapping[str, Any], as_of: datetime, story: Story) -> list[dict[str, Any]]:
    """
    Return the itinerary's segments with the times that are true now.

    `sequence` counts what changed since the booking, as a calendar wants it; `cancelled` is true for what does not fly.
    """
    found = []
    gone = bool(story.all("ReservationCancelled"))
    for segment in itinerary["segments"]:
        about = [
            fact
            for fact in story.all("DepartureDelayed", "DepartureCancelled")
            if fact.body["departureId"] == segment["departureId"]
        ]
        times = {}
        for fact in about:
            if fact.type == "DepartureDelayed" and fact.occurred_at > as_of:
                times = {key: fact.body[key] for key in ("departsAt", "departsLocal", "arrivesAt", "arrivesLocal")}
        cancelled = gone or any(fact.type == "DepartureCancelled" for fact in about)
        sequence = len(about) + (1 if gone else 0)
        found.append({**segment, **times, "sequence": sequence, "cancelled": cancelled})
    return found

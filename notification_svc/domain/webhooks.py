"""What a webhook is and becomes: which events it may hear, when a delivery is tried again, when it is switched off."""

import random
import secrets
import string
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from common.contracts import booking, flight, payment
from common.errors import Conflict, NotFound, Rejected
from common.messages import Event

#: What an integrator may hear. None of them carries personal data; the timetable in bulk is asked for, not pushed.
PUBLIC_EVENTS: tuple[type[Event], ...] = (
    booking.ReservationInitiated,
    booking.ReservationConfirmed,
    booking.ReservationFailed,
    booking.ReservationCancelled,
    booking.SeatTentativelyHeld,
    booking.SeatHeld,
    booking.SeatReleased,
    payment.PaymentAuthorized,
    payment.PaymentFailed,
    payment.PaymentCaptured,
    payment.PaymentVoided,
    payment.RefundIssued,
    flight.DepartureDelayed,
    flight.DepartureCancelled,
)
PUBLIC: Mapping[str, type[Event]] = {event.__name__: event for event in PUBLIC_EVENTS}
#: What a test of a webhook delivers; nothing publishes it.
PING = "WebhookPinged"

MOST_WEBHOOKS = 20
LONGEST_DESCRIPTION = 200

#: How long a delivery waits after each failed attempt, in seconds: ten attempts within some 76 hours.
PAUSES = (5, 300, 1800, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
# Receivers that were away together should not be met by everything at one moment when they are back.
JITTER = 0.1
#: How long every attempt must have failed until a webhook is switched off.
PATIENCE_SECONDS = 5 * 24 * 3600.0
#: How long the old secret still signs after a rotation.
OVERLAP_SECONDS = 24 * 3600.0


class State(StrEnum):
    """Whether a webhook is sent to."""

    ENABLED = "enabled"
    DISABLED = "disabled"


class SwitchedOff(StrEnum):
    """Why a webhook is disabled: by its owner, because its receiver said 410 Gone, or because nothing came through."""

    BY_OWNER = "by_owner"
    GONE = "gone"
    FAILING = "failing"


class DeliveryState(StrEnum):
    """pending -> sending -> delivered | pending (tried again later) | failed (no attempt is left)."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"


class WebhookNotFound(NotFound):
    """Raised when there is no such webhook or delivery, or it is somebody else's."""


class TooManyWebhooks(Conflict):
    """Raised when somebody has as many webhooks as one may have."""

    code = "too_many_webhooks"


class WebhookDisabled(Conflict):
    """Raised when something is to be sent to a webhook that is switched off."""

    code = "webhook_disabled"


class EventsRefused(Rejected):
    """Raised when a webhook asks for events that do not exist, or that its owner may not see."""

    code = "events_refused"


def check_events(names: Iterable[str], *, airline: str | None) -> list[str]:
    """
    Return the names of the events asked for, each once, sorted.

    `airline` is the one whose events the owner may see, None for all. An event that does not name its airline cannot be
    told to be somebody's, so it is for those who may see all.

    :raises EventsRefused: if one is unknown or not for this owner
    """
    asked = sorted(set(names))
    unknown = [name for name in asked if name not in PUBLIC]
    if not asked or unknown:
        wrong = f"There is no event {', '.join(unknown)} to subscribe to." if unknown else "Name at least one event."
        raise EventsRefused(f"{wrong} There are: {', '.join(PUBLIC)}.")
    hidden = [name for name in asked if airline is not None and not names_airline(PUBLIC[name])]
    if hidden:
        ours = ", ".join(name for name, event in PUBLIC.items() if names_airline(event))
        raise EventsRefused(
            f"{', '.join(hidden)} cannot be told apart by airline, and you may see those of {airline} only. You may "
            f"subscribe to: {ours}."
        )
    return asked


def names_airline(event: type[Event]) -> bool:
    """Return whether events of this type say whose flight they are about."""
    return "airline" in event.schema()["properties"]


def wants(event: Event, *, events: Iterable[str], airline: str | None) -> bool:
    """Return whether an event goes to a webhook that hears `events`, of one airline or (None) of all."""
    return type(event).__name__ in events and (airline is None or getattr(event, "airline", None) == airline)


def attempts_for(type: str) -> int:
    """Return how often a delivery is tried: a test once, because somebody is looking."""
    return 1 if type == PING else len(PAUSES) + 1


def pause_seconds(attempts: int, *, chance: Callable[[], float] = random.random) -> float:
    """Return how long a delivery waits after its `attempts`th attempt has failed; `chance` is from 0 to 1."""
    return float(PAUSES[attempts - 1] * (1 + JITTER * chance()))


def succeeded(status: int | None) -> bool:
    """Return whether an answer of this HTTP status, or (None) none at all, means that the delivery has arrived."""
    return status is not None and 200 <= status < 300


def is_gone(status: int | None) -> bool:
    """Return whether the receiver says that it is no more and never wants to hear again."""
    return status == HTTPStatus.GONE


def ping(*, event_id: Any, correlation_id: Any, webhook_id: str, occurred_at: Any) -> dict[str, Any]:
    """Return the body of a test delivery, of the shape every event has."""
    return {
        "type": PING,
        "version": 1,
        "eventId": event_id,
        "occurredAt": occurred_at,
        "correlationId": correlation_id,
        "webhookId": webhook_id,
    }


def new_webhook_id() -> str:
    """Return a webhook's public name."""
    return "whk_" + _letters()


def new_delivery_id() -> str:
    """Return a delivery's public name."""
    return "dlv_" + _letters()


def _letters() -> str:
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(18))

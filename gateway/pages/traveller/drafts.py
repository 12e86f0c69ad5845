"""A booking that is being put together: kept by the browser that does it, sealed, for its own pages only."""

from __future__ import annotations

import base64
import hashlib
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal

from common import codec
from gateway.pages import cookies
from gateway.pages.errors import Lapsed

SECONDS = 2 * 60 * 60


@dataclass(frozen=True, kw_only=True)
class Draft:
    """
    What was chosen so far.

    `offer` is the signed offer it is made from. `passengers` are (first, last) names and `seats` one number for each of
    them on each departure, None where none is chosen. `key` makes everything sent from it one booking; `made` is the
    locator of that booking once there is one.
    """

    name: str
    offer: str
    rules: Sequence[str] = ()
    search: str = ""
    passengers: Sequence[Sequence[str]] = ()
    contact: Mapping[str, str] = field(default_factory=dict)
    seats: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    key: str = ""
    made: str | None = None

    @property
    def promise(self) -> Promise:
        return Promise.read(self.offer)

    @property
    def version(self) -> str:
        """Changes with whatever a booking made from it would say: what another tab shows may be out of date."""
        told = codec.dumps({**asdict(self), "made": None})
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def seats_on(self, departure_id: int) -> list[str | None]:
        """Return the seat of each passenger on a departure."""
        chosen = list(self.seats.get(str(departure_id), ()))
        count = self.promise.passengers
        return [*chosen, *[None] * count][:count]

    def seated(self, departure_id: int, seats: Sequence[str | None]) -> Draft:
        """The same with these seats on a departure; what was sent before was another booking, so the key is new."""
        return replace(self, seats={**self.seats, str(departure_id): list(seats)}, key=new_key())

    @property
    def first_unseated(self) -> int | None:
        """The number of the first leg (from 1) on which somebody has no seat yet."""
        for number, departure_id in enumerate(self.promise.departure_ids, start=1):
            if None in self.seats_on(departure_id):
                return number
        return None


@dataclass(frozen=True, kw_only=True)
class Promise:
    """What a signed offer says. It is read here to be shown; booking_svc verifies it when it is bought."""

    departure_ids: list[int]
    passengers: int
    cabin: str
    family: str
    total: Decimal
    currency: str
    expires_at: datetime

    @classmethod
    def read(cls, token: str) -> Promise:
        """
        Return the content of a compact JWS.

        :raises Lapsed: if it is none
        """
        try:
            payload = token.split(".")[1]
            told = codec.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
            return cls(
                departure_ids=[int(segment["departureId"]) for segment in told["segments"]],
                passengers=int(told["passengers"]),
                cabin=str(told["cabin"]),
                family=str(told["family"]),
                total=Decimal(told["total"]),
                currency=str(told["currency"]),
                expires_at=datetime.fromisoformat(told["expiresAt"]).astimezone(UTC),
            )
        except (IndexError, KeyError, TypeError, ValueError, ArithmeticError) as error:
            raise Lapsed("This is no offer.") from error


def new_key() -> str:
    """Return an Idempotency-Key."""
    return str(uuid.uuid4())


def begin(*, offer: str, search: str) -> Draft:
    """
    Begin a booking of an offer.

    :raises Lapsed: if it is no offer
    """
    draft = Draft(name=secrets.token_urlsafe(9), offer=offer, search=search[:300], key=new_key())
    assert draft.promise.departure_ids
    return draft


def load(name: str) -> Draft:
    """
    Return the booking of an address.

    :raises Lapsed: if this browser has none of this name
    """
    kept = cookies.read(_cookie(name))
    if kept is None:
        raise Lapsed("This browser knows no such booking.")
    return Draft(name=name, **kept)


def save(draft: Draft) -> None:
    """
    Remember a booking with whatever is answered to this request.

    :raises TooMuch: if its names are too long for what a browser keeps
    """
    kept = asdict(draft)
    del kept["name"]
    cookies.put_later(_cookie(draft.name), kept, path=f"/book/{draft.name}", seconds=SECONDS)


def _cookie(name: str) -> str:
    return f"aerosaga_draft_{name}"

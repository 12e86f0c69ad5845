"""After a restore: reservations are brought to what was told of them since the backup; what is lost is given back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from booking_svc.domain.reservations import SeatState, Status
from booking_svc.models import Coupon, Departure, Passenger, Reservation, Seat
from common import journal, outbox, saga
from common.contracts.booking import ItineraryRecorded, ReservationCancelled, ReservationFailed
from common.db import Database
from common.money import Money
from common.restoring import Difference, Told, put_back

EXCHANGE = "booking.events"
#: What a reservation that is made again points to.
HEARS_FIRST = ("flight", "fare")
#: Why a reservation ends that cannot be brought back.
REASON = "internal_error"
_ENDS = {
    "ReservationConfirmed": Status.CONFIRMED,
    "ReservationFailed": Status.FAILED,
    "ReservationCancelled": Status.CANCELLED,
}
# What was told may come in any order of the clock; what ends a reservation for good counts most.
_LAST = [Status.PENDING, Status.CONFIRMED, Status.FAILED, Status.CANCELLED]


@dataclass(frozen=True, kw_only=True)
class Story:
    """What was told of one reservation, by the bodies of its events; `itinerary` says who flies and where."""

    number: int
    told: Sequence[Mapping[str, Any]]
    itinerary: ItineraryRecorded | None

    def first(self, type: str) -> Mapping[str, Any] | None:
        return next((body for body in self.told if body["type"] == type), None)

    @property
    def status(self) -> Status:
        """What it is by its events."""
        return max((_ENDS.get(body["type"], Status.PENDING) for body in self.told), key=_LAST.index)

    @property
    def end(self) -> Mapping[str, Any]:
        """The body of the event that told its end."""
        return next(body for body in reversed(self.told) if _ENDS.get(body["type"]) is self.status)

    @property
    def names(self) -> dict[str, Any]:
        """The fields that every event of it carries."""
        (any_, *_) = self.told
        return {
            "reservation_id": self.number,
            "locator": any_["locator"],
            "correlation_id": UUID(str(any_["correlationId"])),
        }


def restore(database: Database, told: Told) -> list[Difference]:
    """
    Bring every reservation to what its events told, each in a transaction of its own; return the differences.

    A reservation that is not there is made again from its itinerary, with its number, its locator and its seats. Where
    that is not known any more, or a seat is somebody else's by now, it is ended: everybody is told, and all of its
    money goes back.
    """
    found = []
    for letter in told.letters:
        ours = [body for body in letter.facts if body["type"] in _OUR_EVENTS]
        itinerary = None if letter.itinerary is None else ItineraryRecorded.from_wire(letter.itinerary)
        if ours:
            story = Story(number=letter.number, told=ours, itinerary=itinerary)
            found += database.write(bring_up, story, bodies=[*ours, *([letter.itinerary] if letter.itinerary else [])])
    numbers = {letter.number for letter in told.letters}
    known = database.read(lambda session: set(session.scalars(select(Reservation.id))))
    for payment in told.payments:
        left = payment.authorized + payment.captured - payment.refunded
        if left > 0 and payment.number not in known | numbers:
            what = f"payment_svc has {left} {payment.currency} for it, and nobody knows what it was"
            todo = "find its payments in the auditor's report and refund them"
            found.append(Difference(subject=f"reservation {payment.number}", what=what, todo=todo))
    return found


_OUR_EVENTS = frozenset(
    {"ReservationInitiated", "SeatTentativelyHeld", "SeatHeld", "SeatReleased", *_ENDS, "ItineraryRecorded"}
)


def bring_up(session: Session, story: Story, *, bodies: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """Bring one reservation to what was told of it, and put its events back into the outbox."""
    subject = f"reservation {story.number}"
    missing = put_back(session, exchange=EXCHANGE, bodies=bodies)
    known = session.get(Reservation, story.number, with_for_update=True)
    if known is None:
        return [_make_again(session, _as_far_as_it_flies(session, story), subject)]
    if known.correlation_id != story.names["correlation_id"]:
        what = f"its number is that of {known.locator} here, and of {story.names['locator']} elsewhere"
        return [Difference(subject=subject, what=what, todo="call both travellers; refund one of them")]
    if not missing or story.status is known.status or _LAST.index(story.status) < _LAST.index(known.status):
        return []
    was = known.status
    _move(session, known, story)
    what = f"it was {was} when the backup was made, and {story.status} when that was lost"
    return [Difference(subject=subject, what=what, healed=f"{story.status}, as everybody was told")]


def _move(session: Session, reservation: Reservation, story: Story) -> None:
    """Let a reservation be what was told of it; nothing is told again, and no money is moved by this."""
    reservation.status = story.status
    reservation.completed_at = datetime.fromisoformat(str(story.end["occurredAt"]))
    reservation.failure_reason = story.end.get("reason")
    if story.status is Status.CONFIRMED:
        saga.finish(session, saga=reservation.saga, subject_id=reservation.id)
        session.execute(update(Seat).where(Seat.reservation_id == reservation.id).values(state=SeatState.HELD))
    else:
        saga.abandon(session, saga=reservation.saga, subject_id=reservation.id, reason=story.end["reason"])
        # One that had begun its way back before the backup is at its end as well.
        saga.close(session, saga=reservation.saga, subject_id=reservation.id)
        session.execute(delete(Seat).where(Seat.reservation_id == reservation.id))
        if "refundAmount" in story.end:
            refund = Money.of(story.end["refundAmount"], str(story.end["currency"]))
            reservation.refund_minor = refund.minor
    _note(session, reservation.correlation_id, status=story.status)


def _make_again(session: Session, story: Story, subject: str) -> Difference:
    what = f"it was made after the backup, and was {story.status} when that was lost"
    taken = _taken(session, story)
    if story.status is Status.CONFIRMED and (taken or story.itinerary is None):
        _insert(session, story, status=Status.CANCELLED, reason=REASON)
        outbox.record(session, ReservationCancelled(**story.names, reason=REASON))
        why = (
            f"seat {', '.join(taken)} is somebody else's by now"
            if taken
            else "nobody knows its travellers or flights any more"
        )
        healed = f"cancelled, because {why}: all of its money goes back, the traveller is told"
        return Difference(subject=subject, what=what, healed=healed, todo="offer the traveller another seat")
    if story.status is Status.PENDING:
        _insert(session, story, status=Status.FAILED, reason=REASON)
        outbox.record(session, ReservationFailed(**story.names, reason=REASON))
        return Difference(subject=subject, what=what, healed="failed: payments are let go, the traveller is told")
    made = _insert(session, story, status=story.status, reason=story.end.get("reason"))
    todo = "the rules of its fares are lost: decide what comes back if its traveller cancels"
    return Difference(
        subject=subject,
        what=what,
        healed=f"made again as {made.locator}, {story.status}",
        todo=todo if story.status is Status.CONFIRMED else None,
    )


def _as_far_as_it_flies(session: Session, story: Story) -> Story:
    """Return the story without its itinerary if that has a departure that nobody knows any more."""
    wanted = {segment.departure_id for segment in story.itinerary.segments} if story.itinerary else set()
    known = set(session.scalars(select(Departure.id).where(Departure.id.in_(wanted))))
    return story if wanted <= known else replace(story, itinerary=None)


def _taken(session: Session, story: Story) -> list[str]:
    """Return those of its seats that somebody else has."""
    if story.status is not Status.CONFIRMED or story.itinerary is None:
        return []
    return [
        number
        for segment in story.itinerary.segments
        for number in session.scalars(
            select(Seat.seat_number).where(
                Seat.departure_id == segment.departure_id, Seat.seat_number.in_(segment.seats)
            )
        )
    ]


def _insert(session: Session, story: Story, *, status: Status, reason: str | None) -> Reservation:
    """Make a reservation again, as far as it is known, with the run of its saga."""
    initiated, itinerary = story.first("ReservationInitiated") or {}, story.itinerary
    price = Money.of(initiated.get("amount", 0), str(initiated.get("currency", "USD")))
    ended = story.told[-1]["occurredAt"]
    reservation = Reservation(
        id=story.number,
        locator=story.names["locator"],
        status=status,
        saga="hold" if initiated.get("payLater") else "book",
        correlation_id=story.names["correlation_id"],
        price_minor=price.minor,
        currency=price.currency,
        owner=initiated.get("owner"),
        contact_email=itinerary.contact.email if itinerary else "",
        contact_phone=itinerary.contact.phone if itinerary else None,
        contact_language=itinerary.contact.language if itinerary else "en",
        created_at=_when(story.told[0]["occurredAt"]),
        pay_by=_when(initiated.get("payBy", ended)),
        completed_at=_when(ended),
        failure_reason=reason,
        passengers=[
            Passenger(place=place, first_name=person.first_name, last_name=person.last_name)
            for place, person in enumerate(itinerary.passengers if itinerary else (), start=1)
        ],
        payments=[],
        refunds=[],
    )
    if "refundAmount" in story.told[-1]:
        reservation.refund_minor = Money.of(story.told[-1]["refundAmount"], price.currency).minor
    session.add(reservation)
    session.flush()  # for the keys of its passengers
    if itinerary is not None:
        _seat(session, reservation, story, itinerary)
    payload = {"correlationId": reservation.correlation_id, "reservationId": reservation.id, "payments": []}
    name, number = reservation.saga, reservation.id
    correlation_id = reservation.correlation_id
    saga.begin(session, saga=name, subject_id=number, correlation_id=correlation_id, payload=payload, seconds=0)
    if status is Status.FAILED:
        saga.abandon(session, saga=name, subject_id=number, reason=reason or REASON)
    else:
        saga.finish(session, saga=name, subject_id=number)
    _note(session, reservation.correlation_id, status=status)
    return reservation


def _seat(session: Session, reservation: Reservation, story: Story, itinerary: ItineraryRecorded) -> None:
    """Write who flies where on which seat; the seats are claimed if the reservation is confirmed."""
    seated = [
        (passenger, segment, number)
        for segment in itinerary.segments
        for passenger, number in zip(reservation.passengers, segment.seats, strict=True)
    ]
    each, rest = divmod(reservation.price_minor, len(seated))
    ids = {(body["departureId"], body["seatNumber"]): body["seatId"] for body in story.told if "seatId" in body}
    for place, (passenger, segment, number) in enumerate(seated):
        reservation.coupons.append(
            Coupon(
                passenger=passenger,
                passenger_id=passenger.id,
                departure=session.get_one(Departure, segment.departure_id),
                departure_id=segment.departure_id,
                seat_number=number,
                cabin=segment.cabin,
                # What each one cost is lost; what all of them cost is known.
                fare_minor=each + (rest if place == 0 else 0),
            )
        )
        if reservation.status is Status.CONFIRMED:
            session.add(
                Seat(
                    id=ids.get((segment.departure_id, number)),
                    departure_id=segment.departure_id,
                    seat_number=number,
                    reservation_id=reservation.id,
                    state=SeatState.HELD,
                )
            )
    session.flush()  # a seat that two have is found here, and not by the next reservation


def _when(said: Any) -> datetime:
    return said if isinstance(said, datetime) else datetime.fromisoformat(str(said))


def _note(session: Session, correlation_id: UUID, *, status: Status) -> None:
    journal.record(session, correlation_id=correlation_id, kind="step", name="restore reservation", status=status)

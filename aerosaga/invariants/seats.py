"""Seats: sold once, never more than there are, held for as long as somebody pays for them."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from aerosaga.invariants.evidence import Evidence
from aerosaga.invariants.judging import invariant, unless
from common.contracts.seat_map import SeatMap

# A sweep looks every second; on a busy machine, and after a restart, it may come later.
GRACE = timedelta(seconds=30)

#: How often each of a reservation's seats may have been told as held and as released, by what the reservation is; a
#: hold is cancelled without ever having been confirmed.
_TOLD = {"pending": {(0, 0)}, "confirmed": {(1, 0)}, "failed": {(0, 1)}, "cancelled": {(1, 1), (0, 1)}}


@invariant("I1", "no seat is sold or held twice, and the unique key that makes it impossible is there")
def each_seat_has_one_owner(evidence: Evidence) -> Iterator[str | None]:
    key = ("booking.seat", ("departure_id", "seat_number"))
    yield unless(key in evidence.keys, "booking.seat has no unique key on departure_id, seat_number")
    claims = Counter((seat["departure_id"], seat["seat_number"]) for seat in evidence.rows("booking.seat"))
    for (departure, number), count in claims.items():
        yield unless(count == 1, f"seat {number} of departure {departure} is claimed {count} times")


@invariant("I2", "every claimed seat is one of its departure's cabin, and claimed and free are its capacity")
def seats_exist(evidence: Evidence) -> Iterator[str | None]:
    layouts = {row["key"]: row for row in evidence.rows("booking.seat_map")}
    departures = {row["id"]: row for row in evidence.rows("booking.departure")}
    cabins = {
        (coupon["departure_id"], coupon["seat_number"], coupon["reservation_id"]): coupon["cabin"]
        for coupon in evidence.rows("booking.coupon")
    }
    for seat in evidence.rows("booking.seat"):
        departure, number = seat["departure_id"], seat["seat_number"]
        place = SeatMap.from_dict(layouts[departures[departure]["seat_map_key"]]["layout"]).find(number)
        if place is None:
            yield f"seat {number} is not on the map of departure {departure}"
        elif cabins.get((departure, number, seat["reservation_id"])) != place.cabin:
            yield f"seat {number} of departure {departure} has no coupon for {place.cabin}"
        else:
            yield None


@invariant("I3", "no balance is below nothing, and no departure has more seats claimed than it has")
def nothing_is_negative(evidence: Evidence) -> Iterator[str | None]:
    for wallet in evidence.rows("payment.wallet"):
        fine = wallet["available_minor"] >= 0 and wallet["held_minor"] >= 0
        yield unless(fine, f"wallet {wallet['id']} has {wallet['available_minor']}, {wallet['held_minor']} held")
    layouts = {row["key"]: row["seats"] for row in evidence.rows("booking.seat_map")}
    departures = {row["id"]: row for row in evidence.rows("booking.departure")}
    for departure, claimed in Counter(seat["departure_id"] for seat in evidence.rows("booking.seat")).items():
        there = layouts[departures[departure]["seat_map_key"]]
        yield unless(claimed <= there, f"departure {departure} has {claimed} of {there} seats claimed")


@invariant("I4", "a tentative seat has a living saga and a deadline that is not long past")
def holds_are_alive(evidence: Evidence) -> Iterator[str | None]:
    reservations = {row["id"]: row for row in evidence.rows("booking.reservation")}
    living = {
        run["subject_id"] for run in evidence.rows("booking.saga_run") if run["state"] in {"running", "rewinding"}
    }
    for seat in evidence.rows("booking.seat"):
        reservation = reservations.get(seat["reservation_id"])
        if reservation is None:
            yield f"seat {seat['id']} is of no reservation"
        elif seat["state"] == "held":
            fine = reservation["status"] == "confirmed"
            yield unless(fine, f"seat {seat['id']} is held by a {reservation['status']} reservation")
        elif reservation["id"] not in living:
            yield f"seat {seat['id']} is tentative and no saga runs for reservation {reservation['locator']}"
        else:
            late = evidence.at - reservation["pay_by"]
            yield unless(late < GRACE, f"seat {seat['id']} is tentative {late} after its deadline")


@invariant("I5", "each hold was converted or released exactly once")
def holds_end_once(evidence: Evidence) -> Iterator[str | None]:
    told = Counter(
        (row["type"], row["body"]["reservationId"], row["body"]["departureId"], row["body"]["seatNumber"])
        for row in evidence.rows("booking.outbox")
        if row["type"] in {"SeatTentativelyHeld", "SeatHeld", "SeatReleased"}
    )
    statuses = {row["id"]: row["status"] for row in evidence.rows("booking.reservation")}
    for (kind, reservation, departure, number), times in told.items():
        if kind != "SeatTentativelyHeld":
            continue
        place = (reservation, departure, number)
        ends = (told[("SeatHeld", *place)], told[("SeatReleased", *place)])
        fine = times == 1 and ends in _TOLD.get(statuses.get(reservation, ""), set())
        yield unless(
            fine,
            f"seat {number} of departure {departure}, of a {statuses.get(reservation)} reservation {reservation}, was "
            f"told as tentatively held, held and released {times}, {ends[0]} and {ends[1]} times",
        )

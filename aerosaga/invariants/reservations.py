"""Reservations: every one reaches an end, by listed moves only, and all services agree which."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta

from aerosaga.invariants.evidence import Evidence
from aerosaga.invariants.judging import invariant, unless

#: What may have been told of a reservation in its whole life, by what it is now; a hold is cancelled unconfirmed.
_LIVES = {
    "pending": (["ReservationInitiated"],),
    "confirmed": (["ReservationInitiated", "ReservationConfirmed"],),
    "failed": (["ReservationInitiated", "ReservationFailed"],),
    "cancelled": (
        ["ReservationInitiated", "ReservationConfirmed", "ReservationCancelled"],
        ["ReservationInitiated", "ReservationCancelled"],
    ),
}
# How long after its deadline a reservation may still be on its way back.
GRACE = timedelta(seconds=60)

# The sagas a reservation begins with; those of its cancellation, and of a departure's, come on top.
_FIRST = {"book", "hold"}
#: What else may be true of a reservation that is so: its first saga, what payment_svc knows of it, and its payments.
_TOGETHER = {
    "pending": ({"running", "rewinding"}, {"open"}, None),
    "confirmed": ({"finished"}, {"confirmed"}, {"captured", "refunded", "voided", "failed"}),
    "failed": ({"rewound"}, {"failed"}, {"voided", "failed", "refunded"}),
    "cancelled": ({"finished", "rewound"}, {"cancelled"}, {"voided", "failed", "refunded", "captured"}),
}


@invariant("I7", "a reservation moves only as listed, and an end is an end")
def lives_are_legal(evidence: Evidence) -> Iterator[str | None]:
    told: dict[int, list[str]] = defaultdict(list)
    kinds = {kind for lives in _LIVES.values() for life in lives for kind in life}
    for row in sorted(evidence.rows("booking.outbox"), key=lambda found: found["id"]):
        if row["type"] in kinds:
            told[row["body"]["reservationId"]].append(row["type"])
    for reservation in evidence.rows("booking.reservation"):
        life, wanted = told[reservation["id"]], _LIVES[reservation["status"]]
        yield unless(
            life in wanted,
            f"{reservation['status']} reservation {reservation['locator']} was told as {', '.join(life) or 'nothing'}",
        )


@invariant("I23", "nothing is still pending when its time, and some for the way back, is over")
def everything_ends(evidence: Evidence) -> Iterator[str | None]:
    for reservation in evidence.rows("booking.reservation"):
        late = evidence.at - reservation["pay_by"]
        pending = reservation["status"] == "pending" and late > GRACE
        yield unless(not pending, f"reservation {reservation['locator']} is pending {late} after its deadline")


@invariant("I24", "booking_svc and payment_svc agree on every reservation, in one of the allowed combinations")
def services_agree(evidence: Evidence) -> Iterator[str | None]:
    runs = {run["subject_id"]: run["state"] for run in evidence.rows("booking.saga_run") if run["saga"] in _FIRST}
    payable = {row["reservation_id"]: row["state"] for row in evidence.rows("payment.payable")}
    payments: dict[int, set[str]] = defaultdict(set)
    for payment in evidence.rows("payment.payment"):
        payments[payment["reservation_id"]].add(payment["status"])
    seats: dict[int, int] = defaultdict(int)
    for seat in evidence.rows("booking.seat"):
        seats[seat["reservation_id"]] += 1
    coupons: dict[int, int] = defaultdict(int)
    for coupon in evidence.rows("booking.coupon"):
        coupons[coupon["reservation_id"]] += 1
    for reservation in evidence.rows("booking.reservation"):
        number, status = reservation["id"], reservation["status"]
        saga, known, paid = _TOGETHER[status]
        claimed = coupons[number] if status in {"pending", "confirmed"} else 0
        fine = (
            runs.get(number) in saga
            and payable.get(number) in known
            and (paid is None or payments[number] <= paid)
            and (status != "confirmed" or payments[number] & {"captured", "refunded"})
            and seats[number] == claimed
        )
        yield unless(
            fine,
            f"reservation {reservation['locator']} is {status}, its saga {runs.get(number)}, at payment_svc "
            f"{payable.get(number)}, its payments {sorted(payments[number])}, {seats[number]} of {coupons[number]} "
            "seats claimed",
        )


@invariant("I25", "every way back that was begun is at its end")
def ways_back_end(evidence: Evidence) -> Iterator[str | None]:
    for run in evidence.rows("booking.saga_run"):
        late = evidence.at - run["deadline"] > GRACE
        stuck = run["state"] == "rewinding" or (late and run["state"] in {"running", "completing"})
        yield unless(not stuck, f"saga {run['saga']} run {run['id']} is {run['state']} since {run['began_at']}")

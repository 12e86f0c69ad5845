"""One wrong row, missing row or missing key for each invariant, put into evidence that is sound."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from aerosaga.invariants import Evidence, Operation

Row = dict[str, Any]


def _one(evidence: Evidence, table: str, **values: Any) -> Row:
    """Return the first row of a table with these values."""
    return next(row for row in evidence.rows(table) if all(row[name] == value for name, value in values.items()))


def _entry(evidence: Evidence, act: str) -> Row:
    return next(entry for entry in evidence.entries if entry["act"] == act)


def _told(evidence: Evidence, table: str, kind: str) -> Row:
    return _one(evidence, table, type=kind)


def _reservation(evidence: Evidence, status: str) -> Row:
    return _one(evidence, "booking.reservation", status=status)


def a_seat_sold_twice(evidence: Evidence) -> None:
    evidence.rows("booking.seat").append({**evidence.rows("booking.seat")[0], "id": 999})


def no_unique_key_on_seats(evidence: Evidence) -> None:
    evidence.keys.remove(("booking.seat", ("departure_id", "seat_number")))


def a_seat_that_is_not_on_the_map(evidence: Evidence) -> None:
    evidence.rows("booking.seat")[0]["seat_number"] = "99Z"


def a_balance_below_nothing(evidence: Evidence) -> None:
    evidence.rows("payment.wallet")[0]["available_minor"] = -1


def more_seats_claimed_than_there_are(evidence: Evidence) -> None:
    evidence.rows("booking.seat_map")[0]["seats"] = 1


def a_hold_without_a_saga(evidence: Evidence) -> None:
    evidence.rows("booking.seat")[0]["state"] = "tentative"


def a_seat_held_by_who_failed(evidence: Evidence) -> None:
    failed = _reservation(evidence, "failed")
    evidence.rows("booking.seat").append({**evidence.rows("booking.seat")[0], "reservation_id": failed["id"]})


def a_seat_released_twice(evidence: Evidence) -> None:
    evidence.rows("booking.outbox").append({**_told(evidence, "booking.outbox", "SeatReleased"), "event_id": uuid4()})


def a_reservation_that_is_gone(evidence: Evidence) -> None:
    evidence.history.append(  # type: ignore[attr-defined]
        Operation(service="booking", what="POST /reservations", outcome="ok", status=202, locator="GONE22")
    )


def a_failure_after_the_confirmation(evidence: Evidence) -> None:
    confirmed = _told(evidence, "booking.outbox", "ReservationConfirmed")
    evidence.rows("booking.outbox").append({**confirmed, "id": 10**6, "type": "ReservationFailed"})


def money_taken_twice(evidence: Evidence) -> None:
    evidence.entries.append({**_entry(evidence, "capture"), "seq": 10**6})


def money_set_aside_twice(evidence: Evidence) -> None:
    evidence.authorizations.append({**evidence.authorizations[0], "id": "bank_again"})


def a_cent_too_much(evidence: Evidence) -> None:
    _entry(evidence, "capture")["amount_minor"] += 1


def a_wallet_that_does_not_add_up(evidence: Evidence) -> None:
    evidence.rows("payment.wallet")[0]["available_minor"] += 1


def money_taken_for_who_failed(evidence: Evidence) -> None:
    failed = _reservation(evidence, "failed")
    captured = _one(evidence, "payment.payment", status="captured")
    captured["reservation_id"] = failed["id"]


def money_of_a_payment_nobody_knows(evidence: Evidence) -> None:
    evidence.authorizations.append({**evidence.authorizations[0], "id": "bank_stray", "reference": "pa_stray"})


def money_left_set_aside(evidence: Evidence) -> None:
    evidence.entries.remove(_entry(evidence, "void"))


def money_voided_and_captured(evidence: Evidence) -> None:
    evidence.entries.append({**_entry(evidence, "capture"), "seq": 10**6, "act": "void"})


def a_payment_nobody_asks_after(evidence: Evidence) -> None:
    payment = evidence.rows("payment.payment")[0]
    payment["status"], payment["created_at"] = "pending", evidence.at - timedelta(minutes=5)


def a_refund_that_is_not_issued(evidence: Evidence) -> None:
    refund = evidence.rows("payment.refund")[0]
    refund["issued_at"], refund["created_at"] = None, evidence.at - timedelta(minutes=5)


def an_event_that_is_not_published(evidence: Evidence) -> None:
    evidence.rows("booking.outbox")[-1]["published_at"] = None


def an_event_nobody_committed(evidence: Evidence) -> None:
    evidence.rows("payment.inbox").append({**evidence.rows("payment.inbox")[0], "event_id": uuid4()})


def an_event_nobody_heard(evidence: Evidence) -> None:
    evidence.rows("payment.inbox").pop()


def an_event_claimed_twice(evidence: Evidence) -> None:
    evidence.rows("payment.inbox").append(dict(evidence.rows("payment.inbox")[0]))


def no_unique_key_on_the_inbox(evidence: Evidence) -> None:
    evidence.keys.remove(("payment.inbox", ("event_id", "handler")))


def a_capture_told_twice(evidence: Evidence) -> None:
    told = _told(evidence, "payment.outbox", "PaymentCaptured")
    evidence.rows("payment.outbox").append({**told, "event_id": uuid4()})


def a_refund_nobody_told(evidence: Evidence) -> None:
    evidence.rows("payment.outbox").remove(_told(evidence, "payment.outbox", "RefundIssued"))


def a_departure_as_it_was_before(evidence: Evidence) -> None:
    evidence.rows("booking.departure")[0]["as_of"] -= timedelta(hours=1)


def a_message_left_behind(evidence: Evidence) -> None:
    evidence.queues["booking.commands"] = 1  # type: ignore[index]


def a_dead_letter(evidence: Evidence) -> None:
    evidence.queues["booking.commands.parked"] = 1  # type: ignore[index]


def poison_without_end(evidence: Evidence) -> None:
    evidence.executions["a poisonous message"] = 22  # type: ignore[index]


def a_reservation_without_an_end(evidence: Evidence) -> None:
    reservation = _reservation(evidence, "failed")
    reservation["status"], reservation["pay_by"] = "pending", evidence.at - timedelta(hours=1)


def a_payable_that_failed_and_was_confirmed(evidence: Evidence) -> None:
    _one(evidence, "payment.payable", state="confirmed")["state"] = "failed"


def a_confirmation_without_all_of_its_seats(evidence: Evidence) -> None:
    confirmed = _reservation(evidence, "confirmed")
    evidence.rows("booking.seat").remove(_one(evidence, "booking.seat", reservation_id=confirmed["id"]))


def a_way_back_without_an_end(evidence: Evidence) -> None:
    _one(evidence, "booking.saga_run", state="rewound")["state"] = "rewinding"


def a_key_that_did_two_things(evidence: Evidence) -> None:
    first = evidence.history[0]
    again = {"service": "booking", "what": first.what, "outcome": "ok", "status": 202, "key": first.key, "asked": "it"}
    evidence.history.append(Operation(**again, locator="OTHER2"))  # type: ignore[attr-defined]


def a_card_number(evidence: Evidence) -> None:
    evidence.rows("booking.journal")[0]["detail"] = {"note": "card 4111 1111 1111 1111"}


def a_service_that_does_not_answer(evidence: Evidence) -> None:
    evidence.history.append(  # type: ignore[attr-defined]
        Operation(service="booking", what="POST /reservations", outcome="info", status=0)
    )


#: What is planted, and the invariant that must find it. Others may find it too: much is promised twice.
PLANTED: list[tuple[str, Callable[[Evidence], None]]] = [
    ("I1", a_seat_sold_twice),
    ("I1", no_unique_key_on_seats),
    ("I2", a_seat_that_is_not_on_the_map),
    ("I3", a_balance_below_nothing),
    ("I3", more_seats_claimed_than_there_are),
    ("I4", a_hold_without_a_saga),
    ("I4", a_seat_held_by_who_failed),
    ("I5", a_seat_released_twice),
    ("I6", a_reservation_that_is_gone),
    ("I7", a_failure_after_the_confirmation),
    ("I8", money_taken_twice),
    ("I8", money_set_aside_twice),
    ("I9", a_cent_too_much),
    ("I9", a_wallet_that_does_not_add_up),
    ("I10", money_taken_for_who_failed),
    ("I10", money_of_a_payment_nobody_knows),
    ("I11", money_left_set_aside),
    ("I12", money_voided_and_captured),
    ("I13", a_payment_nobody_asks_after),
    ("I13", a_refund_that_is_not_issued),
    ("I14", an_event_that_is_not_published),
    ("I15", an_event_nobody_committed),
    ("I16", an_event_nobody_heard),
    ("I17", an_event_claimed_twice),
    ("I17", no_unique_key_on_the_inbox),
    ("I17", a_capture_told_twice),
    ("I17", a_refund_nobody_told),
    ("I19", a_departure_as_it_was_before),
    ("I20", a_message_left_behind),
    ("I21", a_dead_letter),
    ("I22", poison_without_end),
    ("I23", a_reservation_without_an_end),
    ("I24", a_payable_that_failed_and_was_confirmed),
    ("I24", a_confirmation_without_all_of_its_seats),
    ("I25", a_way_back_without_an_end),
    ("I26", a_key_that_did_two_things),
    ("I27", a_card_number),
    ("I28", a_service_that_does_not_answer),
]

"""Failure switches in the running system, by header and by magic seat: chosen trouble, and the right end of it."""

from collections import Counter
from collections.abc import Iterator
from uuid import uuid4

import pytest

from common.failures import HEADER
from tests.e2e.holding import pay, wait_until_payable
from tests.e2e.money import payments, wait_for_ledgers
from tests.stack import Json, Stack, read
from tests.stuck import SWITCH, let_go, wait_until_stuck


@pytest.fixture(scope="module", autouse=True)
def sticking(stack: Stack) -> Iterator[dict[str, Json]]:
    """What gets stuck while other tests go on: one for each test that wants one."""
    reservations = {
        "rewound": book(stack, SWITCH),
        "sent again": book(stack, SWITCH),
        "by a magic seat": seated(stack, "11C"),
    }
    yield reservations
    let_go(stack, *reservations.values())


def book(stack: Stack, switch: str, **changes: object) -> Json:
    """Book with a failure switch, through the public door."""
    answer = stack.ask("POST", "gateway", "/reservations", stack.wish(**changes), headers={HEADER: switch})
    made = read(answer, 202)
    assert all(each.partition("=")[2] in answer.headers[HEADER] for each in switch.split(", "))
    return made


def seated(stack: Stack, number: str) -> Json:
    """Book a magic seat."""
    departure_id = next(
        each["departureId"] for each in iter(stack.departure, None) if number in all_seats(stack, each["departureId"])
    )
    return stack.book(departures=[{"departureId": departure_id, "seats": [number]}])


def all_seats(stack: Stack, departure_id: int) -> set[str]:
    shown = read(stack.ask("GET", "booking", f"/departures/{departure_id}/seats"))
    return {place["number"] for cabin in shown["cabins"] for row in cabin["rows"] for place in row["seats"]}


def commands(stack: Stack, reservation: Json) -> Counter[str]:
    return Counter(entry["name"] for entry in stack.timeline(reservation) if entry["kind"] == "command")


class TestAStep:
    @pytest.mark.parametrize(
        ("switch", "status", "carried_out", "bank"),
        [
            ("payment.authorize=fail", "failed", {"PaymentVoidRequested": 1}, []),
            ("payment.authorize=slow 1s", "confirmed", {"PaymentAuthorizeRequested": 1}, ["authorize", "capture"]),
            ("payment.authorize=repeat", "confirmed", {"PaymentAuthorizeRequested": 2}, ["authorize", "capture"]),
            ("payment.authorize=lose-answer", "confirmed", {"PaymentAuthorizeRequested": 1}, ["authorize", "capture"]),
            ("booking.confirm=fail", "failed", {"PaymentVoidRequested": 1}, ["authorize", "void"]),
            ("booking.confirm=repeat", "confirmed", {"ReservationConfirmRequested": 2}, ["authorize", "capture"]),
            (
                "booking.confirm=fail, payment.void=fail",
                "failed",
                {"PaymentVoidRequested": 1, "SeatsReleaseRequested": 1},
                ["authorize", "void"],
            ),
            (
                "booking.confirm=fail, booking.release=lose-answer",
                "failed",
                {"SeatsReleaseRequested": 1},
                ["authorize", "void"],
            ),
        ],
    )
    def test_that_is_struck_brings_the_same_end_both_times(self, stack, switch, status, carried_out, bank):
        for reservation in [book(stack, switch) for _ in range(2)]:
            shown = stack.follow(reservation, seconds=90)

            assert shown["status"] == status
            # At least: a sweep sends again what a busy machine is slow to do.
            assert commands(stack, reservation) >= Counter(carried_out)
            wait_for_ledgers(stack, reservation, *([bank] if bank else []), seconds=60)

    def test_is_told_in_the_timeline(self, stack):
        reservation = book(stack, "booking.confirm=slow 0.1s")

        (told,) = [entry for entry in stack.timeline(reservation) if entry["name"] == "failure switches"]
        assert told["detail"]["set"] == ["booking.confirm-reservation=slow 0.1s"]

    def test_that_there_is_not_is_refused_with_those_there_are(self, stack):
        leg = [{"departureId": stack.departures[0]["departureId"], "seats": ["1A"]}]
        body = stack.wish(departures=leg, payLater=True)

        answer = stack.ask("POST", "gateway", "/reservations", body, headers={HEADER: "payment.authorize=fail"})

        problem = read(answer, 422)
        assert problem["code"] == "bad_failure_switch"
        # A hold asks for no payment; what may come after it does.
        assert "booking.confirm-reservation" in problem["steps"]
        assert "payment.refund-payment" in problem["steps"]
        assert "payment.authorize-payment" not in problem["steps"]

    def test_that_is_stuck_waits_for_an_operator_who_rewinds_it(self, stack, sticking):
        reservation = sticking["rewound"]
        run = wait_until_stuck(stack, reservation)

        stack.operate("POST", "booking", f"/sagas/runs/{run['runId']}/rewinds", {"reason": "a test"})

        assert stack.follow(reservation)["status"] == "failed"

    def test_that_is_stuck_goes_on_when_an_operator_sends_it_again(self, stack, sticking):
        reservation = sticking["sent again"]
        run = wait_until_stuck(stack, reservation)

        stack.operate("POST", "booking", f"/sagas/runs/{run['runId']}/retries", {"reason": "a test"})

        assert stack.follow(reservation)["status"] == "confirmed"


class TestARequest:
    @pytest.mark.parametrize(
        ("switch", "first", "code"),
        [("booking.hold=lose-answer", 503, "outcome_unknown"), ("booking.hold=fail", 503, "try_again")],
    )
    def test_that_is_struck_can_be_repeated_with_its_key(self, stack, switch, first, code):
        body = stack.wish()
        (leg,) = body["departures"]
        key = {"Idempotency-Key": str(uuid4())}

        lost = stack.ask("POST", "gateway", "/reservations", body, headers={**key, HEADER: switch})
        again = stack.ask("POST", "gateway", "/reservations", body, headers=key)

        assert read(lost, first)["code"] == code
        assert stack.follow(read(again, 202))["status"] == "confirmed"
        assert len(all_taken(stack, leg["departureId"])) == 1

    def test_that_is_carried_out_twice_books_once(self, stack):
        reservation = book(stack, "booking.hold=repeat")

        assert stack.follow(reservation)["status"] == "confirmed"


class TestWhatComesLater:
    @pytest.mark.parametrize("switch", ["booking.confirm=lose-answer", "booking.confirm=slow 1s"])
    def test_a_hold_is_confirmed_in_the_end_whatever_strikes_its_confirmation(self, stack, switch):
        held = book(stack, switch, payLater=True)

        wait_until_payable(stack, held)
        pay(stack, held)

        assert stack.follow(held, seconds=60)["status"] == "confirmed"
        assert commands(stack, held)["ReservationConfirmRequested"] >= 1

    def test_a_hold_whose_confirmation_fails_is_undone(self, stack):
        held = book(stack, "booking.confirm=fail", payLater=True)

        wait_until_payable(stack, held)
        pay(stack, held)

        assert stack.follow(held, seconds=60)["failureReason"] == "internal_error"
        wait_for_ledgers(stack, held, ["authorize", "void"], seconds=60)

    def test_a_refund_that_fails_is_sent_again(self, stack):
        reservation = book(stack, "payment.refund=fail")
        assert stack.follow(reservation)["status"] == "confirmed"
        stack.wait(lambda: payments(stack, reservation)[0]["status"] == "captured", what="the capture", seconds=60)
        path = f"/reservations/{reservation['locator']}"
        quote = stack.operate("GET", "booking", f"{path}/cancellation")["quote"]

        stack.operate("POST", "booking", f"{path}/cancellations", {"quote": quote})

        ended = {"finished"}
        stack.wait(
            lambda: {run["state"] for run in runs_of(stack, reservation, "cancel")} == ended,
            what="the cancellation to be closed",
            seconds=60,
        )
        (run,) = runs_of(stack, reservation, "cancel")
        assert run["attempts"] == 2

    def test_a_batch_of_a_cancelled_departure_is_carried_out_again(self, stack):
        reservation = book(stack, "booking.cancel-reservations=lose-answer")
        assert stack.follow(reservation)["status"] == "confirmed"
        departure_id = reservation["seats"][0]["departureId"]

        stack.operate("POST", "flight", f"/departures/{departure_id}/cancellation", {"reason": "a strike"})

        report = f"/disruptions/{departure_id}"
        stack.wait(
            lambda: (
                stack.ask("GET", "booking", report, token=stack.operator_token).status_code == 200
                and stack.operate("GET", "booking", report)["state"] == "complete"
            ),
            what="the disruption to be complete",
            seconds=90,
        )
        assert stack.show(reservation)["status"] == "cancelled"


class TestAMagicSeat:
    @pytest.mark.parametrize(
        ("number", "status", "bank"),
        [
            ("11A", "confirmed", ["authorize", "capture"]),
            ("11B", "confirmed", ["authorize", "capture"]),
            ("11D", "failed", ["authorize", "void"]),
            ("11E", "confirmed", ["authorize", "capture"]),
            ("11F", "failed", ["authorize", "void"]),
        ],
    )
    def test_brings_its_reservation_to_the_right_end(self, stack, number, status, bank):
        reservation = seated(stack, number)

        assert stack.follow(reservation, seconds=90)["status"] == status
        wait_for_ledgers(stack, reservation, bank, seconds=60)

    def test_makes_a_saga_that_an_operator_must_rewind(self, stack, sticking):
        reservation = sticking["by a magic seat"]
        run = wait_until_stuck(stack, reservation)

        stack.operate("POST", "booking", f"/sagas/runs/{run['runId']}/rewinds", {"reason": "a test"})

        assert stack.follow(reservation)["status"] == "failed"
        wait_for_ledgers(stack, reservation)


def runs_of(stack: Stack, reservation: Json, name: str) -> list[Json]:
    runs = stack.operate("GET", "booking", f"/sagas/{reservation['correlationId']}")
    return [run for run in runs if run["saga"] == name]


def all_taken(stack: Stack, departure_id: int) -> list[Json]:
    shown = read(stack.ask("GET", "booking", f"/departures/{departure_id}/seats"))
    places = [place for cabin in shown["cabins"] for row in cabin["rows"] for place in row["seats"]]
    return [place for place in places if place["state"] != "free"]

"""Cancelling over the running system: by travellers, by the rule; by an airline, everything back; to the last cent."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import uuid4

from tests.e2e.holding import hold
from tests.e2e.money import balance, payments, taken, wait_for_ledgers, wallet_with
from tests.e2e.test_offers import offers, order
from tests.stack import Json, Stack, read


def bought(stack: Stack, family: str, **changes: object) -> Json:
    """A confirmed reservation in a fare of this family."""
    departure = stack.departure()
    offer = next(offer for offer in offers(stack, departure) if offer["family"] == family)
    made = stack.book(**order(stack, departure, offer, **changes))
    assert stack.follow(made)["status"] == "confirmed"
    return made


def captured(stack: Stack, reservation: Json) -> None:
    stack.wait(
        lambda: {payment["status"] for payment in payments(stack, reservation)} == {"captured"},
        what="the money to be captured",
    )


def quote(stack: Stack, reservation: Json) -> Json:
    path = f"/reservations/{reservation['locator']}/cancellation"
    return read(stack.ask("GET", "booking", path, token=reservation["accessToken"]))


def cancel(stack: Stack, reservation: Json, name: str, **options: object):
    path = f"/reservations/{reservation['locator']}/cancellations"
    return stack.ask("POST", "booking", path, {"quote": name}, token=reservation["accessToken"], **options)


class TestATravellerWhoCancels:
    def test_gets_back_what_the_quote_says(self, stack):
        made = bought(stack, "standard")
        captured(stack, made)
        asked = quote(stack, made)
        assert asked["refund"]["amount"] + asked["fee"]["amount"] == made["price"]["amount"]
        assert 0 < asked["fee"]["amount"] < made["price"]["amount"]

        shown = read(cancel(stack, made, asked["quote"]), 202)

        assert (shown["status"], shown["refundDue"]) == ("cancelled", asked["refund"])
        stack.wait(lambda: taken(stack, made) == asked["fee"]["amount"], what="the refund at the bank")
        refunds = stack.wait(lambda: stack.show(made)["refunds"], what="the refund to be shown")
        assert [refund["amount"] for refund in refunds] == [asked["refund"]["amount"]]
        (seat,) = made["seats"]
        assert stack.seat(seat["departureId"], seat["seatNumber"])["state"] == "free"

    def test_gets_nothing_back_of_a_fare_that_is_not_refundable(self, stack):
        made = stack.book()
        stack.follow(made)
        asked = quote(stack, made)
        assert asked["lines"][0]["words"].endswith("the fare is not refundable.")

        read(cancel(stack, made, asked["quote"]), 202)

        wait_for_ledgers(stack, made, ["authorize", "capture"])
        assert taken(stack, made) == made["price"]["amount"]

    def test_gets_it_back_as_it_was_paid(self, stack):
        wallet = wallet_with(stack, Decimal("100.00"))
        methods = [
            {"kind": "wallet", "token": wallet, "amount": Decimal("100.00")},
            {"kind": "card", "token": "tok_refund_fails_twice"},
        ]
        made = bought(stack, "flex", payments=methods)
        captured(stack, made)

        read(cancel(stack, made, quote(stack, made)["quote"]), 202)

        stack.wait(lambda: taken(stack, made) == 0, what="the card's share to be back", seconds=60)
        stack.wait(lambda: balance(stack, wallet) == (100, 0), what="the wallet's share to be back")
        stack.wait(lambda: len(stack.show(made)["refunds"]) == 2, what="both refunds to be shown")

    def test_before_the_capture_has_come_gets_the_same(self, stack):
        made = bought(stack, "standard", payments=[{"kind": "card", "token": "tok_capture_timeout_after_success"}])
        asked = quote(stack, made)

        read(cancel(stack, made, asked["quote"]), 202)

        stack.wait(lambda: taken(stack, made) == asked["fee"]["amount"], what="capture and refund", seconds=60)

    def test_twice_at_once_gets_it_once(self, stack):
        made = bought(stack, "flex")
        captured(stack, made)
        name = quote(stack, made)["quote"]

        with ThreadPoolExecutor() as pool:
            answers = list(pool.map(lambda _: cancel(stack, made, name).status_code, range(4)))

        assert sorted(answers) == [202, 409, 409, 409]
        wait_for_ledgers(stack, made, ["authorize", "capture", "refund"])

    def test_again_with_the_same_key_gets_the_same_answer(self, stack):
        made = bought(stack, "flex")
        name, key = quote(stack, made)["quote"], {"Idempotency-Key": str(uuid4())}

        first, second = (read(cancel(stack, made, name, headers=key), 202) for _ in range(2))

        assert first == second

    def test_a_hold_is_rid_of_it_at_once(self, stack):
        held = hold(stack)

        shown = read(cancel(stack, held, quote(stack, held)["quote"]), 202)

        assert (shown["status"], shown["failureReason"]) == ("cancelled", "cancelled")
        stack.wait(
            lambda: (
                "ReservationCancelled"
                in [entry["name"] for entry in stack.operate("GET", "payment", f"/timeline/{held['correlationId']}")]
            ),
            what="payment_svc to hear of it",
        )
        late = {"locator": held["locator"], "paymentMethod": {"kind": "card", "token": "tok_visa"}}
        assert stack.ask("POST", "payment", "/payments", late, token=held["accessToken"]).status_code == 409

    def test_somebody_elses_reservation_is_told_that_there_is_none(self, stack):
        mine, theirs = bought(stack, "flex"), bought(stack, "flex")
        name = quote(stack, theirs)["quote"]

        answer = cancel(stack, {**theirs, "accessToken": mine["accessToken"]}, name)

        assert answer.status_code == 404
        assert stack.show(theirs)["status"] == "confirmed"


class TestACancelledDeparture:
    def test_gives_everybody_all_of_their_money_back_and_reports(self, stack):
        departure_id = stack.departure()["departureId"]
        seats = stack.free_seats(departure_id)[:30]

        def book(seat: str) -> Json:
            return stack.book(departures=[{"departureId": departure_id, "seats": [seat]}])

        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(book, seats))
        for reservation in made:
            assert stack.follow(reservation, seconds=90)["status"] == "confirmed"

        cancelled = stack.operate("POST", "flight", f"/departures/{departure_id}/cancellation", {"reason": "storm"})
        assert cancelled["status"] == "cancelled"
        report = stack.wait(
            lambda: (
                (
                    answer := stack.ask("GET", "booking", f"/disruptions/{departure_id}", token=stack.operator_token)
                ).status_code
                == 200
                and (found := read(answer))["state"] == "complete"
                and found
            ),
            what="every reservation to be refunded",
            seconds=120,
        )

        assert (report["reservations"], report["cancelled"], report["underWay"]) == (30, 30, 0)
        assert report["refundDue"] == sum(each["price"]["amount"] for each in made)
        assert report["outstanding"] == 0
        for reservation in made:
            shown = stack.show(reservation)
            assert (shown["status"], shown["failureReason"]) == ("cancelled", "departure_cancelled")
            assert taken(stack, reservation) == 0
        refused = stack.request(departures=[{"departureId": departure_id, "seats": seats[:1]}])
        assert (refused.status_code, read(refused, 409)["code"]) == (409, "departure_cancelled")


class TestADelayedDeparture:
    def test_is_shown_with_its_new_time_everywhere(self, stack):
        departure = stack.departure()
        made = stack.book(
            departures=[
                {
                    "departureId": departure["departureId"],
                    "seats": stack.free_seats(departure["departureId"])[:1],
                }
            ]
        )
        news = {"minutes": 45, "reason": "late inbound aircraft"}

        path = f"/departures/{departure['departureId']}"
        delayed = stack.operate("POST", "flight", f"{path}/delays", news)

        assert (delayed["status"], delayed["statusReason"]) == ("delayed", "late inbound aircraft")
        seat = stack.wait(
            lambda: (seat := stack.show(made)["seats"][0])["departureStatus"] == "delayed" and seat,
            what="booking_svc to hear of the delay",
        )
        assert seat["departsLocal"] == delayed["departsLocal"] != departure["departsLocal"]
        assert read(stack.ask("GET", "flight", path))["departsLocal"] == delayed["departsLocal"]

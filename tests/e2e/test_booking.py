"""A seat is found, paid for and confirmed: one payment or several, now or later; the money is the price, taken once."""

from decimal import Decimal
from uuid import uuid4

import pytest

from tests.e2e.money import balance, payments, taken, wait_for_ledgers, wallet_with
from tests.stack import Json, Stack, read

ADA = {"firstName": "Ada", "lastName": "Lovelace"}
GRACE = {"firstName": "Grace", "lastName": "Hopper"}


def price_of(stack: Stack, departures: list[Json]) -> Decimal:
    """Return what the seats of a request cost by the seat maps."""
    return sum(stack.seat(leg["departureId"], seat)["price"] for leg in departures for seat in leg["seats"])


@pytest.fixture
def two_legs(stack: Stack) -> list[Json]:
    """Two seats on each of two departures."""
    ids = [stack.departure()["departureId"] for _ in range(2)]
    return [{"departureId": each, "seats": stack.free_seats(each)[:2]} for each in ids]


@pytest.fixture(scope="module")
def reservation(stack: Stack) -> Json:
    """A reservation paid by one card, confirmed."""
    return _booked(stack)


class TestAReservationWithOnePayment:
    def test_is_confirmed_for_the_price_that_the_seat_map_showed(self, stack, reservation):
        (seat,) = reservation["seats"]

        shown = stack.seat(seat["departureId"], seat["seatNumber"])
        assert reservation["status"] == "confirmed"
        assert reservation["price"] == {"amount": shown["price"], "currency": "USD"}
        assert shown["state"] == "taken"

    def test_is_paid_once_and_in_full_at_the_bank(self, stack, reservation):
        wait_for_ledgers(stack, reservation, ["authorize", "capture"])

        assert taken(stack, reservation) == reservation["price"]["amount"]
        stack.wait(lambda: payments(stack, reservation)[0]["status"] == "captured", what="payment_svc to know")
        (payment,) = payments(stack, reservation)
        assert (payment["amount"], payment["currency"]) == (reservation["price"]["amount"], "USD")

    def test_can_be_read_from_request_to_capture_in_every_services_timeline(self, stack, reservation):
        stack.wait(lambda: _said(stack, reservation, "PaymentCaptured"), what="the capture to be told")
        # Those who write about it and look after it are told everything, sooner or later.
        timeline = [
            (entry["service"], entry["kind"], entry["name"])
            for entry in stack.timeline(reservation)
            if entry["service"] not in {"notification", "auditor"}
        ]

        begun = [
            ("booking", "request", "POST /reservations"),
            ("booking", "step", "hold seats"),
            ("booking", "event", "ReservationInitiated"),
            ("booking", "event", "ItineraryRecorded"),
            ("booking", "event", "SeatTentativelyHeld"),
        ]
        paid = [
            ("payment", "command", "PaymentAuthorizeRequested"),
            ("payment", "step", "authorize payment"),
            ("payment", "event", "PaymentAuthorized"),
        ]
        confirmed = [
            ("booking", "command", "ReservationConfirmRequested"),
            ("booking", "event", "ReservationConfirmed"),
            ("booking", "event", "SeatHeld"),
            ("booking", "step", "confirm reservation"),
        ]
        after = [
            ("payment", "heard", "ReservationConfirmed"),
            ("payment", "act", "capture payment"),
            ("payment", "event", "PaymentCaptured"),
        ]
        heard = [("payment", "heard", "ReservationInitiated"), ("booking", "heard", "PaymentAuthorized")]
        assert sorted(timeline) == sorted(begun + paid + confirmed + after + heard)
        for earlier, later in ((begun, paid), (paid, confirmed), (confirmed, after)):
            assert max(map(timeline.index, earlier)) < min(map(timeline.index, later))


class TestAReservation:
    def test_of_two_passengers_on_two_departures_gives_each_a_seat_on_both(self, stack, two_legs):
        price = price_of(stack, two_legs)

        reservation = stack.follow(stack.book(departures=two_legs, passengers=[ADA, GRACE]))

        assert reservation["status"] == "confirmed"
        assert reservation["price"]["amount"] == price
        given = {(seat["departureId"], seat["passenger"]): seat["seatNumber"] for seat in reservation["seats"]}
        assert given == {(leg["departureId"], n): leg["seats"][n - 1] for leg in two_legs for n in (1, 2)}
        wait_for_ledgers(stack, reservation, ["authorize", "capture"])
        assert taken(stack, reservation) == price

    def test_split_between_card_and_wallet_takes_from_each_its_share(self, stack, two_legs):
        price = price_of(stack, two_legs)
        wallet = wallet_with(stack, Decimal("60.00"))
        shares = [
            {"kind": "card", "token": "tok_visa"},
            {"kind": "wallet", "token": wallet, "amount": Decimal("59.99")},
        ]

        reservation = stack.follow(stack.book(departures=two_legs, passengers=[ADA, GRACE], payments=shares))

        assert reservation["status"] == "confirmed"
        wait_for_ledgers(stack, reservation, ["authorize", "capture"])
        assert taken(stack, reservation) == price - Decimal("59.99")
        stack.wait(lambda: balance(stack, wallet) == (Decimal("0.01"), 0), what="the wallet's share to be taken")

    def test_split_between_two_cards_takes_from_both(self, stack):
        shares = [
            {"kind": "card", "token": "tok_visa", "amount": Decimal("20.00")},
            {"kind": "card", "token": "tok_mastercard"},
        ]

        reservation = stack.follow(stack.book(payments=shares))

        assert reservation["status"] == "confirmed"
        wait_for_ledgers(stack, reservation, ["authorize", "capture"], ["authorize", "capture"])
        assert taken(stack, reservation) == reservation["price"]["amount"]

    def test_paid_in_crypto_waits_until_its_invoice_is_paid(self, stack):
        pending = stack.book(payments=[{"kind": "crypto"}])
        stack.wait(lambda: _open_invoices(stack, pending), what="the invoice")
        (invoice,) = _open_invoices(stack, pending)
        assert invoice["address"].startswith("sandbox:")
        assert stack.show(pending)["status"] == "pending"

        read(
            stack.ask("POST", "bank", f"/invoices/{invoice['invoice']}/pay", headers={"Idempotency-Key": str(uuid4())})
        )

        reservation = stack.follow(pending)
        assert reservation["status"] == "confirmed"
        wait_for_ledgers(stack, reservation, ["invoice", "authorize", "capture"])
        assert taken(stack, reservation) == reservation["price"]["amount"]

    def test_goes_on_in_the_trace_of_its_caller_and_so_does_the_next(self, stack):
        trace = uuid4()
        headers = {"traceparent": f"00-{trace.hex}-{trace.hex[:16]}-01"}
        made = []
        for _ in range(2):
            leg = stack.departure()["departureId"]
            body = {
                "departures": [{"departureId": leg, "seats": stack.free_seats(leg)[:1]}],
                "passengers": [ADA],
                "contact": {"email": "ada@example.org"},
                "payments": [{"kind": "card", "token": "tok_visa"}],
            }
            made.append(read(stack.ask("POST", "booking", "/reservations", body, headers=headers), 202))

        assert {reservation["correlationId"] for reservation in made} == {str(trace)}
        assert [stack.follow(reservation)["status"] for reservation in made] == ["confirmed", "confirmed"]
        assert made[0]["locator"] != made[1]["locator"]

    def test_keeps_names_in_any_script(self, stack):
        names = [{"firstName": "Zoë 😀", "lastName": "O'Brien-Åström"}, {"firstName": "小龙", "lastName": "李"}]

        assert stack.follow(stack.book(passengers=names))["passengers"] == names


class TestARefund:
    def test_gives_captured_money_back_and_never_more(self, stack):
        reservation = _booked(stack)
        wait_for_ledgers(stack, reservation, ["authorize", "capture"])
        stack.wait(lambda: payments(stack, reservation)[0]["status"] == "captured", what="payment_svc to know")
        path = f"/payments/{payments(stack, reservation)[0]['authId']}/refunds"

        stack.operate("POST", "payment", path, {"amount": Decimal("1.50")})
        stack.operate("POST", "payment", path, {})
        refused = stack.ask("POST", "payment", path, {"amount": Decimal("0.01")}, token=stack.operator_token)

        assert (refused.status_code, refused.json()["code"]) == (409, "not_refundable")
        wait_for_ledgers(stack, reservation, ["authorize", "capture", "refund", "refund"])
        assert taken(stack, reservation) == 0
        stack.wait(lambda: payments(stack, reservation)[0]["status"] == "refunded", what="the payment to be refunded")


def _booked(stack: Stack) -> Json:
    reservation = stack.follow(stack.book())
    assert reservation["status"] == "confirmed"
    return reservation


def _said(stack: Stack, reservation: Json, event: str) -> bool:
    return event in [entry["name"] for entry in stack.timeline(reservation)]


def _open_invoices(stack: Stack, reservation: Json) -> list[Json]:
    return [payment for payment in payments(stack, reservation) if payment["status"] == "open"]

"""Reservations that must be refused: every field wrong in every way somebody thought of; nothing is stored."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.e2e.refusals import WITHOUT, Bad, Facts, Raw, encode
from tests.stack import Json, read

pytestmark = pytest.mark.usefixtures("quiet")

CARD = {"kind": "card", "token": "tok_visa"}
CARD_NUMBER = "4242424242424242"  # passes the Luhn check, and is nobody's


def good(facts: Facts) -> Json:
    """Return a body that would be accepted."""
    return {
        "departures": [{"departureId": facts.departure_id, "seats": [facts.seat]}],
        "passengers": [{"firstName": "Ada", "lastName": "Lovelace"}],
        "contact": {"email": "ada@example.org"},
        "payments": [{**CARD}],
    }


def shares(*amounts: str) -> list[Json]:
    return [{**CARD, "amount": Raw(amount)} for amount in amounts]


def unbookable(what: str, where: str, value: object) -> Bad:
    return Bad(what, where, value, code="unbookable")


def wrong_split(what: str, value: object) -> Bad:
    return Bad(what, "payments", value, code="wrong_split")


BODIES = [
    Bad("a list for a body", "", []),
    Bad("a text for a body", "", "a reservation, please"),
    Bad("a number for a body", "", 7),
    Bad("null for a body", "", None),
    Bad("a field nobody knows", "discount", 0.5),
    Bad("a price of the client's own", "price", {"amount": 1, "currency": "USD"}),
    Bad("a status of the client's own", "status", "confirmed"),
    Bad("a field named by half a character", "\ud800", 1),
]
DEPARTURES = [
    Bad("no departures", "departures", WITHOUT),
    Bad("null departures", "departures", None),
    Bad("an empty list of departures", "departures", []),
    Bad("an object of departures", "departures", {"departureId": 1}),
    Bad("a departure that is null", "departures", [None]),
    Bad("a departure that is a number", "departures", [17]),
    Bad("seven departures", "departures", lambda f: [{"departureId": n, "seats": [f.seat]} for n in range(1, 8)]),
    Bad("no departure's number", "departures.0.departureId", WITHOUT),
    Bad("a departure's number as a text", "departures.0.departureId", lambda f: str(f.departure_id)),
    Bad("true for a departure's number", "departures.0.departureId", True),
    Bad("half a departure's number", "departures.0.departureId", Raw("1.5")),
    Bad("departure zero", "departures.0.departureId", 0),
    Bad("a negative departure", "departures.0.departureId", -1),
    Bad("a departure beyond 64 bits", "departures.0.departureId", 2**63),
    Bad("a departure of thirty digits", "departures.0.departureId", 10**30),
    Bad("a departure with an exponent", "departures.0.departureId", Raw("1e999999999")),
    unbookable("a departure that does not exist", "departures.0.departureId", 2**60),
    unbookable("a departure that has left", "departures.0.departureId", lambda f: f.departed_id),
    unbookable(
        "the same departure twice",
        "departures",
        lambda f: [{"departureId": f.departure_id, "seats": [seat]} for seat in (f.seat, f.next_seat)],
    ),
]
SEATS = [
    Bad("no seats", "departures.0.seats", WITHOUT),
    Bad("an empty list of seats", "departures.0.seats", []),
    Bad("a seat outside a list", "departures.0.seats", lambda f: f.seat),
    Bad("a seat that is null", "departures.0.seats", [None]),
    Bad("a seat that is a number", "departures.0.seats", [12]),
    Bad("a seat in small letters", "departures.0.seats", lambda f: [f.seat.lower()]),
    Bad("a seat's letter before its row", "departures.0.seats", ["A12"]),
    Bad("a seat in row zero", "departures.0.seats", ["0A"]),
    Bad("a seat with a blank", "departures.0.seats", lambda f: [f"{f.seat} "]),
    Bad("a seat with a line break", "departures.0.seats", lambda f: [f"{f.seat}\n"]),
    Bad("a seat in wide digits", "departures.0.seats", ["\uff11\uff12A"]),
    Bad("ten seats", "departures.0.seats", [f"{row}A" for row in range(1, 11)]),
    unbookable("a seat this aircraft does not have", "departures.0.seats", ["99Z"]),
    unbookable("two seats for one passenger", "departures.0.seats", lambda f: [f.seat, f.next_seat]),
    unbookable("the same seat twice", "departures.0.seats", lambda f: [f.seat, f.seat]),
    Bad("a seat that is taken", "departures.0.seats", lambda f: [f.taken_seat], 409, "seat_taken"),
]
ADA = {"firstName": "Ada", "lastName": "Lovelace"}
PASSENGERS = [
    Bad("no passengers", "passengers", WITHOUT),
    Bad("zero passengers", "passengers", []),
    Bad("ten passengers", "passengers", [ADA] * 10),
    unbookable("two passengers for one seat", "passengers", [ADA] * 2),
    Bad("null passengers", "passengers", None),
    Bad("a passenger that is null", "passengers", [None]),
    Bad("a passenger without a name", "passengers", [{}]),
    Bad("a passenger's title, which nobody asked for", "passengers.0.title", "Countess"),
    Bad("an empty name", "passengers.0.firstName", ""),
    Bad("a name of blanks", "passengers.0.firstName", " \t "),
    Bad("a name that is null", "passengers.0.lastName", None),
    Bad("a name that is a number", "passengers.0.lastName", 7),
    Bad("a name that is a list", "passengers.0.lastName", ["Lovelace"]),
    Bad("a name of 61 letters", "passengers.0.lastName", "x" * 61),
    Bad("a name with a NUL", "passengers.0.firstName", "A\x00da"),
    Bad("a name with a line break", "passengers.0.firstName", "A\nda"),
    Bad("a name with a delete", "passengers.0.firstName", "A\x7fda"),
    Bad("a name with half a character", "passengers.0.firstName", "A\ud800da"),
    Bad("a name with a character of private use", "passengers.0.firstName", "A\ue000da"),
]
CONTACTS = [
    Bad("no contact", "contact", WITHOUT),
    Bad("a contact that is a text", "contact", "ada@example.org"),
    Bad("no e-mail address", "contact.email", WITHOUT),
    Bad("an e-mail address without an @", "contact.email", "ada"),
    Bad("an empty e-mail address", "contact.email", ""),
    Bad("an e-mail address that is null", "contact.email", None),
    Bad("an e-mail address with a line break", "contact.email", "ada@example.org\nBcc: eve@example.org"),
    Bad("an e-mail address with a control character in quotes", "contact.email", '"\x01"@example.org'),
    Bad("an e-mail address of 300 letters", "contact.email", f"{'a' * 288}@example.org"),
    Bad("a phone number, which nobody asked for", "contact.phone", "555-0100"),
]
PAYMENTS = [
    Bad("neither payments nor payLater", "payments", WITHOUT),
    Bad("no payments at all", "payments", []),
    Bad("null payments", "payments", None),
    Bad("five payments", "payments", [CARD] * 5),
    Bad("a payment without a kind", "payments.0.kind", WITHOUT),
    Bad("cash", "payments.0.kind", "cash"),
    Bad("a card without a token", "payments.0.token", WITHOUT),
    Bad("a token that is null", "payments.0.token", None),
    Bad("a token of another sort", "payments.0.token", "visa"),
    Bad("a token with a blank", "payments.0.token", "tok_vi sa"),
    Bad("a token with a line break", "payments.0.token", "tok_visa\n"),
    Bad("a token of 65 characters", "payments.0.token", "tok_" + "x" * 61),
    Bad("a card number for a token", "payments.0.token", CARD_NUMBER),
    Bad("a card number inside a token", "payments.0.token", f"tok_{CARD_NUMBER}"),
    Bad("a card number parted by underscores", "payments.0.token", "tok_4242_4242_4242_4242"),
    Bad("a card number for a wallet", "payments.0.token", f"wal_{CARD_NUMBER}"),
    Bad("a card number in a field of its own", "payments.0.number", CARD_NUMBER),
    Bad("crypto with a token", "payments.0.kind", "crypto"),
    Bad("an amount as a text", "payments.0.amount", "100.00"),
    Bad("an amount that is true", "payments.0.amount", True),
    Bad("an amount that is null", "payments.0.amount", None),
    Bad("an amount that is a list", "payments.0.amount", [100]),
    Bad("an amount of a trillion", "payments.0.amount", 10**12),
    Bad("an amount that would fill the memory", "payments.0.amount", Raw("1e999999999")),
    Bad("an amount that is NaN", "payments.0.amount", Raw("NaN"), 400, "malformed"),
    Bad("an amount that is infinite", "payments.0.amount", Raw("-Infinity"), 400, "malformed"),
    Bad("an amount of three decimals", "payments.0.amount", Raw("10.001"), code="wrong_amount"),
    Bad("an amount of almost nothing", "payments.0.amount", Raw("1e-999999999"), code="wrong_amount"),
    wrong_split("an amount of nothing", shares("0.00")),
    wrong_split("a negative amount", shares("-1.00")),
    wrong_split("a cent too little", lambda f: shares(str(f.price - Decimal("0.01")))),
    wrong_split("a cent too much", lambda f: shares(str(f.price + Decimal("0.01")))),
    wrong_split("shares that do not add up", lambda f: shares("10.00", str(f.price - 11))),
    wrong_split("a negative share that makes it add up", lambda f: shares("-1.00", str(f.price + 1))),
    wrong_split("two payments of the rest", [CARD, CARD]),
    wrong_split("a rest of nothing", lambda f: [*shares(str(f.price)), CARD]),
    wrong_split("the right amount in another currency", lambda f: [{**shares(str(f.price))[0], "currency": "EUR"}]),
    wrong_split("the rest in another currency", [{**CARD, "currency": "EUR"}]),
    Bad("a currency in small letters", "payments.0.currency", "usd"),
    Bad("a currency with a line break", "payments.0.currency", "USD\n"),
    Bad("a currency that is a number", "payments.0.currency", 840),
    Bad("payLater beside payments", "payLater", True),
    Bad("payLater as a text", "payLater", "true"),
    Bad("payLater as a number", "payLater", 1),
    Bad("payLater that is null", "payLater", None),
]


class TestAReservation:
    @pytest.mark.parametrize("bad", BODIES + DEPARTURES + SEATS + PASSENGERS + CONTACTS + PAYMENTS, ids=str)
    def test_is_refused_for(self, refuser, facts, bad):
        body = encode(bad.body(good(facts), facts))

        problem = refuser("POST", "booking", "/reservations", body, status=bad.status, code=bad.code)

        if bad.code == "invalid" and bad.where and "number" not in bad.where:
            field = bad.where.partition(".")[0]
            assert set(problem["errors"]) <= {field, "payments"}, "the errors name the field that is wrong"


class TestACardNumber:
    @pytest.mark.parametrize("token", [CARD_NUMBER, f"tok_{CARD_NUMBER}"])
    def test_is_in_no_answer_and_in_no_log(self, refuser, stack, facts, token):
        body = encode(good(facts) | {"payments": [{"kind": "card", "token": token}]})

        problem = refuser("POST", "booking", "/reservations", body, status=422, code="invalid")

        assert CARD_NUMBER not in str(problem)
        logs = list(Path(stack.state.log_dir).rglob("*.log"))
        assert len(logs) > 15
        assert [log.name for log in logs if CARD_NUMBER.encode() in log.read_bytes()] == []


# Last, because what it books still moves when it has ended.
class TestTheSameReservation:
    def test_is_accepted_without_the_fault(self, stack, facts):
        made = read(stack.ask("POST", "booking", "/reservations", good(facts)), 202)

        assert stack.follow(made)["status"] == "confirmed"

"""What clients of a fault run want: to book in every way there is, and to cancel."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from random import Random

from tests.reliability.faults.caller import Caller
from tests.stack import Json

Errand = Callable[[Caller, Random], object]

CARD = {"kind": "card", "token": "tok_visa"}
DECLINED = {"kind": "card", "token": "tok_insufficient_funds"}
PART = {**CARD, "amount": Decimal("20.00")}
#: What the bank does and does not tell of; each is asked again with its key.
TROUBLED = (
    "tok_timeout_after_success",
    "tok_capture_timeout_after_success",
    "tok_error_after_success",
    "tok_fails_twice",
    "tok_slow",
    "tok_expires_at_once",
)


def paid(caller: Caller, chance: Random) -> Json:
    """Pay at once, with one good card."""
    return caller.reserve()


def followed(caller: Caller, chance: Random) -> Json:
    """Pay at once, and wait for the end."""
    return caller.follow(caller.reserve())


def declined(caller: Caller, chance: Random) -> Json:
    """Pay at once, with a card that is declined."""
    return caller.reserve(payments=[DECLINED])


def split(caller: Caller, chance: Random) -> Json:
    """Pay at once, with two good cards."""
    return caller.reserve(2, payments=[PART, CARD])


def half_declined(caller: Caller, chance: Random) -> Json:
    """Pay at once, with a good card and one that is declined; the void of the good one may get no answer."""
    good = chance.choice([PART, {**PART, "token": "tok_void_timeout_after_success"}])
    return caller.reserve(payments=[good, DECLINED])


def by_wallet(caller: Caller, chance: Random) -> Json:
    """Pay at once, with a wallet that all share."""
    return caller.reserve(payments=[{"kind": "wallet", "token": caller.wallet}])


def troubled(caller: Caller, chance: Random) -> Json:
    """Pay at once, with a card whose bank has a bad moment."""
    return caller.reserve(payments=[{"kind": "card", "token": chance.choice(TROUBLED)}])


def expired(caller: Caller, chance: Random) -> Json:
    """Hold, and never pay."""
    return caller.reserve(payLater=True)


def held_and_paid(caller: Caller, chance: Random) -> object:
    """Hold, and pay as soon as payment_svc has heard of it; its time may be over by then."""
    held = caller.reserve(payLater=True)
    body = {"locator": held["locator"], "paymentMethod": CARD}
    # Each ask of an answer 404 is a request of its own: the refusal is stored under its key.
    while not caller.stopping.is_set():
        answer = caller.answered("payment", "/payments", body, token=held["accessToken"])
        if answer.status_code != 404:
            return answer
        caller.stopping.wait(0.5)
    return None


def cancelled(caller: Caller, chance: Random) -> object:
    """Buy what is free to be given back, and give it back once it is confirmed."""
    departure_id, seat = caller.place()
    departure = caller.by_id[departure_id]
    asked = {"from": departure["origin"], "to": departure["destination"], "date": departure["departsLocal"][:10]}
    offers = caller.seen("/offers", page_size="100", **asked)
    of = [
        offer
        for offer in offers
        if offer["family"] == "flex" and [leg["departureId"] for leg in offer["itinerary"]["outward"]] == [departure_id]
    ]
    if not of:
        return None
    token = chance.choice(["tok_visa", "tok_refund_timeout_after_success", "tok_refund_fails_twice"])
    made = caller.there(departure_id, seat, offer=of[0]["signature"], payments=[{"kind": "card", "token": token}])
    if made is None or caller.follow(made)["status"] != "confirmed":
        return None
    path = f"/reservations/{made['locator']}"
    quote = caller.seen(f"{path}/cancellation", token=made["accessToken"])["quote"]
    return caller.answered("booking", f"{path}/cancellations", {"quote": quote}, token=made["accessToken"])


def disrupted(caller: Caller, chance: Random) -> object:
    """Some book on a departure, which is then cancelled by its airline."""
    if not caller.doomed:
        return paid(caller, chance)
    departure_id = caller.doomed.popleft()
    shown = caller.seen(f"/departures/{departure_id}/seats")
    seats = [
        place["number"] for cabin in shown["cabins"] if cabin["name"] == "economy" for row in cabin["rows"]
        for place in row["seats"] if place["state"] == "free"
    ]  # fmt: skip
    for seat in seats[:2]:
        caller.there(departure_id, seat)
    caller.there(departure_id, seats[2], payLater=True)
    path = f"/departures/{departure_id}/cancellation"
    return caller.answered("flight", path, {"reason": "storm"}, token=caller.operator_token)


def raced(caller: Caller, chance: Random) -> object:
    """Two want the same seat; one gets it."""
    departure_id, seat = caller.place()
    return [caller.there(departure_id, seat) for _ in range(2)]


#: How often of a hundred each is wanted.
MIX: Mapping[Errand, int] = {
    paid: 22,
    followed: 8,
    declined: 8,
    split: 8,
    half_declined: 8,
    by_wallet: 8,
    troubled: 12,
    expired: 6,
    held_and_paid: 8,
    cancelled: 8,
    disrupted: 1,
    raced: 3,
}

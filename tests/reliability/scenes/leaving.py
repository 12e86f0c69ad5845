"""Reservations that are given up, and departures that are late or do not fly."""

from collections.abc import Collection

from tests.e2e.test_offers import offers
from tests.reliability.rest import Rest
from tests.reliability.scenes import SECONDS
from tests.reliability.scenes.bookings import end
from tests.reliability.traveller import Traveller
from tests.stack import Json, wait

# Enough that their batch is taken up with some cancelled and some not.
PARTY = 3


def cancelled(traveller: Traveller, rest: Rest) -> Json:
    """Buy a refundable fare, pay, and give it up by its quote: the money comes back."""
    departure = traveller.departure()
    found = traveller.patiently(lambda: offers(traveller.stack, departure), what="its offers")
    offer = next(each for each in found if each["family"] == "flex")
    made = end(rest, traveller.reserve(departure=departure, offer=offer["signature"]), "confirmed")
    give_up(traveller, made)
    wait(
        lambda: set(rest.payments(made["locator"]).values()) == {"refunded"},
        what=f"the refund of {made['locator']}",
        seconds=SECONDS,
    )
    return end(rest, made, "cancelled")


def hold_cancelled(traveller: Traveller, rest: Rest) -> Json:
    """Hold, and give it up before it is paid, if its time is not over by then."""
    held = traveller.reserve(payLater=True)
    give_up(traveller, held, or_refused={409})
    return end(rest, held, "cancelled", "failed")


def disrupted(traveller: Traveller, rest: Rest) -> None:
    """Three reservations on a departure that is cancelled: all of them end, with all of their money back."""
    departure = traveller.departure()
    made = [end(rest, traveller.reserve(departure=departure), "confirmed") for _ in range(PARTY)]
    number, token = departure["departureId"], traveller.stack.operator_token
    traveller.send("flight", f"/departures/{number}/cancellation", {"reason": "storm"}, token=token)
    for reservation in made:
        end(rest, reservation, "cancelled")
    wait(lambda: _is_complete(traveller, number), what=f"the report on departure {number}", seconds=SECONDS)


def delayed(traveller: Traveller, rest: Rest) -> None:
    """Delay a departure that somebody has booked: booking_svc and fare_svc hear of it, and whoever booked is told."""
    departure = traveller.departure()
    made = end(rest, traveller.reserve(departure=departure), "confirmed")
    path = f"/departures/{departure['departureId']}/delays"
    traveller.send("flight", path, {"minutes": 45, "reason": "late crew"}, token=traveller.stack.operator_token)
    wait(
        lambda: _shown(traveller, made)["seats"][0]["departureStatus"] == "delayed",
        what="booking_svc to hear of the delay",
        seconds=SECONDS,
    )


def give_up(traveller: Traveller, reservation: Json, *, or_refused: Collection[int] = ()) -> None:
    """Ask for the quote of a reservation and give it up by that."""
    place, token = f"/reservations/{reservation['locator']}", reservation["accessToken"]
    asked = traveller.look("booking", f"{place}/cancellation", token=token, or_refused=or_refused)
    if "quote" in asked:
        body = {"quote": asked["quote"]}
        traveller.send("booking", f"{place}/cancellations", body, token=token, or_refused=or_refused)


def _shown(traveller: Traveller, reservation: Json) -> Json:
    shown: Json = traveller.look("booking", f"/reservations/{reservation['locator']}", token=reservation["accessToken"])
    return shown


def _is_complete(traveller: Traveller, departure_id: int) -> bool:
    token = traveller.stack.operator_token
    report = traveller.look("booking", f"/disruptions/{departure_id}", token=token, or_refused=404)
    return bool(report.get("state") == "complete")

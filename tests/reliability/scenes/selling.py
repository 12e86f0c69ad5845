"""What operators put on sale: telling it again changes nothing, so that it is told until there is an answer."""

from datetime import UTC, date, datetime, timedelta
from itertools import count

from aerosaga import fares
from tests.e2e.conftest import A_FLIGHT
from tests.reliability.rest import Rest
from tests.reliability.scenes import SECONDS
from tests.reliability.traveller import Traveller
from tests.stack import wait

# Each schedule is of a day of its own, later than those that others book on.
_DAYS = count(60)
# And of an aircraft of its own: a seat map is told when it is drawn for the first time, and never again.
_SEATS = count(60)
_NUMBERS = count(5000)


def scheduled(traveller: Traveller, rest: Rest) -> None:
    """Put a departure on sale: flight_svc has it once, fare_svc and booking_svc hear of it and its seats."""
    day = datetime.now(UTC).date() + timedelta(days=next(_DAYS))
    token = traveller.stack.operator_token
    traveller.send("flight", f"/schedule/{day}", [A_FLIGHT | {"seats": next(_SEATS)}], method="PUT", token=token)
    (departure,) = _departures(traveller, day)
    path = f"/departures/{departure['departureId']}/seats"
    wait(
        lambda: "cabins" in traveller.look("booking", path, or_refused=404),
        what="booking_svc to hear of the departure",
        seconds=SECONDS,
    )


def priced(traveller: Traveller, rest: Rest) -> None:
    """Tell rules, a season and a fare, and take the fare back: booking_svc hears it."""
    token = traveller.stack.operator_token
    traveller.send("fare", "/rules", fares.rules("USD"), method="PUT", token=token)
    season = {"code": "matrix-2031", "name": "The matrix", "starts": "2031-01-01", "ends": "2031-01-02", "factor": 1}
    traveller.send("fare", "/seasons", [season], method="PUT", token=token)
    fare = {"airline": "AA", "origin": "JFK", "destination": "LAX", "flightNumber": next(_NUMBERS), "cabin": "economy"}
    fare |= {"rule": "BASIC", "amount": 99, "currency": "USD"}
    traveller.send("fare", "/fares", [fare], method="PUT", token=token)
    query = "/fares?airline=AA&from=JFK&to=LAX&cabin=economy&page_size=100"
    told = traveller.look("fare", query)
    (number,) = [each["fareId"] for each in told if each["flightNumber"] == fare["flightNumber"]]
    traveller.send("fare", f"/fares/{number}", None, method="DELETE", token=token)


def named(traveller: Traveller, rest: Rest) -> None:
    """Tell an airline's new name: flight_svc shows it; and an airport."""
    token, name = traveller.stack.operator_token, f"American Airlines {next(_NUMBERS)}"
    traveller.send("airline", "/airlines", [{"code": "AA", "name": name}], method="PUT", token=token)
    airport = {"code": "JFK", "name": "John F. Kennedy", "city": "New York", "country": "US"}
    airport |= {"latitude": 40.64, "longitude": -73.78, "timeZone": "America/New_York"}
    traveller.send("airline", "/airports", [airport], method="PUT", token=token)
    flown = next(each["departureId"] for each in traveller.stack.departures if each["airline"] == "AA")
    wait(
        # Somebody else may have told another name since.
        lambda: traveller.look("flight", f"/departures/{flown}")["airlineName"] == _name(traveller),
        what="flight_svc to hear of the name",
        seconds=SECONDS,
    )


def _name(traveller: Traveller) -> str:
    return str(traveller.look("airline", "/airlines/AA")["name"])


def _departures(traveller: Traveller, day: date) -> list[dict[str, int]]:
    found: list[dict[str, int]] = traveller.look("flight", f"/departures?from=JFK&to=LAX&date={day}")
    return found

"""Timetables and reference data that must be refused, and searches that ask for nothing that can be."""

import pytest

from tests.e2e.conftest import A_FLIGHT
from tests.e2e.refusals import WITHOUT, Bad, Raw, encode

pytestmark = pytest.mark.usefixtures("quiet")

DAY = "2027-03-01"


def unflyable(what: str, where: str, value: object) -> Bad:
    return Bad(what, where, value, code="bad_schedule")


ROWS = [
    Bad("an object for a list", "", {}),
    Bad("null", "", None),
    Bad("a row that is null", "", [None]),
    Bad("a row that is a text", "", ["AA 1 JFK LAX"]),
    Bad("no airline", "0.airline", WITHOUT),
    Bad("an airline in small letters", "0.airline", "aa"),
    Bad("an airline with a line break", "0.airline", "AAL\n"),
    Bad("flight zero", "0.flightNumber", 0),
    Bad("flight ten thousand", "0.flightNumber", 10_000),
    Bad("a flight number as a text", "0.flightNumber", "1"),
    Bad("a flight number that is true", "0.flightNumber", True),
    Bad("an origin of four letters", "0.origin", "KJFK"),
    unflyable("an origin that does not exist", "0.origin", "QQQ"),
    unflyable("a destination that does not exist", "0.destination", "ZZ9"),
    Bad("25 o'clock", "0.departs", "25:00"),
    Bad("a clock time without a colon", "0.arrives", "1145"),
    Bad("a clock time with a line break", "0.departs", "08:30\n"),
    Bad("no aircraft", "0.aircraft", WITHOUT),
    Bad("an empty aircraft", "0.aircraft", ""),
    Bad("an aircraft of 81 letters", "0.aircraft", "B" * 81),
    Bad("no seats in the aircraft", "0.seats", 0),
    Bad("more seats than any aircraft has", "0.seats", 854),
    Bad("half a seat", "0.seats", Raw("172.5")),
    Bad("no distance", "0.distanceKm", 0),
    Bad("a distance more than half around the world", "0.distanceKm", 25_001),
    Bad("a field nobody knows", "0.captain", "Amelia"),
]
AIRLINES = [
    Bad("an object for a list", "", {"code": "AA", "name": "American"}),
    Bad("no code", "0.code", WITHOUT),
    Bad("a code in small letters", "0.code", "aa"),
    Bad("a code with a line break", "0.code", "AAL\n"),
    Bad("no name", "0.name", WITHOUT),
    Bad("a name of 81 letters", "0.name", "x" * 81),
    Bad("a name with half a character", "0.name", "\udfff"),
]
AIRPORTS = [
    Bad("a code of four letters", "0.code", "KJFK"),
    Bad("a latitude beyond the pole", "0.latitude", Raw("90.0001")),
    Bad("a latitude that is true", "0.latitude", True),
    Bad("a latitude without end", "0.latitude", Raw("1e999999999")),
    Bad("a longitude that is NaN", "0.longitude", Raw("NaN"), 400, "malformed"),
    Bad("a country of three letters", "0.country", "USA"),
    Bad("a time zone that does not exist", "0.timeZone", "America/Gotham", code="unknown_time_zone"),
    Bad("a time zone that is a path", "0.timeZone", "../../etc/passwd", code="unknown_time_zone"),
    Bad("a time zone that is a number", "0.timeZone", -5),
]
JFK = {
    "code": "XYZ",
    "name": "John F Kennedy Intl",
    "city": "New York",
    "country": "US",
    "latitude": 40.6,
    "longitude": -73.8,
    "timeZone": "America/New_York",
}
SEARCHES = [
    ("flight", "/departures"),
    ("flight", "/departures?from=JFK&to=LAX"),
    ("flight", "/departures?from=JF&to=LAX&date=2026-12-01"),
    ("flight", "/departures?from=jfk&to=LAX&date=2026-12-01"),
    ("flight", "/departures?from=JFK%0A&to=LAX&date=2026-12-01"),
    ("flight", "/departures?from=JFK&to=LAX&date=tomorrow"),
    ("flight", "/departures?from=JFK&to=LAX&date=2026-02-30"),
    ("flight", "/departures?from=JFK&to=LAX&date=20261-2-30"),
    ("flight", "/departures?from=JFK&to=LAX&date=2026-12-01&page=0"),
    ("flight", "/departures?from=JFK&to=LAX&date=2026-12-01&page=-1"),
    ("flight", "/departures?from=JFK&to=LAX&date=2026-12-01&page=one"),
    ("flight", "/departures?from=JFK&to=LAX&date=2026-12-01&page=" + "9" * 30),
    ("flight", "/departures?from=JFK&to=LAX&date=2026-12-01&page_size=0"),
    ("flight", "/departures?from=JFK&to=LAX&date=2026-12-01&page_size=100000"),
    ("airline", "/airlines?page=" + "9" * 3000),
    ("airline", "/airports?q="),
    ("airline", "/airports?q=" + "x" * 41),
    ("booking", "/availability"),
    ("booking", "/availability?departureId="),
    ("booking", "/availability?departureId=0"),
    ("booking", "/availability?departureId=1e9"),
    ("booking", "/availability?departureId=" + "9" * 30),
    ("booking", "/availability?" + "&".join(f"departureId={number}" for number in range(1, 52))),
    ("booking", "/reservations?status=lost"),
    ("booking", "/reservations?page=" + "9" * 30),
]
NOWHERE = [
    ("airline", "/airlines/XX"),
    ("airline", "/airports/%F0%9F%98%80"),
    ("flight", "/departures/0"),
    ("flight", "/departures/-1"),
    ("flight", "/departures/one"),
    ("flight", "/departures/" + "9" * 40),
    ("booking", "/departures/0/seats"),
    ("booking", "/departures/" + "9" * 40 + "/seats"),
    ("booking", "/departures/1.5/seats"),
    ("booking", "/timeline/not-a-uuid"),
    ("booking", "/sagas/1"),
    ("booking", "/admin"),
    ("payment", "/wallets/wal_nobodys"),
]


class TestASchedule:
    @pytest.mark.parametrize("bad", ROWS, ids=str)
    def test_is_refused_whole_for(self, refuser, facts, bad):
        other = {**A_FLIGHT, "flightNumber": 4714}
        body = bad.body([A_FLIGHT], facts)
        rows = [*body, other] if isinstance(body, list) else body

        refuser(
            "PUT",
            "flight",
            f"/schedule/{DAY}",
            encode(rows),
            status=bad.status,
            code=bad.code,
            token=facts.operator_token,
        )

    @pytest.mark.parametrize("day", ["tomorrow", "2026-13-01", "2026-02-30", "0000-01-01", "1", "2026-12-01T00:00:00"])
    def test_is_not_there_on_a_date_that_is_none(self, refuser, facts, day):
        body = encode([A_FLIGHT])

        refuser("PUT", "flight", f"/schedule/{day}", body, status=404, code="not_found", token=facts.operator_token)

    @pytest.mark.parametrize(("day", "departs"), [("0001-01-01", "00:10"), ("9999-12-31", "23:50")])
    def test_is_refused_on_the_last_days_of_the_calendar(self, refuser, facts, day, departs):
        # To the east of Greenwich the first day begins, in UTC, on the day before; to the west the last one ends after.
        way = {"origin": "NRT", "destination": "LAX"} if day == "0001-01-01" else {}
        body = encode([{**A_FLIGHT, **way, "departs": departs}])

        refuser("PUT", "flight", f"/schedule/{day}", body, status=422, code="bad_schedule", token=facts.operator_token)


class TestReferenceData:
    @pytest.mark.parametrize("bad", AIRLINES, ids=str)
    def test_of_an_airline_is_refused_for(self, refuser, facts, bad):
        body = encode(bad.body([{"code": "XX", "name": "An airline"}], facts))

        refuser("PUT", "airline", "/airlines", body, status=bad.status, code=bad.code, token=facts.operator_token)

    @pytest.mark.parametrize("bad", AIRPORTS, ids=str)
    def test_of_an_airport_is_refused_for(self, refuser, facts, bad):
        body = encode(bad.body([JFK], facts))

        refuser("PUT", "airline", "/airports", body, status=bad.status, code=bad.code, token=facts.operator_token)


class TestASearch:
    @pytest.mark.parametrize(("service", "address"), SEARCHES, ids=lambda part: part[:60])
    def test_that_asks_wrongly_is_refused_by_the_name_of_what_is_wrong(self, refuser, facts, service, address):
        problem = refuser("GET", service, address, status=422, code="invalid", token=facts.operator_token)

        assert set(problem["errors"]["query"]) <= {
            "from",
            "to",
            "date",
            "page",
            "page_size",
            "q",
            "departureId",
            "status",
        }

    @pytest.mark.parametrize(("service", "address"), NOWHERE, ids=lambda part: part[:60])
    def test_for_what_does_not_exist_finds_nothing(self, refuser, facts, service, address):
        refuser("GET", service, address, status=404, code="not_found", token=facts.operator_token)

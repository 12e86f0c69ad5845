"""Loading the timetable, and waiting until booking_svc has heard of it."""

import io
import json
from datetime import date, timedelta
from uuid import UUID

import httpx
import pytest
from rich.console import Console

from aerosaga import loading
from aerosaga.commands import timetables
from aerosaga.errors import Failed
from aerosaga.target import Target
from tests.unit.aerosaga.services import Services, answer

DAY = date(2026, 12, 1)
ROWS = [
    {"airline": "AA", "flightNumber": number, "origin": "JFK", "destination": "LAX", "distanceKm": 3983}
    for number in range(3)
]
SAME = {"created": 0, "updated": 0, "unchanged": 10}
PUTS = {
    **{f"PUT airline /{what}": {"created": 0} for what in ("airlines", "airports")},
    **{f"PUT fare /{what}": SAME for what in ("rules", "seasons", "fares")},
}


class Heard:
    """flight_svc and booking_svc, which hears of one more departure each time it is asked."""

    def __init__(self, *, deaf: bool = False) -> None:
        self._told: dict[str, int] = {}
        self._deaf = deaf
        self.services = Services({**PUTS, "PUT flight /schedule/2026-12-01": self._schedule})

    def _schedule(self, request: httpx.Request) -> httpx.Response:
        correlation_id = request.headers["traceparent"].split("-")[1]
        dashed = str(UUID(hex=correlation_id))
        self._told[dashed] = 0
        self.services.answers = {**self.services.answers, f"GET booking /timeline/{dashed}": self._timeline}
        return answer({"created": len(ROWS), "unchanged": 0})

    def _timeline(self, request: httpx.Request) -> httpx.Response:
        correlation_id = request.url.path.rpartition("/")[2]
        self._told[correlation_id] += not self._deaf
        heard = {"kind": "heard", "name": "FlightScheduled"}
        return answer([{"kind": "heard", "name": "SeatMapGenerated"}] + [heard] * self._told[correlation_id])


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(loading, "PATIENCE_SECONDS", 0.05)


def load(services: Services, *, days: int = 1) -> loading.Loaded:
    schedule = [(DAY + timedelta(days=offset), ROWS) for offset in range(days)]
    console = Console(file=io.StringIO())
    return loading.load(services.client(), schedule, total=len(ROWS) * days, console=console)


class TestLoad:
    def test_waits_until_booking_svc_has_heard_of_every_new_departure(self):
        loaded = load(Heard().services)

        assert (loaded.created, loaded.heard) == (3, 3)

    def test_gives_up_with_a_sentence_when_booking_svc_hears_nothing(self):
        with pytest.raises(Failed, match=r"booking_svc has heard of no new departure .* knows 0 of 3"):
            load(Heard(deaf=True).services)

    def test_waits_for_nothing_when_all_is_on_sale_already(self):
        services = Services({**PUTS, "PUT flight /schedule/2026-12-01": {"created": 0, "unchanged": 3}})

        loaded = load(services)

        assert (loaded.created, loaded.unchanged, loaded.heard) == (0, 3, 0)

    def test_puts_the_airlines_and_airports_first(self):
        services = Services({**PUTS, "PUT flight /schedule/2026-12-01": {"created": 0, "unchanged": 3}})

        load(services)

        assert [request.url.path for request in services.asked][:2] == ["/airlines", "/airports"]

    def test_puts_rules_and_seasons_before_the_fares_and_those_before_the_departures(self):
        services = Services({**PUTS, "PUT flight /schedule/2026-12-01": {"created": 0, "unchanged": 3}})

        load(services)

        asked = [request.url.path for request in services.asked][2:]
        assert asked == ["/rules", "/seasons", "/fares", "/schedule/2026-12-01"]

    def test_puts_the_fares_of_a_route_once(self):
        days = {f"PUT flight /schedule/2026-12-0{day}": {"created": 0, "unchanged": 3} for day in (1, 2)}
        services = Services({**PUTS, **days})

        loaded = load(services, days=2)

        assert [request.url.path for request in services.asked].count("/fares") == 1
        assert loaded.fares == 10


class TestTheStartOfAFullYear:
    @pytest.fixture
    def target(self, tmp_path) -> Target:
        return Target(way="servers", urls={}, operator_token=None, directory=tmp_path)

    def test_is_tomorrow_the_first_time(self, target, monkeypatch):
        monkeypatch.setattr(timetables, "tomorrow", lambda: DAY)

        assert timetables.full_year_start(target, None) == DAY

    def test_stays_the_same_when_the_load_is_begun_again_later(self, target, monkeypatch):
        timetables.full_year_start(target, DAY)
        monkeypatch.setattr(timetables, "tomorrow", lambda: DAY + timedelta(days=9))

        assert timetables.full_year_start(target, None) == DAY

    def test_is_tomorrow_again_when_that_year_is_over(self, target, monkeypatch):
        timetables.full_year_start(target, DAY)
        monkeypatch.setattr(timetables, "tomorrow", lambda: DAY + timedelta(days=400))

        assert timetables.full_year_start(target, None) == DAY + timedelta(days=400)

    def test_is_the_date_asked_for(self, target):
        timetables.full_year_start(target, DAY)

        assert timetables.full_year_start(target, DAY + timedelta(days=1)) == DAY + timedelta(days=1)
        assert json.loads((target.directory / "full-year.json").read_text()) == {"from": "2026-12-02"}

"""How the statements of a search find their rows among those of many days and routes."""

from decimal import Decimal

import pytest

from bench.plans import Plans
from common.contracts.flight_v2 import seat_map_from_v1
from fare_svc import app
from fare_svc.service import departures
from tests.builders import a_flight, a_seat_map, in_days
from tests.integration.fare_svc.conftest import RULES, Fares, a_fare_row
from tests.surroundings import also

DAYS, ELSEWHERE = 300, 12
# JFK to LAX direct, and by ORD.
WAYS = (("JFK", "LAX", 8), ("JFK", "ORD", 7), ("ORD", "LAX", 12))


def flight(number: int, *, day: int, way: tuple[str, str, int]):
    origin, destination, hour = way
    leaves = in_days(30 + day).replace(hour=hour, minute=0, second=0, microsecond=0)
    return a_flight(number, origin, destination, leaves=leaves, hours=3)


@pytest.fixture
def year(clean) -> Fares:
    """Three hundred days of flights on three routes among those of others, and fares of all."""
    selling = Fares(clean["fare"])
    no_fees = {"currency": "USD", "refund_fee": Decimal(0), "change_fee": Decimal(0)}
    selling.put("rules", *({**no_fees, **rule} for rule in RULES))
    elsewhere = [(f"A{chr(65 + turn)}A", f"B{chr(65 + turn)}B", 9) for turn in range(ELSEWHERE)]
    flown = [(day, way) for day in range(DAYS) for way in (*WAYS, *elsewhere)]
    selling.database.write(departures.note_seat_maps, [seat_map_from_v1(a_seat_map())])
    selling.database.write(
        departures.note_scheduled, [flight(number, day=day, way=way) for number, (day, way) in enumerate(flown, 1)]
    )
    airlines = [f"{chr(65 + turn // 26)}{chr(65 + turn % 26)}" for turn in range(20)]
    selling.put(
        "fares",
        *(
            a_fare_row(airline=airline, origin=origin, destination=destination)
            for airline in airlines
            for origin, destination, _ in (*WAYS, *elsewhere)
        ),
    )
    return selling


class TestStatements:
    def test_of_a_search_find_their_rows_by_an_index(self, year, servers):
        servers.mariadb.run_sql("ANALYZE TABLE aerosaga_fare.departure; ANALYZE TABLE aerosaga_fare.fare;")
        day = (in_days(30 + DAYS // 2)).date()
        plans = Plans()

        with also(offer_key="7a" * 32), plans.listening():
            found = app.web().test_client().get(f"/offers?from=JFK&to=LAX&date={day}")

            assert len(found.get_json()) == len(["direct", "by ORD"])
            assert {"departure", "fare"} <= {reading.table for reading in plans.readings()}
            assert plans.scans() == []

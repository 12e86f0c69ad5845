"""Which airports somebody is offered who types a few letters: those that are meant come first, on either database."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from aerosaga import timetable
from airline_svc import service
from airline_svc.models import database
from common import migrations
from common.db import Database
from tests.surroundings import surroundings

#: So many a field offers at once.
OFFERED = 8


@pytest.fixture(params=["mariadb", "sqlite"])
def airports(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """The database of airline_svc with the airports of the demo."""
    rows = [
        {"time_zone" if name == "timeZone" else name: value for name, value in row.items()}
        for row in timetable.airports()
    ]
    if request.param == "mariadb":
        clean: Mapping[str, Database] = request.getfixturevalue("clean")
        clean["airline"].write(service.put_airports, rows=rows)
        yield clean["airline"]
        return
    with surroundings(airline_database_url=f"sqlite:///{tmp_path / 'airline.db'}"):
        migrations.upgrade("airline")
        database.write(service.put_airports, rows=rows)
        yield database


def offered(airports, text):
    found, _ = airports.read(service.airports, text=text, first=0, count=OFFERED)
    return [airport.code for airport in found]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("new", "NEW"),  # a code is a code
        ("jfk", "JFK"),
        ("New York", "JFK"),
        ("los", "LAX"),
        ("kennedy", "JFK"),
        ("100%", None),
    ],
)
def test_the_one_that_is_meant_comes_first(airports, typed, first):
    assert offered(airports, typed)[:1] == ([first] if first else [])


def test_the_big_ones_of_a_city_that_begins_like_this_are_among_those_that_are_offered(airports):
    assert {"JFK", "EWR", "MSY"} <= set(offered(airports, "new"))


def test_a_name_that_begins_like_this_comes_after_the_cities_that_do(airports):
    found = offered(airports, "la ")

    assert "LGA" in found  # La Guardia, of New York
    assert found.index("LGA") > 0

"""The migrations make exactly the tables that the models say, on both kinds of database."""

import importlib

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from booking_svc.domain.reservations import ReservationNotFound
from booking_svc.service import access, departures, fares, reserving
from common import migrations
from common.auth import INSTALLATION
from common.contracts.subscriptions import SERVICES
from tests.builders import a_departure, a_reservation_request, a_seat_map, the_fares
from tests.surroundings import surroundings


@pytest.fixture(params=SERVICES)
def sqlite(request, tmp_path):
    """A service whose database is an empty SQLite file."""
    service = request.param
    with surroundings(**{f"{service}_database_url": f"sqlite:///{tmp_path / 'new.db'}"}):
        yield service


class TestUpgrade:
    @pytest.mark.parametrize("service", SERVICES)
    def test_makes_what_the_models_say_on_mariadb(self, databases, service):
        command.check(migrations.config(service))  # raises if a migration would still have something to do

    def test_makes_what_the_models_say_on_sqlite(self, sqlite):
        migrations.upgrade(sqlite)

        command.check(migrations.config(sqlite))

    def test_does_nothing_the_second_time(self, sqlite):
        migrations.upgrade(sqlite)
        migrations.upgrade(sqlite)

        command.check(migrations.config(sqlite))

    def test_can_be_taken_back(self, sqlite):
        migrations.upgrade(sqlite)

        command.downgrade(migrations.config(sqlite), "base")

        database = importlib.import_module(f"{sqlite}_svc.models").database
        assert inspect(database.engine).get_table_names() == ["alembic_version"]

    @pytest.mark.parametrize("service", SERVICES)
    def test_has_one_history(self, service):
        assert len(ScriptDirectory.from_config(migrations.config(service)).get_heads()) == 1


class TestTables:
    @pytest.mark.parametrize("service", SERVICES)
    def test_can_lock_rows(self, databases, service):
        # SKIP LOCKED is silently ignored by other engines than InnoDB.
        with databases[service].engine.connect() as connection:
            rows = connection.execute(
                text("SELECT engine FROM information_schema.tables WHERE table_schema = DATABASE()")
            )

            assert {engine for (engine,) in rows} == {"InnoDB"}


class TestNames:
    @pytest.fixture
    def locator(self, clean):
        clean["booking"].write(departures.note_seat_maps, [a_seat_map()])
        clean["booking"].write(departures.note_scheduled, [a_departure()])
        clean["booking"].write(fares.note_fares, the_fares())
        reservation, _ = clean["booking"].write(reserving.request_reservation, **a_reservation_request())
        return reservation.locator

    @pytest.mark.parametrize(
        "change", [str.lower, lambda it: f"{it} ", lambda it: f" {it}", lambda it: it[:5], lambda it: "0"]
    )
    def test_are_compared_byte_by_byte(self, clean, locator, change):
        with pytest.raises(ReservationNotFound):
            clean["booking"].read(access.readable, caller=INSTALLATION, locator=change(locator), token="")

    def test_are_found_as_they_are(self, clean, locator):
        found = clean["booking"].read(access.readable, caller=INSTALLATION, locator=locator, token="")

        assert found.locator == locator

    def test_that_differ_in_a_byte_may_stand_beside_each_other(self, clean, locator):
        def claim(session, number):
            session.execute(
                text(
                    "INSERT INTO seat (departure_id, seat_number, reservation_id, state) "
                    "SELECT 17, :number, id, 'held' FROM reservation"
                ),
                {"number": number},
            )

        for number in ("30A", "30a", "30A "):
            clean["booking"].write(claim, number)
        with pytest.raises(DBAPIError, match="Duplicate"), clean["booking"].engine.begin() as connection:
            claim(connection, "30A")

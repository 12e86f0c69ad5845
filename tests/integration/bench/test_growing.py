"""Copies of one booking in every service: what the auditor thinks of them, and how statements find their rows there."""

from collections.abc import Mapping

import pytest
from sqlalchemy import select

from auditor_svc.domain import look_at_payments, look_at_reservations
from auditor_svc.models import ToldReservation
from bench import steps
from bench.growing import Growth, Numbered, Template, first_free, number_of
from bench.plans import Plans
from booking_svc import app as booking_app
from booking_svc.models import Coupon
from booking_svc.service import statements as booking_statements
from common import inbox, journal, outbox, saga
from common.db import Database
from common.worker import KEEP_CLAIMS, KEEP_PUBLISHED
from payment_svc.service import statements as payment_statements
from tests.builders import LAYOUT

COPIES = 1000


@pytest.fixture
def ledger():
    return steps.Ledger(1, profiled=None, calls=False)


@pytest.fixture
def growth(clean, broker, servers, ledger) -> Growth:
    """All services after one booking, and a thousand like it."""
    [(number, correlation_id, _)] = steps.book(1, ledger)
    sold = select(Coupon.departure_id).where(Coupon.reservation_id == number)
    template = Template(
        reservation_id=number,
        correlation_id=str(correlation_id),
        departure_id=clean["booking"].read(lambda session: session.scalar(sold)),
        seats=LAYOUT.seat_numbers(),
    )
    growth = Growth(servers.mariadb.run_sql, template=template, passing=COPIES)
    growth.grow(COPIES)
    return growth


def findings(databases: Mapping[str, Database]) -> list:
    every = {"after": 0, "limit": 10 * COPIES}
    reservations = databases["booking"].read(booking_statements.reservations, **every)
    payments = {each.number: each for each in databases["payment"].read(payment_statements.payments, **every)}
    told = databases["auditor"].read(
        lambda session: dict(session.execute(select(ToldReservation.reservation_id, ToldReservation.status)).all())
    )
    assert len(reservations) == len(payments) == len(told) == COPIES + 1
    known = {each.number: each for each in reservations}
    return [*look_at_reservations(reservations, payments, told), *look_at_payments(payments, reservations=known)]


def locator_of(servers, number: int) -> str:
    """Return the locator of the copy with this number, as MariaDB says it."""
    said = f"SELECT {Numbered(number - 1).locator} FROM aerosaga_booking.seq_1_to_1 AS copy;"
    return servers.mariadb.run_sql(said).strip()


class TestGrowth:
    def test_is_accepted_by_the_auditor(self, growth, clean):
        assert findings(clean) == []

    def test_is_not_accepted_when_a_copy_lacks_its_seat(self, growth, clean, servers):
        servers.mariadb.run_sql("DELETE FROM aerosaga_booking.seat ORDER BY id DESC LIMIT 1;")

        assert [str(finding.rule) for finding in findings(clean)] == ["seats"]

    def test_goes_on_where_it_stopped(self, growth, clean, servers):
        growth.grow(COPIES + 10)

        counted = "COUNT(*), COUNT(DISTINCT locator), COUNT(DISTINCT correlation_id)"
        rows = servers.mariadb.run_sql(f"SELECT {counted} FROM aerosaga_booking.reservation;")
        assert rows.split() == [str(COPIES + 11)] * 3

    def test_steps_around_a_locator_that_a_booking_got_by_chance(self, growth, clean, servers):
        newest = "SELECT locator FROM aerosaga_booking.reservation ORDER BY id DESC LIMIT 1;"
        growth.grow(COPIES + 1)
        had = servers.mariadb.run_sql(newest).strip()
        met = number_of(had) + 100_000 + 5
        locator = locator_of(servers, met)
        servers.mariadb.run_sql(
            f"UPDATE aerosaga_booking.reservation SET locator = '{locator}' WHERE locator = '{had}';"
        )

        growth.grow(COPIES + 11)

        assert number_of(servers.mariadb.run_sql(newest).strip()) == met + 10


class TestFirstFree:
    @pytest.mark.parametrize(
        ("taken", "free"),
        [
            ([], 100),
            ([100, 111], 100),
            ([101], 101),
            ([110], 110),
            ([120, 110], 120),
            ([121, 110], 110),
        ],
    )
    def test_is_followed_by_ten_numbers_that_nobody_has(self, taken, free):
        assert first_free(taken, after=100, count=10) == free


class TestStatements:
    def test_of_a_booking_find_their_rows_by_an_index(self, growth, clean, ledger):
        plans = Plans()
        with plans.listening():
            steps.book(2, ledger)

        assert len(plans.executed) >= 40
        assert plans.scans() == []

    def test_of_looking_around_and_of_sweeps_find_their_rows_by_an_index(self, growth, clean):
        client, plans = booking_app.web().test_client(), Plans()
        reservations = clean["booking"].read(booking_statements.reservations, after=COPIES // 2, limit=1)
        with plans.listening():
            assert client.get(f"/departures/{growth.departures()[0]}/seats").status_code == 200
            assert client.get(f"/availability?departureId={growth.departures()[0]}").status_code == 200
            clean["booking"].write(saga.due)
            for database in clean.values():
                database.write(outbox.prune, keep=KEEP_PUBLISHED, limit=1000)
                database.write(inbox.prune, keep=KEEP_CLAIMS, limit=1000)
                database.write(journal.prune, keep=KEEP_CLAIMS, limit=1000)
            clean["booking"].read(booking_statements.reservations, after=reservations[0].number, limit=100)
            clean["payment"].read(payment_statements.payments, after=reservations[0].number, limit=100)

        assert plans.scans() == []

    def test_that_read_a_whole_table_are_found(self, growth, clean):
        plans = Plans()
        with plans.listening():
            clean["booking"].read(lambda session: session.scalar(select(Coupon.id).where(Coupon.fare_minor == 1)))

        [scan] = plans.scans()
        assert scan.rows > COPIES / 2
        assert "no index (ALL): SELECT coupon.id" in str(scan)

"""Transactions: run again as a whole when they collide, never half done; one clock; upserts that respect age."""

import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import OperationalError, ProgrammingError

from booking_svc.models import Departure
from booking_svc.service import departures
from common.columns import now
from common.contracts.subscriptions import SERVICES
from common.db import Database, DatabaseUnavailable, upsert
from notification_svc.models import Correspondence
from notification_svc.service import hearing
from payment_svc.models import Wallet
from tests.builders import a_departure, in_days
from tests.surroundings import surroundings
from tests.together import together


def wallets(database, *balances):
    """Open wallets 1, 2, ... with these balances."""
    rows = [
        {
            "id": n,
            "token": f"wal_{n}",
            "currency": "USD",
            "available_minor": b,
            "held_minor": 0,
            "created_at": in_days(0),
        }
        for n, b in enumerate(balances, start=1)
    ]
    database.write(lambda session: session.execute(insert(Wallet), rows))


def balances(database):
    found = select(Wallet.available_minor).order_by(Wallet.id)
    return database.read(lambda session: list(session.scalars(found)))


def add(session, wallet_id, amount):
    session.execute(
        update(Wallet).where(Wallet.id == wallet_id).values(available_minor=Wallet.available_minor + amount)
    )


class TestWrite:
    def test_runs_a_transaction_again_after_a_deadlock(self, clean):
        database = clean["payment"]
        wallets(database, 10, 10)
        meeting = threading.Barrier(2)
        attempts = []

        def transfer(session, source, target):
            attempts.append(source)
            add(session, source, -1)
            if len(attempts) <= 2:
                meeting.wait(20)  # both hold their first row now and want the other's
            add(session, target, 1)
            add(session, target, 1)

        together(
            lambda: database.write(transfer, 1, 2),
            lambda: database.write(transfer, 2, 1),
        )

        assert balances(database) == [11, 11]
        assert len(attempts) == 3

    def test_runs_a_transaction_again_after_it_waited_too_long_for_a_lock(self, clean):
        database = clean["payment"]
        wallets(database, 0, 0)
        locked, done = threading.Event(), threading.Event()
        attempts = []

        def hold(session):
            add(session, 2, 100)
            locked.set()
            assert done.wait(20)

        def want(session):
            session.execute(text("SET SESSION innodb_lock_wait_timeout = 1"))
            attempts.append(1)
            add(session, 1, 5)
            if len(attempts) == 2:
                done.set()
                time.sleep(0.1)
            add(session, 2, 1)

        def wait_and_want():
            assert locked.wait(20)
            database.write(want)

        together(lambda: database.write(hold), wait_and_want)

        # MariaDB itself takes only the last statement back: the first would count twice if we did not begin anew.
        assert balances(database) == [5, 101]
        assert len(attempts) == 2

    def test_gives_up_in_the_end_and_says_so(self, clean):
        database = clean["payment"]
        wallets(database, 0)
        attempts = []

        def never(session):
            attempts.append(1)
            session.execute(text("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'deadlock'"))

        with pytest.raises(DatabaseUnavailable, match="payment_svc"):
            database.write(never)

        assert len(attempts) == 8

    def test_does_not_repeat_what_is_a_fault_of_ours(self, clean):
        attempts = []

        def wrong(session):
            attempts.append(1)
            session.execute(text("SELECT nonsense FROM nowhere"))

        with pytest.raises(ProgrammingError):
            clean["payment"].write(wrong)

        assert len(attempts) == 1

    def test_leaves_nothing_of_a_transaction_that_fails(self, either):
        def book_and_fail(session):
            departures.note_scheduled(session, [a_departure()])
            raise LookupError("half way")

        with pytest.raises(LookupError):
            either.write(book_and_fail)

        assert either.read(lambda session: session.get(Departure, 17)) is None

    def test_runs_a_transaction_again_that_lost_a_race_for_a_key(self, clean):
        database = clean["payment"]
        meeting = threading.Barrier(2)
        looked = []

        def open_unless_there(session):
            found = session.get(Wallet, 1)
            looked.append(found)
            if len(looked) <= 2:
                meeting.wait(20)  # neither sees the other's
            if found is None:
                row = {"id": 1, "token": "wal_1", "currency": "USD", "available_minor": 0, "held_minor": 0}
                session.execute(insert(Wallet).values(**row, created_at=now()))

        together(*(lambda: database.write(open_unless_there) for _ in range(2)))

        assert balances(database) == [0]
        assert [found is None for found in looked] == [True, True, False]

    def test_does_not_call_a_violated_rule_of_the_table_something_that_passes(self, clean):
        database = clean["payment"]
        wallets(database, 0)

        with pytest.raises(OperationalError, match="ck_wallet_available"):
            database.write(add, 1, -1)

    def test_loses_no_update_of_two_at_once(self, clean):
        database = clean["payment"]
        wallets(database, 0)

        def lock_and_add(session):
            wallet = session.get(Wallet, 1, with_for_update=True)
            wallet.available_minor += 1

        together(*(lambda: [database.write(lock_and_add) for _ in range(10)] for _ in range(4)))

        assert balances(database) == [40]


class TestRead:
    def test_keeps_nothing_that_is_done_in_it(self, either):
        either.read(departures.note_scheduled, [a_departure()])

        assert either.read(lambda session: session.get(Departure, 17)) is None


class TestAway:
    def test_is_told_as_something_that_passes(self):
        with surroundings(booking_database_url="mysql+mysqldb://nobody:x@127.0.0.1:1/none"):
            database = Database("booking")

            with pytest.raises(DatabaseUnavailable, match="booking_svc"):
                database.read(lambda session: session.execute(text("SELECT 1")))

    def test_for_want_of_a_url_names_the_variable(self):
        with surroundings(), pytest.raises(LookupError, match="AEROSAGA_BOOKING_DATABASE_URL"):
            Database("booking").ping()


class TestClock:
    def test_is_the_databases_and_in_utc(self, either):
        told = either.read(lambda session: session.scalar(select(now())))

        assert abs(told - datetime.now(UTC)) < timedelta(seconds=5)

    @pytest.mark.parametrize("seconds", [900, -2.5, 0.5])
    def test_can_be_asked_for_another_time(self, either, seconds):
        at, shifted = either.read(lambda session: session.execute(select(now(), now(seconds=seconds))).one())

        assert shifted - at == pytest.approx(timedelta(seconds=seconds), abs=timedelta(milliseconds=50))

    def test_does_not_follow_the_time_zone_of_a_session(self, clean):
        def ask_in_tokyo(session):
            session.execute(text("SET time_zone = '+09:00'"))
            told = session.scalar(select(now()))
            session.execute(text("SET time_zone = '+00:00'"))
            return told

        assert abs(clean["booking"].read(ask_in_tokyo) - datetime.now(UTC)) < timedelta(seconds=5)

    def test_keeps_microseconds_and_comes_back_aware(self, either):
        departs = datetime(2027, 7, 1, 12, 0, 0, 123456, tzinfo=UTC)

        either.write(departures.note_scheduled, [a_departure(departs_at=departs)])

        assert either.read(lambda session: session.get(Departure, 17)).departs_at == departs


def _inserts_of(session, act):
    """Return how many INSERTs the database carried out for what `act` does in a session."""

    def count():
        return int(session.execute(text("SHOW SESSION STATUS LIKE 'Com_insert'")).one()[1])

    before = count()
    act(session)
    return count() - before


class TestUpsert:
    def test_inserts_and_overwrites(self, either):
        early = datetime(2026, 11, 1, tzinfo=UTC)
        either.write(departures.note_scheduled, [a_departure(occurred_at=early), a_departure(departure_id=18)])

        later = a_departure(occurred_at=early + timedelta(microseconds=1), flight_number=4004)
        either.write(departures.note_scheduled, [later])

        known = either.read(lambda session: session.get(Departure, 17))
        assert (known.flight_number, known.as_of) == (4004, later.occurred_at)

    def test_leaves_newer_rows_as_they_are(self, either):
        newer = datetime(2026, 11, 2, tzinfo=UTC)
        either.write(departures.note_scheduled, [a_departure(occurred_at=newer)])

        older = a_departure(occurred_at=newer - timedelta(days=1), flight_number=4004, origin="EWR")
        either.write(departures.note_scheduled, [older])

        known = either.read(lambda session: session.get(Departure, 17))
        assert (known.flight_number, known.origin, known.as_of) == (3003, "JFK", newer)

    def test_of_many_rows_is_one_statement_that_is_compiled_once(self, clean):
        compiled = clean["booking"].engine._compiled_cache
        for flight_number in (3003, 4004):
            events = [a_departure(departure_id=17 + n, flight_number=flight_number) for n in range(150)]
            known = len(compiled)
            assert clean["booking"].write(_inserts_of, partial(departures.note_scheduled, events=events)) == 1

        assert len(compiled) == known
        numbers = select(Departure.flight_number).distinct()
        assert clean["booking"].read(lambda session: session.scalars(numbers).all()) == [4004]

    def test_of_many_rows_with_the_databases_clock_is_one_statement_too(self, clean):
        for _ in range(2):
            put = partial(hearing.look, reservation_ids=range(1, 151))
            assert clean["notification"].write(_inserts_of, put) == 1

        looked_at = select(func.count()).where(Correspondence.look_at <= now())
        assert clean["notification"].read(lambda session: session.scalar(looked_at)) == 150

    def test_of_nothing_does_nothing(self, either):
        either.write(lambda session: upsert(session, Departure, []))


class TestOwnership:
    @pytest.mark.parametrize("service", SERVICES)
    def test_of_a_database_is_its_services_alone(self, databases, service):
        for other in SERVICES:
            if other != service:
                with pytest.raises(Exception, match="denied"), databases[service].engine.connect() as connection:
                    connection.execute(text(f"SELECT * FROM aerosaga_{other}.outbox"))

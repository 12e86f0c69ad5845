"""A service's database as a file: whole, consistent, and put back in its place."""

from pathlib import Path

import pytest
from sqlalchemy import text

from common.restoring import LEAP, leap
from deploy import dumps
from tests.integration.booking import Booking


class TestADump:
    def test_put_back_is_what_was_there_and_nothing_newer(self, booking: Booking, servers, tmp_path: Path):
        kept, _ = booking.request("12A")
        dumps.dump("booking", tmp_path / "booking.sql.gz", backing=servers)
        booking.request("12B")

        dumps.load("booking", tmp_path / "booking.sql.gz", backing=servers)

        assert booking.seats() == {"12A": "tentative"}
        assert booking.show(kept).passengers[0].last_name == kept.passengers[0].last_name

    def test_of_a_name_in_any_script_is_put_back_letter_by_letter(self, booking: Booking, servers, tmp_path: Path):
        name = {"first_name": "Зоя 🛫", "last_name": "O'Brien\\-Łukasz"}
        made, _ = booking.request("12A", passengers=[name])
        dumps.dump("booking", tmp_path / "booking.sql.gz", backing=servers)

        dumps.load("booking", tmp_path / "booking.sql.gz", backing=servers)

        (passenger,) = booking.show(made).passengers
        assert (passenger.first_name, passenger.last_name) == tuple(name.values())

    def test_that_is_no_dump_is_refused(self, servers, tmp_path: Path):
        with pytest.raises(dumps.DumpFailed, match="There is no database"):
            dumps.copy_sqlite(tmp_path / "nothing.db", tmp_path / "copy.db")


class TestNumbers:
    def test_go_on_far_beyond_what_a_backup_has(self, booking: Booking):
        first, _ = booking.request("12A")

        tables = leap(booking.database)
        second, _ = booking.request("12B")

        assert second.id > first.id + LEAP
        assert {"outbox", "passenger", "reservation", "saga_run", "seat"} <= set(tables)
        after = booking.database.read(lambda session: session.scalar(text("SELECT MAX(id) FROM outbox")))
        assert after > LEAP

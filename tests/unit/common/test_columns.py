"""The database's clock, as statements name it."""

from datetime import timedelta

from sqlalchemy import create_engine, select

from common.columns import now


class TestNow:
    def test_is_compiled_once_whatever_the_seconds(self):
        compiled = {}
        with create_engine("sqlite://").connect() as connection:
            kept = connection.execution_options(compiled_cache=compiled)
            for seconds in (1, 2.5, -900):
                kept.execute(select(now(seconds=seconds)))

        assert len(compiled) == 1

    def test_counts_seconds_from_the_databases_clock(self):
        with create_engine("sqlite://").connect() as connection:
            at, later, before = connection.execute(select(now(), now(seconds=1.5), now(seconds=-86400))).one()

        assert later - at == timedelta(seconds=1.5)
        assert at - before == timedelta(days=1)

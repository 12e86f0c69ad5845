"""The Idempotency-Key header over a real database: many at once, one that died, one that was refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from common.db import Database
from common.idempotency import _claim
from tests.together import together


@contextmanager
def somebody_at_it(database: Database, key: str, body: str) -> Iterator[int]:
    """Another process has begun a request with this key and not ended it; yield its connection's number."""
    with Session(database.engine) as session:
        _claim(session, place={"route": "POST /reservations", "key": key}, fingerprint=body)
        yield session.connection().connection.dbapi_connection.thread_id()
        session.invalidate()


class TestAKeyWhoseFirstRequestStillRuns:
    def test_is_in_use(self, ask, booking):
        key = str(uuid4())

        with somebody_at_it(booking.database, key, "theirs"):
            answer = ask(key)

        assert (answer.status_code, answer.get_json()["code"]) == (409, "idempotency_key_in_use")
        assert booking.count() == 0

    def test_is_free_at_once_when_its_process_dies(self, ask, booking):
        key = str(uuid4())

        with somebody_at_it(booking.database, key, "theirs") as connection:
            with booking.database.engine.connect() as database:
                database.execute(text(f"KILL {connection}"))  # what the database does when a process is gone
            answer = ask(key)

        assert (answer.status_code, booking.count()) == (202, 1)


class TestARepeat:
    def test_of_many_at_once_books_once(self, ask, booking):
        key = str(uuid4())

        answers = together(*[lambda: ask(key)] * 8)

        made = {answer.get_json()["locator"] for answer in answers if answer.status_code == 202}
        refused = {answer.get_json()["code"] for answer in answers if answer.status_code != 202}
        assert (len(made), booking.count()) == (1, 1)
        assert refused <= {"idempotency_key_in_use"}

    def test_of_a_refusal_is_refused_alike_though_it_would_now_be_granted(self, ask, booking):
        reservation, _ = booking.request("12A")
        key = str(uuid4())
        first = ask(key)
        booking.let_time_run_out(reservation)
        booking.release(reservation)

        second = ask(key)

        assert (first.status_code, first.get_json()["code"]) == (409, "seat_taken")
        assert (second.status_code, second.get_json()) == (409, first.get_json())
        assert second.headers["Content-Type"] == "application/problem+json"
        assert second.headers["Idempotency-Replayed"] == "true"

    @pytest.mark.parametrize("seats", [["12A"], ["99Z"]])
    def test_with_another_body_is_refused_whatever_became_of_the_first(self, ask, booking, seats):
        key = str(uuid4())
        ask(key, seats=seats)

        answer = ask(key, seats=["12C"])

        assert (answer.status_code, answer.get_json()["code"]) == (422, "idempotency_key_reused")

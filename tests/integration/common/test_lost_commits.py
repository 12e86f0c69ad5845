"""The connection is lost at COMMIT: nobody knows whether it counts, so it is looked up and never blindly run again."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from sqlalchemy import event, insert, select, text, update

from common.columns import now
from common.db import CommitUnknown, Database
from common.idempotency import idempotency_key
from payment_svc.models import Wallet


@contextmanager
def lost_commits(database: Database, *, counts: bool) -> Iterator[list[int]]:
    """Cut the connection at the first COMMIT of a block, after the server did it if it `counts`, or before."""
    commits: list[int] = []

    def cut(connection):
        commits.append(1)
        if len(commits) > 1:
            return
        raw = connection.connection.dbapi_connection
        thread = raw.thread_id()
        if counts:
            raw.commit()
        with database.engine.connect() as other:
            other.execute(text(f"KILL {thread}"))

    event.listen(database.engine, "commit", cut)
    try:
        yield commits
    finally:
        event.remove(database.engine, "commit", cut)


def open_wallet(session):
    row = {"id": 1, "token": "wal_1", "currency": "USD", "available_minor": 7, "held_minor": 0, "created_at": now()}
    session.execute(insert(Wallet).values(**row))


def add(session):
    session.execute(update(Wallet).values(available_minor=Wallet.available_minor + 1))


def balance(database):
    return database.read(lambda session: session.scalar(select(Wallet.available_minor)))


class TestALostCommit:
    @pytest.mark.parametrize(("counts", "then"), [(True, 8), (False, 7)])
    def test_is_told_as_what_it_is_and_not_run_again(self, clean, counts, then):
        database = clean["payment"]
        database.write(open_wallet)

        with lost_commits(database, counts=counts) as commits, pytest.raises(CommitUnknown, match="payment_svc"):
            database.write(add)

        assert (len(commits), balance(database)) == (1, then)

    def test_does_not_harm_who_comes_next(self, clean):
        database = clean["payment"]
        database.write(open_wallet)
        with lost_commits(database, counts=False), pytest.raises(CommitUnknown):
            database.write(add)

        database.write(add)

        assert balance(database) == 8


class TestARequestWhoseCommitIsLost:
    def test_is_answered_from_what_counts(self, ask, booking):
        key = str(uuid4())

        with lost_commits(booking.database, counts=True):
            answer = ask(key)

        assert (answer.status_code, booking.count()) == (202, 1)
        again = ask(key)
        assert (again.status_code, again.get_json()) == (202, answer.get_json())
        assert booking.count() == 1

    def test_can_be_sent_again_with_its_key_if_nothing_counts(self, ask, booking):
        key = str(uuid4())

        with lost_commits(booking.database, counts=False):
            answer = ask(key)

        assert (answer.status_code, answer.get_json()["code"]) == (503, "outcome_unknown")
        assert booking.database.read(lambda session: session.scalars(select(idempotency_key)).all()) == []
        assert (ask(key).status_code, booking.count()) == (202, 1)

    def test_and_that_has_no_key_is_told_to_look(self, ask, booking):
        with lost_commits(booking.database, counts=True):
            answer = ask(None)

        assert (answer.status_code, answer.get_json()["code"]) == (503, "outcome_unknown")
        assert booking.count() == 1

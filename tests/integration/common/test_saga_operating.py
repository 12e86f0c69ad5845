"""What an operator does to a run: seen, safe to repeat, refused once it has ended, and always in the audit log."""

from uuid import uuid4

import pytest
from sqlalchemy import select, update

from booking_svc.sagas import SAGAS
from common import saga
from common.audit import audit_entry
from common.auth import Caller, Role
from common.columns import now
from common.saga import operating, saga_run

OLGA = Caller(name="usr_olga", role=Role.OPERATOR)
PAYLOAD = {"reservationId": 1, "payments": []}


def begin(database, subject_id=1, *, name="book"):
    correlation_id = uuid4()
    return database.write(
        saga.begin,
        saga=name,
        subject_id=subject_id,
        correlation_id=correlation_id,
        payload={**PAYLOAD, "correlationId": str(correlation_id)},
        seconds=120,
        waits=name == "hold",
    )


def act(database, what, order, **changes):
    return database.write(what, run_id=order.run_id, **{"sagas": SAGAS, "by": OLGA, "reason": "a call", **changes})


def change(database, order, **values):
    database.write(
        lambda session: session.execute(update(saga_run).where(saga_run.c.id == order.run_id).values(values))
    )


def listed(database, state):
    rows, total = database.read(operating.listing, state=state, first=0, count=10)
    assert total == len(rows)
    return [row["id"] for row in rows]


def audited(database):
    rows = database.read(lambda session: session.execute(select(audit_entry).order_by(audit_entry.c.id)).all())
    return [(row.actor, row.role, row.act, row.subject, row.reason) for row in rows]


class TestListing:
    def test_finds_the_runs_of_a_state_newest_first(self, either):
        first, second, ended = (begin(either, subject_id) for subject_id in (1, 2, 3))
        either.write(saga.finish, saga="book", subject_id=3)

        assert listed(either, "running") == [second.run_id, first.run_id]
        assert listed(either, "finished") == [ended.run_id]
        assert listed(either, None) == [ended.run_id, second.run_id, first.run_id]

    def test_finds_what_is_long_out_of_time_or_sent_again_and_again(self, either):
        late, tired, fine, ended = (begin(either, subject_id) for subject_id in (1, 2, 3, 4))
        change(either, late, deadline=now(seconds=-operating.STUCK_SECONDS - 1))
        change(either, tired, attempts=operating.STUCK_ATTEMPTS)
        change(either, fine, attempts=operating.STUCK_ATTEMPTS - 1, deadline=now(seconds=-1))
        change(either, ended, attempts=operating.STUCK_ATTEMPTS, ended_at=now(), wake_at=None, state="finished")

        assert listed(either, "stuck") == [tired.run_id, late.run_id]

    def test_calls_failed_what_was_undone_to_its_end(self, either):
        order = begin(either)
        either.write(saga.turn_back, run_id=order.run_id, reason="timeout")
        assert listed(either, "failed") == []

        either.write(saga.close, saga="book", subject_id=1)

        assert listed(either, "failed") == [order.run_id]


class TestRetry:
    def test_sends_the_steps_ahead_again_and_counts_that(self, either):
        order = begin(either)

        again = act(either, operating.retry, order)

        assert (again.run_id, again.attempt, again.back) == (order.run_id, 2, False)
        assert either.read(operating.find, run_id=order.run_id)["attempts"] == 2

    def test_sends_the_undos_again_on_the_way_back(self, either):
        order = begin(either)
        either.write(saga.turn_back, run_id=order.run_id, reason="timeout")

        assert act(either, operating.retry, order).back is True

    def test_is_refused_for_a_run_that_waits_for_an_event(self, either):
        with pytest.raises(operating.NothingToSend):
            act(either, operating.retry, begin(either, name="hold"))

    def test_is_in_the_audit_log_with_who_and_why(self, either):
        order = begin(either)

        act(either, operating.retry, order, reason="the bank is back")

        assert audited(either) == [
            ("usr_olga", "operator", "retry saga", f"saga run {order.run_id}", "the bank is back")
        ]


class TestRewind:
    @pytest.mark.parametrize("name", ["book", "hold"])
    def test_turns_a_running_run_round_for_the_reason_operator(self, either, name):
        order = begin(either, name=name)

        back = act(either, operating.rewind, order)

        run = either.read(operating.find, run_id=order.run_id)
        assert (back.back, run["state"], run["reason"]) == (True, "rewinding", "operator")

    def test_is_refused_the_second_time_and_audited_once(self, either):
        order = begin(either)
        act(either, operating.rewind, order)

        with pytest.raises(operating.NotRunning):
            act(either, operating.rewind, order)

        assert [row[2] for row in audited(either)] == ["rewind saga"]

    def test_is_refused_for_a_saga_that_goes_only_forward(self, either):
        only_forward = {"book": saga.Saga("book", saga.Step(does="refund"), rewind="none", queue="booking.commands")}

        with pytest.raises(operating.OnlyForward):
            act(either, operating.rewind, begin(either), sagas=only_forward)


class TestAnEndedRun:
    @pytest.mark.parametrize("what", [operating.retry, operating.rewind])
    def test_is_left_alone(self, either, what):
        order = begin(either)
        either.write(saga.finish, saga="book", subject_id=1)

        with pytest.raises(operating.NotRunning):
            act(either, what, order)

        assert audited(either) == []

    @pytest.mark.parametrize("what", [operating.retry, operating.rewind])
    def test_that_never_was_is_not_found(self, either, what):
        with pytest.raises(operating.RunNotFound):
            either.write(what, run_id=404, sagas=SAGAS, by=OLGA, reason="a call")

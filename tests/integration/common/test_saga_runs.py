"""A run of a saga ends in exactly one way, is never forgotten, and is woken by one sweep at a time."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from common import journal, saga
from common.columns import now
from common.saga import saga_run
from tests.together import together

PATIENCE = 10.0  # seconds: the setting's default


def begin(database, subject_id=1, *, seconds=120.0, name="book", **more):
    return database.write(
        saga.begin,
        saga=name,
        subject_id=subject_id,
        correlation_id=uuid4(),
        payload={"reservationId": subject_id},
        seconds=seconds,
        **more,
    )


def finish(database, subject_id=1):
    return database.write(saga.finish, saga="book", subject_id=subject_id)


def turn_back(database, order, reason="payment_failed"):
    return database.write(saga.turn_back, run_id=order.run_id, reason=reason)


def close(database, subject_id=1):
    return database.write(saga.close, saga="book", subject_id=subject_id)


def run(database, subject_id=1):
    found = select(saga_run, now().label("at")).where(saga_run.c.subject_id == subject_id)
    return database.read(lambda session: session.execute(found).one())


def wait_until_due(database, subject_id=1, *, late=False):
    """Let the time come at which the sweep looks at a run; `late`: and its deadline too."""
    times = {"wake_at": now(seconds=-1)} | ({"deadline": now(seconds=-1)} if late else {})
    statement = update(saga_run).where(saga_run.c.subject_id == subject_id).values(**times)
    database.write(lambda session: session.execute(statement))


class TestBegin:
    def test_writes_a_run_that_a_sweep_starts_if_the_request_dies(self, either):
        order = begin(either)

        (it,) = [run(either)]
        assert (it.id, it.state, it.attempts) == (order.run_id, "running", 1)
        assert it.wake_at - it.began_at == pytest.approx(
            timedelta(seconds=saga.START_SECONDS), abs=timedelta(milliseconds=50)
        )
        assert it.deadline - it.began_at == pytest.approx(timedelta(seconds=120), abs=timedelta(milliseconds=50))

    def test_gives_a_run_that_waits_behind_others_the_time_that_it_takes_and_never_more_than_it_has(self, either):
        begin(either, subject_id=1, expected_wait=20)
        begin(either, subject_id=2, expected_wait=1_000)

        patient, latest = run(either, 1), run(either, 2)
        assert (patient.wake_at - patient.began_at).total_seconds() == pytest.approx(saga.START_SECONDS + 30, abs=0.05)
        assert latest.wake_at == pytest.approx(latest.deadline, abs=timedelta(milliseconds=5))

    def test_lets_a_run_that_waits_for_an_event_sleep_until_its_deadline(self, either):
        begin(either, seconds=900, waits=True)

        assert run(either).wake_at == pytest.approx(run(either).deadline, abs=timedelta(milliseconds=5))

    def test_refuses_a_second_run_for_the_same_subject(self, either):
        begin(either)

        with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
            begin(either)


class TestEnds:
    def test_finish_ends_a_run_and_leaves_nothing_to_sweep(self, either):
        begin(either)

        assert finish(either) is True

        assert (run(either).state, run(either).wake_at) == ("finished", None)
        assert run(either).ended_at is not None

    def test_finish_happens_once(self, either):
        begin(either)

        assert [finish(either), finish(either)] == [True, False]

    def test_finish_of_many_happens_to_those_that_run(self, either):
        begin(either, subject_id=1)
        turn_back(either, begin(either, subject_id=2))
        begin(either, subject_id=3)
        finish(either, subject_id=3)

        assert either.write(saga.finish_all, saga="book", subject_ids=[4, 3, 2, 1]) == {1}

    def test_a_finished_run_is_not_turned_back(self, either):
        order = begin(either)
        finish(either)

        assert turn_back(either, order) is None
        assert close(either) is None
        assert run(either).state == "finished"

    def test_a_run_on_its_way_back_cannot_finish(self, either):
        order = begin(either)
        turn_back(either, order)

        assert finish(either) is False

    def test_turn_back_happens_once_and_keeps_the_first_reason(self, either):
        order = begin(either)

        first, second = turn_back(either, order, "insufficient_funds"), turn_back(either, order, "timeout")

        assert (first.back, first.run_id, first.payload) == (True, order.run_id, {"reservationId": 1})
        assert second is None
        assert run(either).reason == "insufficient_funds"

    def test_turn_back_is_told_in_the_journal_once(self, either):
        order = begin(either)
        for _ in range(2):
            turn_back(either, order, "timeout")

        told = either.read(lambda session: session.execute(select(journal.journal)).all())
        assert [(row.name, row.detail) for row in told] == [("turn back", {"reason": "timeout"})]

    def test_close_ends_the_way_back_once_and_tells_its_reason(self, either):
        order = begin(either)
        assert close(either) is None
        turn_back(either, order, "insufficient_funds")

        assert [close(either), close(either)] == ["insufficient_funds", None]

        assert (run(either).state, run(either).wake_at) == ("rewound", None)

    def test_finish_and_turn_back_at_the_same_moment_have_one_winner(self, clean):
        database = clean["booking"]
        winners = set()
        for subject_id in range(1, 26):
            order = begin(database, subject_id)

            finished, turned = together(
                lambda subject_id=subject_id: finish(database, subject_id),
                lambda order=order: turn_back(database, order) is not None,
            )

            assert finished != turned
            assert run(database, subject_id).state == ("finished" if finished else "rewinding")
            winners.add(finished)


class TestRest:
    def test_lets_a_run_sleep_until_its_deadline(self, either):
        begin(either)

        either.write(saga.rest, saga="book", subject_id=1)

        assert run(either).wake_at == run(either).deadline


class TestDue:
    def test_leaves_runs_alone_whose_time_has_not_come(self, either):
        begin(either)
        begin(either, 2, waits=True)

        assert either.write(saga.due) == []

    def test_repeats_what_shows_no_progress_as_a_new_attempt(self, either):
        order = begin(either)
        wait_until_due(either)

        (repeated,) = either.write(saga.due)

        assert (repeated.run_id, repeated.attempt, repeated.back) == (order.run_id, 2, False)
        assert repeated.payload == {"reservationId": 1}

    def test_is_twice_as_patient_each_time_up_to_a_bound(self, either):
        begin(either, seconds=3600)
        pauses = []
        for _ in range(6):
            wait_until_due(either)
            either.write(saga.due)
            pauses.append(round((run(either).wake_at - run(either).at).total_seconds()))

        assert pauses == [PATIENCE * factor for factor in (1, 2, 4, 8, 8, 8)]

    def test_turns_round_a_run_past_its_deadline(self, either):
        order = begin(either)
        wait_until_due(either, late=True)

        (back,) = either.write(saga.due)

        assert (back.run_id, back.attempt, back.back) == (order.run_id, 1, True)
        assert (run(either).state, run(either).reason) == ("rewinding", "timeout")

    def test_turns_round_a_hold_that_nobody_paid(self, either):
        begin(either, waits=True, name="hold")
        wait_until_due(either, late=True)

        assert [order.back for order in either.write(saga.due)] == [True]

    def test_repeats_the_way_back_until_it_is_closed_deadline_or_not(self, either):
        turn_back(either, begin(either))
        for attempt in (2, 3):
            wait_until_due(either, late=True)

            (again,) = either.write(saga.due)

            assert (again.attempt, again.back) == (attempt, True)
        close(either)
        assert either.write(saga.due) == []

    def test_takes_the_longest_waiting_first_and_no_more_than_it_is_told(self, either):
        orders = [begin(either, subject_id) for subject_id in (1, 2, 3)]
        for subject_id, seconds in ((1, -10), (2, -30), (3, -20)):
            aged = update(saga_run).where(saga_run.c.subject_id == subject_id).values(wake_at=now(seconds=seconds))
            either.write(lambda session, aged=aged: session.execute(aged))

        taken = either.write(saga.due, limit=2)

        assert [order.run_id for order in taken] == [orders[1].run_id, orders[2].run_id]

    def test_by_two_sweeps_at_once_takes_each_run_once(self, clean):
        database = clean["booking"]
        for subject_id in range(1, 11):
            begin(database, subject_id)
            wait_until_due(database, subject_id)
        first_has_rows, second_is_done = threading.Event(), threading.Event()

        def sweep_slowly(session):
            taken = saga.due(session, limit=4)
            first_has_rows.set()
            assert second_is_done.wait(20)
            return taken

        def sweep():
            assert first_has_rows.wait(20)
            taken = database.write(saga.due)
            second_is_done.set()
            return taken

        first, second = together(lambda: database.write(sweep_slowly), sweep)

        assert (len(first), len(second)) == (4, 6)
        assert len({order.run_id for order in [*first, *second]}) == 10

    def test_and_an_end_at_the_same_moment_agree(self, clean):
        database = clean["booking"]
        for subject_id in range(1, 16):
            begin(database, subject_id)
            wait_until_due(database, subject_id, late=True)

            finished, taken = together(
                lambda subject_id=subject_id: finish(database, subject_id),
                lambda: database.write(saga.due),
            )

            assert run(database, subject_id).state == ("finished" if finished else "rewinding")
            assert finished != bool(taken)


class TestRuns:
    def test_are_found_by_their_correlation_id(self, either):
        begin(either)
        begin(either, 2)
        wanted = run(either, 2)

        (found,) = either.read(saga.runs, correlation_id=wanted.correlation_id)

        assert (found["subject_id"], found["state"], found["payload"]) == (2, "running", {"reservationId": 2})

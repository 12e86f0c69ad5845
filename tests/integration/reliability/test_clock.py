"""The demo's clock, moved by an operator over HTTP: what has become due by that is done, and noted as theirs."""

import os
import time

import pytest

from aerosaga.errors import Refused
from auditor_svc.service import auditing
from booking_svc.models import Reservation
from common import audit, clock, failures
from tests.integration.reliability.applications import client
from tests.surroundings import also


@pytest.fixture
def movable(world, tmp_path):
    """The file that tells how far ahead the clock of this world is."""
    with also(way="embedded", failure_switches="on", clock=tmp_path / clock.FILE):
        failures.on.cache_clear()
        yield tmp_path / clock.FILE
    failures.on.cache_clear()


@pytest.fixture
def move(movable, applications, tmp_path, operator_token):
    """Moves the clock of the world as an operator does."""
    operator = client(applications, tmp_path, operator_token)

    def by(seconds):
        body = {"aheadSeconds": clock.ahead() + seconds, "reason": "to watch it"}
        return operator.operate("PUT", "booking", "/clock", body=body)

    return by


def as_it_is(world, reservation):
    return world.booking.read(lambda session: session.get(Reservation, reservation.id))


class Silence:
    """Books that nobody is to open."""

    def __getattr__(self, name):
        pytest.fail(f"the auditor opened the books: {name}")


class TestAClockThatIsMoved:
    def test_lets_a_hold_run_out(self, world, move):
        held = world.book("14C", payments=[])
        world.sweep()
        assert as_it_is(world, held).status == "pending"

        told = move(3600)
        world.sweep()

        assert (told["aheadSeconds"], told["movable"]) == (3600, True)
        ended = as_it_is(world, held)
        assert (ended.status, ended.failure_reason) == ("failed", "timeout")
        assert (ended.completed_at - held.pay_by).total_seconds() > 0

    def test_leaves_what_is_booked_as_it_is_and_lets_more_be_booked(self, world, move):
        booked = world.book("14C")

        move(86400)
        later = world.book("14D")
        world.sweep()

        assert [as_it_is(world, each).status for each in (booked, later)] == ["confirmed", "confirmed"]

    def test_is_noted_with_who_did_it_and_why(self, world, move):
        move(300)

        (noted,) = world.booking.read(audit.entries, subject="clock")
        assert (noted["act"], noted["reason"], noted["detail"]) == (
            "move the clock",
            "to watch it",
            {"ahead_seconds": 300},
        )

    def test_is_moved_once_however_often_that_is_asked(self, world, movable, applications, tmp_path, operator_token):
        operator = client(applications, tmp_path, operator_token)
        body = {"aheadSeconds": 300, "reason": "twice"}

        for _ in range(2):
            operator.operate("PUT", "booking", "/clock", body=body)

        assert clock.ahead() == 300
        assert len(world.booking.read(audit.entries)) == 1

    def test_is_not_moved_back(self, move):
        move(300)

        with pytest.raises(Refused, match="never goes back"):
            move(-60)

    def test_lets_the_auditor_rest_until_what_is_due_is_done(self, world, move, movable):
        move(300)
        auditing.audit(world.databases["auditor"], Silence())

        long_ago = time.time() - auditing.REST_SECONDS - 1
        os.utime(movable, (long_ago, long_ago))

        with pytest.raises(pytest.fail.Exception, match="opened the books"):
            auditing.audit(world.databases["auditor"], Silence())


class TestElsewhere:
    def test_no_clock_is_moved(self, world, applications, tmp_path, operator_token):
        operator = client(applications, tmp_path, operator_token)

        assert operator.operate("GET", "booking", "/clock")["movable"] is False
        with pytest.raises(Refused, match="in `make demo` only"):
            operator.operate("PUT", "booking", "/clock", body={"aheadSeconds": 300, "reason": "no"})
        assert world.booking.read(audit.entries) == []

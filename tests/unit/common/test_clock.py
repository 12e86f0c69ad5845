"""The clock that an operator of the demo may move ahead: who can, how far, and that nobody else ever can."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from common import clock, failures
from common.columns import now
from common.db import _engine
from deploy import environment, topology
from tests.surroundings import outside, surroundings
from tests.unit.deploy.test_compose import EXAMPLE, TEXT
from tests.unit.deploy.test_environment import EVERYTHING, settings_of

ROOT = Path(__file__).resolve().parents[3]
DAY = 86400


@pytest.fixture
def movable(tmp_path):
    """The file that tells how far ahead the clock of this process is."""
    file = tmp_path / clock.FILE
    with surroundings(way="embedded", failure_switches="on", clock=file):
        failures.on.cache_clear()
        yield file
    failures.on.cache_clear()


def answered(*, before="", **variables):
    """What a process with these AEROSAGA_ variables says: whether its clock can be moved, and how far ahead it is."""
    ask = ["from common import clock", before, "print(clock.is_movable(), clock.ahead())"]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(ask)],
        cwd=ROOT,
        env=outside() | {f"AEROSAGA_{name}": str(value) for name, value in variables.items()},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


class TestAClockThatWasMoved:
    def test_is_as_far_ahead_for_every_process(self, movable):
        clock.move(3600)

        assert answered(WAY="embedded", FAILURE_SWITCHES="on", CLOCK=movable) == "True 3600"

    def test_is_what_the_databases_say(self, movable):
        with _engine(f"sqlite:///{movable.parent / 'any.db'}").connect() as connection:
            for seconds in (0, 300, 300 + DAY):
                clock.move(seconds)
                at, later = connection.execute(select(now(), now(seconds=90))).one()

                assert abs(at - clock.now()) < timedelta(seconds=5)
                assert abs(at - datetime.now(UTC) - timedelta(seconds=seconds)) < timedelta(seconds=5)
                assert abs(later - at - timedelta(seconds=90)) < timedelta(seconds=0.1)

    def test_stays_where_it_is_when_it_is_moved_there_again(self, movable):
        clock.move(300)
        before = movable.stat().st_mtime_ns
        clock.move(300)

        assert (clock.ahead(), movable.stat().st_mtime_ns) == (300, before)

    @pytest.mark.parametrize(
        ("seconds", "said"),
        [(299, "never goes back"), (0, "never goes back"), (301 + 7 * DAY, "which is a week")],
    )
    def test_goes_neither_back_nor_too_far_at_once(self, movable, seconds, said):
        clock.move(300)

        with pytest.raises(clock.BadMove) as refused:
            clock.move(seconds)

        assert (refused.value.status, clock.ahead()) == (422, 300)
        assert said in refused.value.detail

    def test_goes_a_year_ahead_and_no_further(self, movable):
        movable.write_text(str(clock.FURTHEST - 60))

        clock.move(clock.FURTHEST)
        with pytest.raises(clock.BadMove, match="which is a year"):
            clock.move(clock.FURTHEST + 60)

    def test_is_known_to_have_been_moved_for_a_while(self, movable):
        assert not clock.was_moved_within(60)
        clock.move(300)
        assert clock.was_moved_within(60)

        long_ago = time.time() - 61
        os.utime(movable, (long_ago, long_ago))

        assert not clock.was_moved_within(60)

    def test_is_followed_by_the_command_line(self, movable):
        clock.move(3600)

        follow = f"from pathlib import Path; clock.follow(Path({str(movable.parent)!r}))"

        assert answered(before=follow) == "False 3600"


class TestInProduction:
    @pytest.mark.parametrize(
        "around",
        [
            {"WAY": "servers", "FAILURE_SWITCHES": "on"},
            {"WAY": "containers", "FAILURE_SWITCHES": "on"},
            {"FAILURE_SWITCHES": "on"},
            {"WAY": "embedded"},
        ],
    )
    def test_a_file_that_is_named_moves_nothing(self, tmp_path, around):
        file = tmp_path / clock.FILE
        file.write_text("3600")

        assert answered(CLOCK=file, **around) == "False 0"

    def test_nothing_can_be_moved_where_no_file_is_named(self):
        assert answered(WAY="embedded", FAILURE_SWITCHES="on") == "False 0"
        with pytest.raises(clock.ClockNotMovable):
            clock.move(3600)

    @pytest.mark.parametrize(
        ("way", "switches", "named"),
        [("embedded", True, True), ("embedded", False, False), ("servers", True, False), ("servers", False, False)],
    )
    def test_only_the_embedded_way_with_failure_switches_is_given_one(self, way, switches, named):
        everything = settings_of(way, failure_switches=switches)

        assert (environment.CLOCK in everything) == named

    @pytest.mark.parametrize("process", topology.PROCESSES, ids=lambda process: process.name)
    def test_no_process_is_given_the_variable_by_the_shell_of_who_starts_it(self, process, monkeypatch):
        monkeypatch.setenv(clock.VARIABLE, "/tmp/clock")

        assert clock.VARIABLE not in environment.of(process, EVERYTHING)
        assert clock.VARIABLE not in environment.only((), EVERYTHING)

    def test_the_containers_know_no_such_variable(self):
        assert clock.VARIABLE not in TEXT
        assert clock.VARIABLE not in EXAMPLE

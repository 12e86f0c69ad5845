"""Crash points: nothing in production, whatever is left behind; one SIGKILL at the passage a test has armed."""

import ast
import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from common.crash import POINTS
from deploy import environment, topology
from tests.reliability.armory import Armory
from tests.surroundings import outside
from tests.unit.deploy.test_compose import EXAMPLE, TEXT
from tests.unit.deploy.test_environment import EVERYTHING

ROOT = Path(__file__).resolve().parents[3]
# Comes by one point three times and says so.
COME_BY = """
from common.crash import crash_point
for passage in (1, 2, 3):
    crash_point("event.applied", of="ReservationConfirmed.v1")
    print(passage, flush=True)
"""
# A child comes by; its parent waits for it, and says that it is gone.
COME_BY_AS_A_CHILD = """
import os
from common.crash import crash_point
if os.fork() == 0:
    crash_point("event.applied", of="ReservationConfirmed.v1")
    print("child", flush=True)
    os._exit(0)
os.wait()
print("parent", flush=True)
"""
# Comes by with two messages in hand, one after the other.
COME_BY_WITH_MESSAGES = """
from uuid import UUID
from common.crash import crash_point
for message in (1, 2):
    crash_point("event.applied", of="ReservationConfirmed.v1", message=UUID(int=message))
    print(message, flush=True)
"""
ARMED = {"point": "event.applied", "of": "ReservationConfirmed.v1"}


def come_by(program: str = COME_BY, **variables: str) -> tuple[int, str]:
    """Run a process with these AEROSAGA_ variables; return how it ended and which passages it survived."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        start_new_session=True,
        env=outside() | {f"AEROSAGA_{name}": value for name, value in variables.items()},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.replace("\n", "")


@pytest.fixture
def armory(tmp_path):
    armory = Armory(tmp_path / "armory")
    yield armory
    armory.close()


class TestAnArmedPoint:
    def test_ends_the_process_at_the_passage_that_is_wanted(self, armory):
        armory.arm(**ARMED, passage=2)

        assert come_by(CRASH_POINTS=str(armory.place)) == (-signal.SIGKILL, "1")

    def test_ends_one_process_only_and_counts_through_its_restarts(self, armory):
        armory.arm(**ARMED, passage=2)

        ends = [come_by(CRASH_POINTS=str(armory.place)) for _ in range(2)]

        assert ends == [(-signal.SIGKILL, "1"), (0, "123")]
        assert armory.passages(**ARMED) == 5

    def test_lets_pass_what_is_about_something_else(self, armory):
        armory.arm("event.applied", of="ReservationFailed.v1")

        assert come_by(CRASH_POINTS=str(armory.place)) == (0, "123")

    def test_for_one_message_ends_everybody_who_has_it_in_hand(self, armory):
        armory.arm_message(UUID(int=2), **ARMED)

        ends = [come_by(COME_BY_WITH_MESSAGES, CRASH_POINTS=str(armory.place)) for _ in range(3)]

        assert ends == [(-signal.SIGKILL, "1")] * 3
        assert armory.passages(**ARMED) == 3

    def test_can_be_armed_by_its_name_only(self, armory):
        with pytest.raises(KeyError, match=r"no crash point event\.aplied"):
            armory.arm("event.aplied")
        with pytest.raises(KeyError, match="Nobody can kill a neighbour"):
            armory.arm("event.applied", kill="neighbour")

    @pytest.mark.parametrize(
        ("kill", "end"),
        [
            ("process", (0, "parent")),
            ("master", (-signal.SIGKILL, "child")),
            ("group", (-signal.SIGKILL, "")),
        ],
    )
    def test_ends_who_comes_by_or_its_master_or_both(self, armory, kill, end):
        armory.arm(**ARMED, kill=kill)

        assert come_by(COME_BY_AS_A_CHILD, CRASH_POINTS=str(armory.place)) == end


class TestInProduction:
    def test_nothing_is_armed_when_no_directory_is_named(self, armory):
        armory.arm(**ARMED)

        assert come_by() == (0, "123")

    def test_a_variable_and_a_directory_left_behind_arm_nothing(self, armory):
        armory.arm(**ARMED)
        armory.close()  # as the kernel does when the test has died

        assert come_by(CRASH_POINTS=str(armory.place)) == (0, "123")
        assert come_by(CRASH_POINTS=str(armory.place / "gone")) == (0, "123")

    def test_nothing_is_armed_in_a_container(self, armory):
        armory.arm(**ARMED)

        assert come_by(CRASH_POINTS=str(armory.place), WAY="containers") == (0, "123")

    @pytest.mark.parametrize("process", topology.PROCESSES, ids=lambda process: process.name)
    def test_no_process_is_given_the_variable_by_the_shell_of_who_starts_it(self, process, monkeypatch):
        monkeypatch.setenv(environment.CRASH_POINTS, "/tmp")

        assert environment.CRASH_POINTS not in environment.of(process, EVERYTHING)
        assert environment.CRASH_POINTS not in environment.only((), EVERYTHING)

    def test_the_containers_know_no_such_variable(self):
        assert environment.CRASH_POINTS not in TEXT
        assert environment.CRASH_POINTS not in EXAMPLE


class TestTheTable:
    def test_has_every_point_of_the_code_and_no_other(self):
        assert set(_named_in_code()) == set(POINTS)


def _named_in_code() -> list[str]:
    names = []
    for folder in ("common", *(f"{service}_svc" for service in topology.SERVICES)):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "crash_point":
                    assert isinstance(node.args[0], ast.Constant), f"{path}: a point has its name written out"
                    names.append(node.args[0].value)
    return names

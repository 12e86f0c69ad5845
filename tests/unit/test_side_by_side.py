"""What `make test` makes of its suites: every test is in one, a bad one fails the whole, and an interrupt ends all."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.side_by_side import SUITES, Lanes, lanes_of_this_machine, verdict
from tests.stack import wait
from tests.suite import ROOT, Suite

SAYS_HOW_FAR = "print('.F.   [ 50%]', flush=True)"
FAILS = f"{SAYS_HOW_FAR}; print('FAILED tests/a.py::b - no'); print('1 failed, 2 passed in 0.10s'); raise SystemExit(1)"
PASSES = "print('..   [100%]'); print('3 passed, 1 skipped in 61.00s (0:01:01)')"


def suite(name: str, program: str) -> Suite:
    return Suite(name, (sys.executable, "-c", program))


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def lanes(tmp_path: Path, said: list[str]) -> Lanes:
    return Lanes(count=2, logs=tmp_path, say=said.append)


class TestTheSuites:
    def test_have_every_test_once(self):
        found = {each.name: set(_files(each.command)) for each in SUITES if "pytest" in each.command}

        everything = set((ROOT / "tests").rglob("test_*.py"))
        assert set().union(*found.values()) == everything
        assert sum(map(len, found.values())) == len(everything)

    def test_have_the_checks_that_need_no_test(self):
        assert [each.command for each in SUITES if "pytest" not in each.command] == [
            ("make", "--no-print-directory", "static")
        ]

    def test_are_two_or_three_at_once_on_two_processors_and_eight_gigabytes(self, monkeypatch):
        memory = {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 2**21}
        monkeypatch.setattr("os.cpu_count", lambda: 2)
        monkeypatch.setattr("os.sysconf", memory.__getitem__)
        assert lanes_of_this_machine() == 3
        memory["SC_PHYS_PAGES"] = 2**20
        assert lanes_of_this_machine() == 1


class TestRunning:
    def test_is_fine_when_every_suite_is(self, lanes, said):
        wanted = [suite("one", PASSES), suite("two", PASSES), suite("three", "print('checked')")]

        outcomes = lanes.run(wanted)

        text, fine = verdict(outcomes, wanted=wanted, seconds=61)
        assert fine
        assert text.endswith("\n6 passed, 2 skipped in 61.00s (1:01)")
        assert any("three: passed" in each and each.endswith("\nchecked") for each in said)

    def test_fails_when_one_suite_does_and_names_what_failed_last(self, lanes, said):
        wanted = [suite("bad", FAILS), suite("good", PASSES)]

        text, fine = verdict(lanes.run(wanted), wanted=wanted, seconds=1)

        assert not fine
        assert text.endswith("\nFAILED tests/a.py::b - no\n1 failed, 5 passed, 1 skipped in 1.00s (0:01)")
        assert any("bad: FAILED" in each and "FAILED tests/a.py::b" in each and "50%" not in each for each in said)

    def test_fails_when_a_suite_is_killed_without_a_word(self, lanes):
        wanted = [suite("killed", "import os; os.kill(os.getpid(), 9)")]

        _, fine = verdict(lanes.run(wanted), wanted=wanted, seconds=1)

        assert not fine

    def test_begins_no_more_at_once_than_there_are_lanes(self, lanes, tmp_path):
        # Each leaves when it has seen the other: of three, the third begins when one of them has left.
        meet = (
            "import pathlib, sys, time; here = pathlib.Path(sys.argv[1]);"
            "(here / sys.argv[2]).touch(); assert not (here / 'third').exists();"
            "[time.sleep(0.05) for _ in iter(lambda: (here / sys.argv[3]).exists(), True)]"
        )
        pairs = [("first", "second"), ("second", "first")]
        wanted = [Suite(me, (sys.executable, "-c", meet, str(tmp_path), me, other)) for me, other in pairs]
        wanted.append(suite("last", f"import pathlib; (pathlib.Path({str(tmp_path)!r}) / 'third').touch()"))

        assert all(outcome.fine for outcome in lanes.run(wanted))

    def test_tells_how_far_each_is(self, lanes, said, tmp_path):
        lanes.status_seconds = 0.0
        go_on = tmp_path / "go-on"
        waits = (
            f"{SAYS_HOW_FAR}; import pathlib, time\nwhile not pathlib.Path({str(go_on)!r}).exists(): time.sleep(0.05)"
        )
        other = threading.Thread(
            target=lambda: (
                wait(lambda: any("slow 50%, 1 failed" in each for each in list(said)), what="a status", seconds=120),
                go_on.touch(),
            )
        )
        other.start()

        lanes.run([suite("slow", waits)])

        other.join()

    def test_ends_all_when_it_is_interrupted_and_begins_nothing_more(self, lanes, tmp_path):
        # It has stopped what it started, as pytest does, before it ends.
        stops = "import time, sys\ntry: print('up', flush=True); time.sleep(600)\nfinally: print('stopped')"
        wanted = [suite("one", stops), suite("two", stops), suite("three", PASSES)]

        def interrupt() -> None:
            logs = [tmp_path / "one.log", tmp_path / "two.log"]
            wait(lambda: all(log.exists() and "up" in log.read_text() for log in logs), what="both", seconds=120)
            lanes.interrupt()

        threading.Thread(target=interrupt).start()
        outcomes = lanes.run(wanted)

        text, fine = verdict(outcomes, wanted=wanted, seconds=1)
        assert not fine
        assert ["stopped" in outcome.text for outcome in outcomes] == [True, True]
        assert "three: did not run" in text

    def test_kills_what_does_not_heed_an_interrupt(self, lanes, tmp_path):
        deaf = (
            "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN);print('up', flush=True); time.sleep(600)"
        )

        def interrupt() -> None:
            log = tmp_path / "deaf.log"
            wait(lambda: log.exists() and "up" in log.read_text(), what="it to be deaf", seconds=120)
            lanes.interrupt()
            lanes.interrupt()

        threading.Thread(target=interrupt).start()
        (outcome,) = lanes.run([suite("deaf", deaf)])

        assert not outcome.fine


class TestTheCommand:
    def test_says_which_suites_there_are(self):
        done = subprocess.run(
            [sys.executable, "-m", "tests.side_by_side", "nonsense"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 2
        assert "there is no suite 'nonsense'; there are static, e2e" in done.stderr


def _files(command: tuple[str, ...]) -> list[Path]:
    """The files of tests that a suite's pytest is told of."""
    told = [ROOT / word for word in command if word.startswith("tests/")]
    ignored = [ROOT / word.removeprefix("--ignore=") for word in command if word.startswith("--ignore=")]
    files = [file for path in told for file in ([path] if path.is_file() else path.rglob("test_*.py"))]
    return [file for file in files if not any(file.is_relative_to(path) for path in ignored)]

"""What the doctor finds."""

import io
import subprocess
import sys
from pathlib import Path

from rich.console import Console

from aerosaga import doctor
from aerosaga.checks import running
from aerosaga.checks.finding import Level, ok, problem, warning
from deploy.supervise import ProgramState
from deploy.ways import Status
from tests.unit.aerosaga.services import Services, answer
from tests.unit.aerosaga.services import problem as refusal
from tests.unit.aerosaga.stories import reservation


def examined(monkeypatch, *checks) -> tuple[Level, str]:
    out = io.StringIO()
    monkeypatch.setattr(doctor, "_checks", lambda: [("Something", check) for check in checks])
    worst = doctor.examine(Console(file=out, width=100))
    return worst, out.getvalue()


class TestExamine:
    def test_tells_the_worst_of_what_it_found(self, monkeypatch):
        worst, _ = examined(monkeypatch, lambda: [ok("disk", "fine"), warning("ports", "busy")])

        assert worst is Level.WARNING

    def test_prints_what_to_do_below_what_is_wrong(self, monkeypatch):
        _, printed = examined(monkeypatch, lambda: [problem("disk", "full", "make room")])

        assert [line.split() for line in printed.splitlines()[1:3]] == [
            ["problem", "disk", "full"],
            ["->", "make", "room"],
        ]

    def test_ends_with_how_much_of_what_it_found(self, monkeypatch):
        _, printed = examined(monkeypatch, lambda: [ok("disk", "fine"), warning("ports", "busy")])

        assert printed.splitlines()[-1] == "In all: 1 ok, 1 warning, 0 problems"

    def test_goes_on_after_an_examination_that_broke_off(self, monkeypatch):
        def broken():
            raise KeyError("no such thing")

        worst, printed = examined(monkeypatch, broken, lambda: [ok("disk", "fine")])

        assert (worst, "it broke off: KeyError" in printed, "fine" in printed) == (Level.PROBLEM, True, True)


class TestAWayThatDoesNotRun:
    def status(self, run_dir: Path) -> Status:
        return Status(way="embedded", run_dir=run_dir, running=False, state=None, programs=[])

    def test_is_well_when_it_left_nothing_behind(self, tmp_path):
        assert [found.level for found in running.examine_way(self.status(tmp_path))] == [Level.OK]

    def test_is_reported_with_the_processes_it_left_behind(self, tmp_path):
        program = "import time; print('up', flush=True); time.sleep(60)"
        words = [sys.executable, "-c", program, f"{tmp_path}/redis.conf"]
        with subprocess.Popen(words, stdout=subprocess.PIPE) as left:
            try:
                # Its command line is there to be seen a moment after the process is.
                assert left.stdout is not None
                assert left.stdout.readline() == b"up\n"
                (found,) = running.examine_way(self.status(tmp_path))
            finally:
                left.kill()

        assert (found.level, found.remedy) == (Level.PROBLEM, f"kill {left.pid}")

    def test_is_reported_with_the_state_file_it_left_behind(self, tmp_path):
        (tmp_path / "state.json").write_text("{}")

        assert [found.level for found in running.examine_way(self.status(tmp_path))] == [Level.WARNING]


class TestServices:
    def findings(self, monkeypatch, answers: dict) -> list[tuple[Level, str]]:
        ready = {f"GET {service} /readyz": {"checked": ["database"]} for service in running.topology.SERVICES}
        services = Services({**ready, **answers})
        monkeypatch.setattr(running, "Client", lambda _: services.client())
        monkeypatch.setattr(running.target, "find", lambda: None)
        return [(found.level, f"{found.subject}: {found.what}") for found in running.examine_services()]

    def test_are_well_when_they_say_so(self, monkeypatch):
        found = self.findings(monkeypatch, {"GET booking /reservations": []})

        assert {level for level, _ in found} == {Level.OK}

    def test_are_reported_with_the_dependency_that_is_down(self, monkeypatch):
        down = refusal(503, "Not ready: broker is down.", errors={"broker": "ConnectionRefusedError"})

        found = self.findings(monkeypatch, {"GET booking /readyz": down})

        assert (Level.PROBLEM, "booking_svc: Not ready: broker is down. broker: ConnectionRefusedError") in found

    def test_are_reported_with_a_reservation_that_should_be_final(self, monkeypatch):
        late = reservation(payBy="2020-01-01T00:00:00.000000Z")
        silent = {f"GET {service} /timeline/{late['correlationId']}": [] for service in running.topology.SERVICES}

        found = self.findings(
            monkeypatch,
            {
                "GET booking /reservations": [late],
                "GET booking /reservations/K7Q2ZD": late,
                f"GET booking /sagas/{late['correlationId']}": [],
                **silent,
            },
        )

        assert found[-1] == (Level.PROBLEM, "reservations: K7Q2ZD should be final by now")

    def test_are_reported_with_events_that_nobody_relays(self, monkeypatch):
        kept = {
            "at": "2020-01-01T00:00:00.000000Z",
            "service": "booking",
            "kind": "event",
            "name": "SeatHeld",
            "detail": {"publishedAt": None},
        }
        shown = reservation(status="confirmed")
        timelines = {f"GET {service} /timeline/{shown['correlationId']}": [] for service in running.topology.SERVICES}

        found = self.findings(
            monkeypatch,
            {
                "GET booking /reservations": [shown],
                "GET booking /reservations/K7Q2ZD": shown,
                f"GET booking /sagas/{shown['correlationId']}": [],
                **timelines,
                f"GET booking /timeline/{shown['correlationId']}": answer([kept]),
            },
        )

        assert found[-1] == (Level.PROBLEM, "outbox: booking_svc keeps 1 event that should be out")


class TestAWayThatRuns:
    def test_is_reported_with_the_process_that_is_down(self, tmp_path, monkeypatch):
        monkeypatch.setattr(running, "_queues", lambda _: [])
        beat = ProgramState(
            name="beat",
            group="workers",
            state="FATAL",
            pid=None,
            uptime_seconds=None,
            started_at=0,
            ended_at=0,
            exit_status=1,
            log=tmp_path / "beat.log",
        )
        status = Status(way="embedded", run_dir=tmp_path, running=True, state=object(), programs=[beat])

        (found,) = running.examine_way(status)

        assert (found.level, found.subject, found.what) == (Level.PROBLEM, "beat", "fatal")
        assert str(beat.log) in found.remedy

"""Backups of the embedded way: whole, of one moment each, and refused when they are not what was written."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from aerosaga import backups, restoring_view
from aerosaga.commands import keeping
from aerosaga.errors import Failed
from aerosaga.restoring import Restored
from deploy.dumps import DumpFailed, put_sqlite
from deploy.state import State
from deploy.topology import SERVICES


def a_state(run_dir: Path) -> State:
    return State(
        way="embedded",
        started_at="2026-12-01T12:00:00+00:00",
        supervisor_pid=0,
        supervisor_socket="",
        run_dir=str(run_dir),
        log_dir=str(run_dir / "log"),
        urls={},
        operator_token="secret",
        hold_seconds=20,
        foreground=False,
        server_ports={},
    )


def write(path: Path, *seats: str) -> None:
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("CREATE TABLE IF NOT EXISTS seat (number TEXT)")
        opened.executemany("INSERT INTO seat VALUES (?)", [(seat,) for seat in seats])
        opened.commit()


def seats(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as opened:
        return [row[0] for row in opened.execute("SELECT number FROM seat ORDER BY number")]


@pytest.fixture
def state(tmp_path: Path) -> State:
    folder = tmp_path / "run" / "databases"
    folder.mkdir(parents=True)
    for service in SERVICES:
        write(folder / f"{service}.db", f"{service} 12A")
    return a_state(tmp_path / "run")


class TestABackup:
    def test_has_a_copy_of_every_service(self, state, tmp_path):
        backups.make(state, tmp_path / "backup")

        made = backups.read(tmp_path / "backup")
        assert {service: seats(made.copy_of(service)) for service in SERVICES} == {
            service: [f"{service} 12A"] for service in SERVICES
        }

    def test_is_of_the_moment_before_what_came_later(self, state, tmp_path):
        made = backups.make(state, tmp_path / "backup")
        database = Path(state.run_dir) / "databases" / "booking.db"
        write(database, "booking 12B")

        put_sqlite(made.copy_of("booking"), database)

        assert seats(database) == ["booking 12A"]

    def test_that_was_damaged_is_refused(self, state, tmp_path):
        made = backups.make(state, tmp_path / "backup")
        with (tmp_path / "backup" / "booking.db").open("ab") as file:
            file.write(b"?")

        with pytest.raises(Failed, match="damaged or missing"):
            made.copy_of("booking")
        assert made.copy_of("payment").exists()

    def test_that_was_not_finished_is_none(self, state, tmp_path):
        (Path(state.run_dir) / "databases" / "auditor.db").unlink()

        with pytest.raises(DumpFailed, match="There is no database"):
            backups.make(state, tmp_path / "backup")

        with pytest.raises(Failed, match=r"it has no manifest\.json"):
            backups.read(tmp_path / "backup")

    def test_never_goes_into_a_folder_that_has_something_in_it(self, state, tmp_path):
        backups.make(state, tmp_path / "backup")

        with pytest.raises(Failed, match="not empty"):
            backups.make(state, tmp_path / "backup")

    def test_says_where_it_cannot_be_made(self, state, tmp_path):
        (tmp_path / "file").touch()

        with pytest.raises(Failed, match="No folder can be made at"):
            backups.make(state, tmp_path / "file" / "backup")

    def test_is_for_its_owner_only(self, state, tmp_path):
        made = backups.make(state, tmp_path / "backup")

        modes = {path.stat().st_mode & 0o077 for path in (made.folder, *made.folder.iterdir())}
        assert modes == {0}


class TestTheList:
    def test_ends_with_what_a_person_must_do(self, capsys):
        healed = {"subject": "reservation 2", "what": "it was lost", "healed": "made again"}
        todo = {"subject": "reservation 1", "what": "it was lost", "todo": "call them"}
        since = datetime(2026, 12, 1, tzinfo=UTC)
        done = Restored(service="booking", since=since, differences=[todo, healed])
        console = Console(width=100)

        console.print(restoring_view.differences(done))

        printed = capsys.readouterr().out
        assert printed.index("made again") < printed.index("to do: call them")
        assert "2 differences, 1 for you" in printed

    def test_is_printed_though_its_report_cannot_be_written(self, tmp_path, capsys):
        since = datetime(2026, 12, 1, tzinfo=UTC)
        done = Restored(service="booking", since=since, differences=[])

        with pytest.raises(Failed, match="cannot be written"):
            keeping.tell(done, tmp_path / "nowhere" / "report.json")

        assert "booking_svc differs from its neighbours in nothing." in capsys.readouterr().out

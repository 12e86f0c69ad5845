"""Restores one service from a backup, and reconciles it with its neighbours while its processes stand still."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aerosaga.backups import Backup, backing_of
from aerosaga.client import Client, Json
from aerosaga.errors import Failed
from common import codec
from common.contracts.subscriptions import SUBSCRIPTIONS
from deploy import dumps, environment, private_file, topology
from deploy.programs import ROOT, python_command
from deploy.readiness import wait_until_ready
from deploy.state import State
from deploy.supervise import Supervisor
from deploy.supervisor_conf import PROCESSES

Progress = Callable[[str], None]
PAGE = 500
# Events from a little before the backup began are asked for again: what was being committed then may not be in it.
MARGIN = timedelta(minutes=10)
RECONCILE_SECONDS = 1800
#: Whose books each service is brought up to, besides the events it hears: (what, whose).
_BOOKS: Mapping[str, Sequence[tuple[str, str]]] = {
    "booking": (("letters", "notification"), ("payments", "payment")),
    "payment": (("letters", "notification"),),
    "flight": (("departures", "booking"),),
    "auth": (("letters", "notification"),),
}
_PATHS = {"letters": "correspondence", "departures": "departures", "payments": "payments"}


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What came of it: every difference, and where the state that was replaced is kept, if one was."""

    service: str
    since: datetime
    differences: Sequence[Json]
    replaced: Path | None = None


def restore(client: Client, state: State, *, service: str, backup: Backup, progress: Progress) -> Restored:
    """
    Put a service's database back to a backup and reconcile it; its processes are stopped meanwhile.

    :raises Failed: if the backup is of another way to run or damaged, before anything is changed
    """
    if backup.way != state.way:
        raise Failed(f"The backup in {backup.folder} is of the {backup.way} way; what runs is {state.way}.")
    source, backing = backup.copy_of(service), backing_of(state)
    since = datetime.fromisoformat(backup.copies[service].began_at)
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    kept = private_file.make_directory(Path(state.run_dir) / "replaced") / f"{stamp}-{source.name}"
    with _stopped(state, service, progress):
        try:
            dumps.dump(service, kept, backing=backing)
            progress(f"the state that is replaced is kept in {kept}")
        except dumps.DumpFailed as trouble:
            # The reason for a restore may well be that this database cannot be read any more.
            progress(f"the state that is replaced could not be kept: {trouble}")
        dumps.load(service, source, backing=backing)
        _migrate(state, service)
        progress(f"{service}_svc is as it was at {since:%Y-%m-%d %H:%M:%S} UTC")
        found = _reconcile(client, state, service=service, since=since, restored=True, progress=progress)
    return Restored(service=service, since=since, differences=found, replaced=kept if kept.exists() else None)


def reconcile(client: Client, state: State, *, service: str, since: datetime, progress: Progress) -> Restored:
    """Bring a service to what its neighbours know since a moment; its processes are stopped meanwhile."""
    with _stopped(state, service, progress):
        found = _reconcile(client, state, service=service, since=since, restored=False, progress=progress)
    return Restored(service=service, since=since, differences=found)


def told(client: Client, *, service: str, since: datetime) -> Json:
    """Return what the neighbours of a service state: events it hears, and the books it is brought up to."""
    publishers = sorted({event.exchange.removesuffix(".events") for event in SUBSCRIPTIONS.get(service, ())})
    asked = {"to": service, "since": (since - MARGIN).isoformat()}
    events = {
        publisher: [row["body"] for row in _pages(client, publisher, "/statements/events", **asked)]
        for publisher in publishers
    }
    books = {
        what: list(_pages(client, whose, f"/statements/{_PATHS[what]}")) for what, whose in _BOOKS.get(service, ())
    }
    return {"since": since, "events": events, **books}


def _pages(client: Client, service: str, path: str, **query: Any) -> Iterator[Json]:
    after = 0
    while page := client.operate("GET", service, path, query={**query, "after": after, "limit": PAGE}):
        yield from page
        after = page[-1]["number"]


def _reconcile(
    client: Client, state: State, *, service: str, since: datetime, restored: bool, progress: Progress
) -> list[Json]:
    said = told(client, service=service, since=since)
    count = sum(map(len, said["events"].values())) + sum(len(said.get(what, ())) for what in _PATHS)
    progress(f"its neighbours state {count:,} entries and events; holding them against it")
    words = ["python", "-m", "common.restoring.running", service, *(["restored"] if restored else [])]
    done = subprocess.run(
        python_command(words),
        input=codec.dumps(said).encode(),
        env=_environment(state, service),
        cwd=ROOT,
        capture_output=True,
        timeout=RECONCILE_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise Failed(
            f"{service}_svc could not be reconciled: {_last_line(done.stderr)}\n"
            f"Its processes stay stopped, so that nothing is sold twice. Mend that, then do it again: "
            f"`bin/aerosaga reconcile {service} --since {since.isoformat()}`."
        )
    return list(codec.loads(done.stdout))


@contextmanager
def _stopped(state: State, service: str, progress: Progress) -> Iterator[None]:
    """
    Keep every process of a service from running inside the block, and start them after it.

    Not if the block fails: a service that has forgotten what it sold must not sell.
    """
    supervisor = Supervisor(Path(state.run_dir))
    processes = [each for each in topology.processes(state.way) if each.name.startswith(f"{service}-")]
    for process in processes:
        supervisor.stop_program(process.name)
    progress(f"{', '.join(process.name for process in processes)} are stopped")
    try:
        yield
    except BaseException:
        progress(f"{service}_svc stays stopped: it is not what its neighbours know")
        raise
    for process in processes:
        supervisor.start_program(process.name)
    urls = {each.name: state.urls[each.service] + each.ready for each in processes if each.ready}
    wait_until_ready(supervisor, groups=PROCESSES, urls=urls, progress=progress)


def _migrate(state: State, service: str) -> None:
    """Bring the tables of a copy that is older than this version up to date."""
    words = python_command(topology.MIGRATE)
    done = subprocess.run(words, env=_environment(state, service), cwd=ROOT, capture_output=True, check=False)
    if done.returncode != 0:
        raise Failed(f"The tables of {service}_svc could not be brought up to date: {_last_line(done.stderr)}")


def _environment(state: State, service: str) -> dict[str, str]:
    """Return the environment of the service's own web process: its database, and no other's."""
    run_dir = Path(state.run_dir)
    everything = environment.settings(
        state.way,
        urls=backing_of(state).urls,
        secrets=private_file.remembered_secrets(run_dir / "secrets.env", environment.SECRETS),
        http_ports={name: urlsplit(url).port or 0 for name, url in state.urls.items()},
        data_dir=run_dir / "data",
        hold_seconds=state.hold_seconds,
    )
    web = next(each for each in topology.PROCESSES if each.name == f"{service}-web")
    return environment.of(web, everything)


def _last_line(output: bytes) -> str:
    lines = output.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"

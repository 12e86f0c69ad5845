"""DBOS and Restate with the same saga on a private PostgreSQL, each of its steps one durable commit."""

from __future__ import annotations

import json
import os
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import httpx

from bench.asking import Ask
from bench.peers_home import APPS, PeersHome
from bench.postgres import Postgres
from bench.systems import Lag, Outcome
from bench.wire import Answer
from deploy import ports
from deploy.daemon import Daemon
from deploy.errors import CannotStart, tail
from deploy.ports import LOOPBACK

START_SECONDS = 90.0
ACCEPTED = (200, 201, 202)
AMOUNT = 12900
# A process of PostgreSQL tells what it has counted ten seconds after its last work at the latest.
TOLD_SECONDS = 10.5

_ROWS = "SELECT id, status, extract(epoch FROM completed_at) FROM booking.reservation"
_BROKEN = {
    "a seat is confirmed twice": (
        "SELECT seat FROM booking.reservation WHERE status = 'confirmed' GROUP BY seat HAVING count(*) > 1"
    ),
    "confirmed and not authorized": (
        "SELECT r.id FROM booking.reservation r LEFT JOIN payment.payment p ON p.reservation_id = r.id"
        " WHERE r.status = 'confirmed' AND p.status IS DISTINCT FROM 'authorized'"
    ),
    "failed and authorized": (
        "SELECT r.id FROM booking.reservation r JOIN payment.payment p ON p.reservation_id = r.id"
        " WHERE r.status = 'failed' AND p.status = 'authorized'"
    ),
    "a seat is not its reservation's": (
        "SELECT s.number FROM booking.seat s LEFT JOIN booking.reservation r ON r.id = s.reservation_id"
        " AND r.status = 'confirmed' WHERE (s.state = 'held') <> (r.id IS NOT NULL) OR s.state = 'tentative'"
    ),
    "pending": "SELECT id FROM booking.reservation WHERE status = 'pending'",
}


class Peer(ABC):
    """What the two have in common: PostgreSQL, its tables, and an app of ours in the peers' own environment."""

    name = ""
    host = LOOPBACK
    path = "/reservations"
    id_field = "id"
    packages: tuple[str, ...] = ()

    def __init__(self, home: Path) -> None:
        self._home = PeersHome(home)
        self._run_dir = home / self.name
        self.port = ports.near(8200)
        self._postgres = Postgres((self._run_dir / "postgres").resolve(), port=ports.near(5440))
        self._daemons: dict[str, Daemon] = {}
        # How many sagas had ended when it was last counted, and what was counted then.
        self._counted: tuple[int, dict[str, int]] | None = None

    def start(self) -> None:
        shutil.rmtree(self._run_dir, ignore_errors=True)
        self._run_dir.mkdir(parents=True)
        self._postgres.prepare()
        self._postgres.start(self._daemon("postgres"))
        self._wait("postgres", self._postgres.answers)
        self._postgres.create(APPS / "schema.sql")
        self._start()

    def stop(self) -> None:
        self._postgres.close()
        for daemon in reversed(self._daemons.values()):
            daemon.stop(seconds=10)
        self._daemons.clear()

    def request(self, ask: Ask) -> tuple[str, bytes, Mapping[str, str]]:
        body = {
            "passenger": f"passenger {ask.number}",
            "seat": ask.place,
            "amount": AMOUNT,
            "currency": "EUR",
            "payment_token": "tok_declined" if ask.kind == "declined" else "tok_visa",
        }
        return self.path, json.dumps(body).encode(), {}

    def accepted(self, answer: Answer) -> str | None:
        """A taken seat is accepted here, and fails."""
        if answer.status not in ACCEPTED:
            raise ValueError(f"{answer.status} {answer.body[:300]!r}")
        return str(json.loads(answer.body)[self.id_field])

    def roots(self) -> Mapping[str, int]:
        return {name: pid for name, daemon in self._daemons.items() if (pid := daemon.pid)}

    def ended(self) -> int:
        return self._number("SELECT count(*) FROM booking.reservation WHERE completed_at IS NOT NULL")

    def outcomes(self) -> Mapping[str, Outcome]:
        return {
            number: Outcome(status=status, completed_at=float(at) if at else None)  # type: ignore[arg-type]
            for number, status, at in self._postgres.ask(_ROWS)
        }

    def counters(self) -> Mapping[str, int]:
        """Of PostgreSQL: transactions that wrote something, and fsyncs of its log."""
        ended = self.ended()
        if self._counted is None or self._counted[0] != ended:
            time.sleep(TOLD_SECONDS)
            counters = {
                "commits": self._number("SELECT pg_snapshot_xmax(pg_current_snapshot())"),
                "fsyncs": self._number("SELECT wal_sync FROM pg_stat_wal"),
            }
            self._counted = (ended, counters)
        return self._counted[1]

    def depths(self) -> Mapping[str, int]:
        return {"pending": self._number("SELECT count(*) FROM booking.reservation WHERE completed_at IS NULL")}

    def settle(self) -> None:  # noqa: B027 -- a peer that has something to wait for may say so
        """Nothing goes on after a saga's end."""

    def lags(self, since: float) -> Sequence[Lag]:
        """No events are told here."""
        return []

    def group(self, process: str) -> str:
        """Each is one of a kind."""
        return process

    def violations(self) -> Sequence[str]:
        return [f"{complaint}: {row[0]}" for complaint, query in _BROKEN.items() for row in self._postgres.ask(query)]

    def versions(self) -> Mapping[str, str]:
        return {
            "PostgreSQL": self._postgres.ask("SHOW server_version")[0][0],
            **self._home.versions(*self.packages),
        }

    @abstractmethod
    def _start(self) -> None:
        """Start the app and what it needs besides PostgreSQL."""

    def _run(self, name: str, command: Sequence[str], **environment: str) -> None:
        self._daemon(name).start(
            command,
            environment={
                **os.environ,
                "PG_DSN": self._postgres.dsn,
                "PYTHONPATH": str(APPS),
                "PYTHONDONTWRITEBYTECODE": "1",
                **environment,
            },
            directory=self._run_dir,
            tether=True,
        )

    def _wait(self, name: str, ready: Callable[[], bool]) -> None:
        end = time.monotonic() + START_SECONDS
        while not ready():
            if time.monotonic() > end:
                raise CannotStart(f"{name} was not ready within {START_SECONDS:.0f} s.\n{tail(self._daemon(name).log)}")
            time.sleep(0.1)

    def _daemon(self, name: str) -> Daemon:
        return self._daemons.setdefault(name, Daemon(self._run_dir, name))

    def _number(self, query: str) -> int:
        return int(self._postgres.ask(query)[0][0])


class Dbos(Peer):
    """DBOS in two processes, asked at their own HTTP endpoint."""

    name = "dbos"
    packages = ("dbos", "fastapi", "uvicorn", "psycopg", "sqlalchemy")

    def _start(self) -> None:
        self._run("app", [str(self._home.python), str(APPS / "dbos_app.py")], PORT=str(self.port))
        self._wait("app", lambda: _answers(f"http://{LOOPBACK}:{self.port}/health"))


class Restate(Peer):
    """Restate's server, asked at its ingress, and handlers in two granian workers."""

    name = "restate"
    path = "/Reservations/create/send"
    id_field = "invocationId"
    packages = ("restate-sdk", "granian", "asyncpg")

    def _start(self) -> None:
        taken = [self.port]
        for _ in range(3):
            taken.append(ports.near(9300, taken=taken))
        _, admin, node, app = taken
        words = ["--no-logo", "--config-file", str(APPS / "restate-server.toml"), "--base-dir", "restate-data"]
        words += ["--node-name", "bench", "--listen-mode", "tcp", "--bind-ip", LOOPBACK, "--bind-port", str(node)]
        self._run(
            "restate-server",
            [str(self._home.restate_server), *words],
            RESTATE_INGRESS__BIND_PORT=str(self.port),
            RESTATE_ADMIN__BIND_PORT=str(admin),
            RESTATE_DISABLE_TELEMETRY="true",
        )
        self._wait("restate-server", lambda: _answers(f"http://{LOOPBACK}:{self.port}/restate/health"))
        self._wait("restate-server", lambda: _answers(f"http://{LOOPBACK}:{admin}/health"))
        granian = str(self._home.python.with_name("granian"))
        options = ["--interface", "asgi", "--http", "2", "--loop", "uvloop", "--workers", "2", "--no-ws"]
        options += ["--host", LOOPBACK, "--port", str(app), "--log-level", "warning"]
        self._run("app", [granian, *options, "restate_app:app"])
        known = {"uri": f"http://{LOOPBACK}:{app}", "force": True}
        self._wait("app", lambda: _answers(f"http://{LOOPBACK}:{admin}/deployments", known))


def _answers(url: str, body: object = None) -> bool:
    try:
        answer = httpx.post(url, json=body, timeout=10, trust_env=False) if body else httpx.get(url, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.is_success

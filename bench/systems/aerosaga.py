"""Aerosaga's servers way, through its public door: nginx, and behind it all that `make up` starts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import redis
from sqlalchemy import Engine, create_engine, text

from aerosaga.invariants import judge
from bench import programs
from bench.asking import Ask
from bench.systems import Lag, Outcome
from bench.wire import Answer
from common import codec
from common.contracts.subscriptions import SERVICES
from deploy import ways
from deploy.servers import Servers
from deploy.state import State
from tests.reliability.rest import Rest
from tests.stack import Stack

SEATS = 6000
SETTLE_SECONDS = 900.0
ACCEPTED, TAKEN = 202, 409
# What one address, one caller or a crowd of so many may do is not what is measured: here all come from one address.
SETTINGS = {
    "AEROSAGA_RATE_LIMIT": "0",
    "AEROSAGA_CALLER_RATE_LIMIT": "0",
    "AEROSAGA_RESERVATION_RATE_LIMIT": "0",
    "AEROSAGA_CONNECTION_LIMIT": "0",
    "AEROSAGA_BOOKING_LANE": "64",
    "AEROSAGA_LOG_LEVEL": "WARNING",
}
_COUNTED = {"statements": "Questions", "rows read": "Rows_read"}
# Of transactions that wrote something; off unless it is asked for.
_COMMITS = "trx_rw_commits"
_FSYNCS = ("Innodb_data_fsyncs", "Innodb_os_log_fsyncs")
_LAG = (
    "SELECT UNIX_TIMESTAMP(occurred_at) AS at, TIMESTAMPDIFF(MICROSECOND, occurred_at, published_at) / 1000 AS ms"
    " FROM outbox WHERE published_at IS NOT NULL AND occurred_at >= FROM_UNIXTIME(:since)"
)


class Aerosaga:
    """
    The servers way in a directory of its own.

    The bank stands for somebody else's system, as do the mail server and its view; they run, and are counted apart.
    """

    name = "aerosaga"
    path = "/reservations"

    def __init__(self, home: Path) -> None:
        self.run_dir = home / "aerosaga"
        self._places: list[tuple[int, str]] = []

    def start(self) -> None:
        """Start on fresh data, put some days of departures on sale, and choose the seats."""
        self.boot()
        self._sell()

    def boot(self) -> None:
        """Start on fresh data, with nothing on sale."""
        shutil.rmtree(self.run_dir, ignore_errors=True)
        os.environ.update(SETTINGS)
        self._state: State = ways.up("servers", run_dir=self.run_dir, foreground=True)
        self.servers = Servers(self.run_dir)
        self._rest = Rest(self.run_dir)
        self._engines: dict[str, Engine] = {
            service: create_engine(url, isolation_level="AUTOCOMMIT")
            for service, url in self.servers.urls.databases.items()
        }
        self.servers.mariadb.run_sql(f"SET GLOBAL innodb_monitor_enable = '{_COMMITS}'")
        self._redis = redis.Redis.from_url(self.servers.urls.result)
        self.host, port = self._state.urls["gateway"].removeprefix("http://").split(":")
        self.port = int(port)
        self.stack = Stack(self._state)

    def stop(self) -> None:
        """End everything; the data goes with the next start."""
        for engine in self._engines.values():
            engine.dispose()
        self._rest.close()
        self.stack.close()
        ways.down("servers", self.run_dir)

    def request(self, ask: Ask) -> tuple[str, bytes, Mapping[str, str]]:
        departure_id, seat = self._places[ask.place]
        token = "tok_declined" if ask.kind == "declined" else "tok_visa"
        return self.path, self.reservation(departure_id, seat, token=token, name=f"Lovelace {ask.number}"), {}

    def reservation(self, departure_id: int, seat: str, *, token: str, name: str) -> bytes:
        """Return the body of a request for one seat for one passenger, the whole price on one card."""
        body = {
            "departures": [{"departureId": departure_id, "seats": [seat]}],
            "passengers": [{"firstName": "Ada", "lastName": name}],
            "contact": {"email": f"{name.replace(' ', '.').lower()}@example.org"},
            "payments": [{"kind": "card", "token": token}],
        }
        return codec.dumps(body).encode()

    def accepted(self, answer: Answer) -> str | None:
        """A taken seat is refused at once."""
        if answer.status == TAKEN:
            return None
        if answer.status != ACCEPTED:
            raise ValueError(f"{answer.status} {answer.body[:300]!r}")
        return str(codec.loads(answer.body)["locator"])

    def roots(self) -> Mapping[str, int]:
        """Every program of supervisord by its name, and itself."""
        return programs.roots(ways.status("servers", self.run_dir))

    def ended(self) -> int:
        return self._number("booking", "SELECT COUNT(*) FROM reservation WHERE completed_at IS NOT NULL")

    def outcomes(self) -> Mapping[str, Outcome]:
        rows = self._rows("booking", "SELECT locator, status, UNIX_TIMESTAMP(completed_at) AS at FROM reservation")
        return {
            row.locator: Outcome(status=row.status, completed_at=None if row.at is None else float(row.at))
            for row in rows
        }

    def counters(self) -> Mapping[str, int]:
        """Of MariaDB and Redis; messages are counted in the outboxes and inboxes."""
        status = {row[0]: row[1] for row in self._rows("booking", "SHOW GLOBAL STATUS")}
        info: Any = self._redis.info("stats")
        commits = self.servers.mariadb.run_sql(
            f"SELECT count FROM information_schema.innodb_metrics WHERE name = '{_COMMITS}'"
        )
        return {
            "commits": int(commits),
            **{name: int(status[variable]) for name, variable in _COUNTED.items()},
            "fsyncs": sum(int(status.get(variable, 0)) for variable in _FSYNCS),
            "redis commands": info["total_commands_processed"],
            "events": sum(self._number(service, "SELECT COUNT(*) FROM outbox") for service in SERVICES),
            "events heard": sum(self._number(service, "SELECT COUNT(*) FROM inbox") for service in SERVICES),
        }

    def depths(self) -> Mapping[str, int]:
        """Pending reservations, payments that are due, unpublished events, and messages in queues."""
        return self._rest.moving()

    def settle(self) -> None:
        moving = self._rest.wait(SETTLE_SECONDS)
        if moving:
            raise TimeoutError(f"still moving after {SETTLE_SECONDS:.0f} s: {moving}")

    def lags(self, since: float) -> Sequence[Lag]:
        """Of the services that tell of a booking."""
        return [
            Lag(at=float(row.at), ms=float(row.ms))
            for service in ("booking", "payment")
            for row in self._rows(service, _LAG, since=since)
        ]

    def group(self, process: str) -> str:
        return programs.group(process)

    def violations(self) -> Sequence[str]:
        """The judgement on every table of every service, the bank's ledger and the queues."""
        judgements = judge(self._rest.evidence(), floors={})
        return [
            f"{judgement.invariant.name}: {violation}" for judgement in judgements for violation in judgement.violations
        ]

    def versions(self) -> Mapping[str, str]:
        status = {row[0]: row[1] for row in self._rows("booking", "SHOW GLOBAL VARIABLES LIKE 'version'")}
        rabbitmq = self.servers.rabbitmq.control("version").strip()
        return {
            "MariaDB": status["version"],
            "RabbitMQ": rabbitmq,
            "Redis": str(self._redis.info()["redis_version"]),
            **SETTINGS,
        }

    def _sell(self) -> None:
        self.stack.load()
        for departure in self.stack.departures:
            number = departure["departureId"]
            self._places += [(number, seat) for seat in self.stack.free_seats(number)]
            if len(self._places) >= SEATS:
                break
        self._rest.wait(SETTLE_SECONDS)

    def _rows(self, service: str, statement: str, **values: object) -> Sequence[Any]:
        with self._engines[service].connect() as connection:
            return connection.execute(text(statement), values).all()

    def _number(self, service: str, statement: str) -> int:
        return int(self._rows(service, statement)[0][0])

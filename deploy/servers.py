"""MariaDB, RabbitMQ and Redis together, as private processes under one directory."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy import ports, private_file, topology
from deploy.daemon import Daemon
from deploy.errors import CannotStart, tail
from deploy.mariadb import MariaDB
from deploy.rabbitmq import Epmd, RabbitMQ
from deploy.redis import Redis
from deploy.server import Server

Progress = Callable[[str], None]

POLL_SECONDS = 0.1
BROKER_PASSWORD = "AEROSAGA_BROKER_PASSWORD"
REDIS_PASSWORD = "AEROSAGA_REDIS_PASSWORD"
PORT_NAMES = ("mariadb", "rabbitmq", "rabbitmq-distribution", "epmd", "redis")


@dataclass(frozen=True, kw_only=True)
class ServerUrls:
    """Where the servers are, with their passwords: `databases` maps each service to its own URL."""

    broker: str
    result: str
    databases: Mapping[str, str]


class Servers:
    """
    One set of servers in `run_dir`: data in a directory each, ports and passwords chosen once and remembered.

    `start` and `stop` run them as daemons, for tests and tools; `ways.up` has the same servers supervised.
    """

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = private_file.make_directory(run_dir).resolve()
        self.log_dir = self.run_dir / "log"
        self._daemons: dict[str, Daemon] = {}
        # Whether by `start` or by supervisord: while they run, it is they who hold their ports.
        running = any(map(self._lives, ("epmd", "rabbitmq", "redis", "mariadb", "supervisord")))
        self.ports = ports.remembered(self.run_dir / "ports.json", PORT_NAMES, keep=running)

        self._passwords = private_file.remembered_secrets(
            self.run_dir / "secrets.env",
            (BROKER_PASSWORD, REDIS_PASSWORD, *map(topology.password_key, topology.SERVICES)),
        )
        self.epmd = Epmd(self.run_dir / "rabbitmq", port=self.ports["epmd"])
        self.redis = Redis(self.run_dir / "redis", port=self.ports["redis"], password=self._passwords[REDIS_PASSWORD])
        self.mariadb = MariaDB(self.run_dir / "mariadb", port=self.ports["mariadb"])
        self.rabbitmq = RabbitMQ(
            self.run_dir / "rabbitmq",
            port=self.ports["rabbitmq"],
            distribution_port=self.ports["rabbitmq-distribution"],
            epmd_port=self.ports["epmd"],
            password=self._passwords[BROKER_PASSWORD],
        )

    @property
    def everyone(self) -> Sequence[Server]:
        """The servers in the order in which they are started: each needs at most those before it."""
        return (self.epmd, self.rabbitmq, self.redis, self.mariadb)

    @property
    def database_servers(self) -> Sequence[Server]:
        """Those that have to answer before tables can be made."""
        return (self.mariadb,)

    @property
    def urls(self) -> ServerUrls:
        return ServerUrls(
            broker=self.rabbitmq.url,
            result=self.redis.url,
            databases={
                service: self.mariadb.url(service, self._passwords[topology.password_key(service)])
                for service in topology.SERVICES
            },
        )

    def start(self, *, tether: bool = False, progress: Progress = lambda _: None) -> ServerUrls:
        """
        Start the servers that do not run yet, wait for them, make databases and users; return where they are.

        With `tether` they stop when the calling thread ends, even by kill -9: use it from a main thread.

        :raises CannotStart: if one is not installed or does not start; nothing is left running then
        """
        try:
            # One after the other, because RabbitMQ, the slowest, boots while MariaDB makes its tables.
            for server in self.everyone:
                if self._daemon(server.name).pid is None:
                    server.prepare()
                    self._launch(server, tether=tether)
            wait_ready(self.everyone, log_dir=self.log_dir, alive=self._lives, progress=progress)
            self.create_databases()
        except BaseException:
            self.stop()
            raise
        return self.urls

    def stop(self) -> None:
        """Stop the servers cleanly, the name service last. Their data stays."""
        for server in reversed(self.everyone):
            self._daemon(server.name).terminate()
        for server in reversed(self.everyone):
            self._daemon(server.name).stop(seconds=server.stop_seconds)

    def restart(self, server: Server, *, tether: bool = False) -> None:
        """Start one server again that was killed or stopped, and wait until it answers."""
        self._launch(server, tether=tether)
        wait_ready([server], log_dir=self.log_dir, alive=self._lives)

    def kill(self, server: Server) -> None:
        """End one server at once, as a power cut would."""
        self._daemon(server.name).kill()

    def create_databases(self) -> None:
        """Make the database and the user of each service, if they are not there yet."""
        self.mariadb.create_databases(
            {service: self._passwords[topology.password_key(service)] for service in topology.SERVICES}
        )

    def _launch(self, server: Server, *, tether: bool) -> None:
        self._daemon(server.name).start(
            server.command(), environment=server.environment(), directory=server.directory, tether=tether
        )

    def _lives(self, name: str) -> bool:
        return self._daemon(name).pid is not None

    def _daemon(self, name: str) -> Daemon:
        if name not in self._daemons:
            self._daemons[name] = Daemon(self.run_dir, name)
        return self._daemons[name]


def wait_ready(
    servers: Sequence[Server], *, log_dir: Path, alive: Callable[[str], bool], progress: Progress = lambda _: None
) -> None:
    """
    Wait until each of these servers answers.

    :raises CannotStart: with the end of its log, if one ends or takes too long
    """
    began = time.monotonic()
    waiting = list(servers)
    while waiting:
        for server in list(waiting):
            lasted = time.monotonic() - began
            if server.answers():
                waiting.remove(server)
                progress(f"{server.name} is ready ({lasted:.1f} s)")
            elif not alive(server.name):
                raise CannotStart(f"{server.name} ended while starting.\n{tail(log_dir / f'{server.name}.log')}")
            elif lasted > server.start_seconds:
                raise CannotStart(
                    f"{server.name} runs but did not answer within {server.start_seconds} s.\n"
                    f"{tail(log_dir / f'{server.name}.log')}"
                )
        if waiting:
            time.sleep(POLL_SECONDS)

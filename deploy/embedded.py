"""What the embedded way runs on: a SQLite file per service and one private Redis; only Python packages, no root."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from deploy import ports, private_file, topology
from deploy.daemon import Daemon
from deploy.redis import Redis, executable_without_root
from deploy.server import Server
from deploy.servers import REDIS_PASSWORD, ServerUrls

RESULTS = "1"  # The number of Redis's database for results; messages are in 0.


class Embedded:
    """The counterpart of `Servers`, with the same parts."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = private_file.make_directory(run_dir).resolve()
        self.log_dir = self.run_dir / "log"
        running = Daemon(self.run_dir, "supervisord").pid is not None
        self.ports = ports.remembered(self.run_dir / "ports.json", ("redis",), keep=running)
        secrets = private_file.remembered_secrets(self.run_dir / "secrets.env", (REDIS_PASSWORD,))
        self.redis = Redis(
            self.run_dir / "redis",
            port=self.ports["redis"],
            password=secrets[REDIS_PASSWORD],
            executable=executable_without_root(),
        )

    @property
    def everyone(self) -> Sequence[Server]:
        return (self.redis,)

    @property
    def database_servers(self) -> Sequence[Server]:
        return ()

    @property
    def urls(self) -> ServerUrls:
        return ServerUrls(
            broker=self.redis.url,
            result=self.redis.url.removesuffix("0") + RESULTS,
            databases={service: f"sqlite:///{self._directory / f'{service}.db'}" for service in topology.SERVICES},
        )

    def create_databases(self) -> None:
        """Make the directory of the SQLite files; the files come with their first table."""
        private_file.make_directory(self._directory)

    @property
    def _directory(self) -> Path:
        return self.run_dir / "databases"

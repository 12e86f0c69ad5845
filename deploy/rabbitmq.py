"""A private RabbitMQ node, with a name service (epmd), cookie and home of its own; for 3.10 and 4.x."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from pathlib import Path
from typing import ClassVar

from deploy import private_file
from deploy.ports import LOOPBACK
from deploy.server import Server, find_program, greeting, lines

USER = "aerosaga"
VHOST = "aerosaga"
# What an AMQP 0-9-1 client says first. A broker that is ready answers with Connection.Start, a method frame.
PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"
METHOD_FRAME = b"\x01"
#: What every broker of ours is given, docker compose's too: settings that have no name in rabbitmq.conf, and its watch.
BROKER = Path(__file__).resolve().with_name("broker")
ADVANCED_CONFIG = BROKER / "advanced.config"
WATCH = BROKER / "end_without_queues.erl"
#: The exchange that splits an inbox; RabbitMQ brings it along.
PLUGINS = BROKER / "enabled_plugins"


def watched(watch: str) -> list[str]:
    """Return the arguments with which a broker evaluates the file `watch` when it starts; it fails if it cannot."""
    # An Erlang string is written as one of JSON.
    return ["-eval", f"ok = file:eval({json.dumps(watch, ensure_ascii=False)})."]


class Epmd(Server):
    """The Erlang name service. RabbitMQ would start one that stays behind, so ours runs before it."""

    name = "epmd"

    def __init__(self, directory: Path, *, port: int) -> None:
        super().__init__(directory)
        self.port = port

    def prepare(self) -> None:
        private_file.make_directory(self.directory)

    def command(self) -> list[str]:
        return [_epmd(), "-port", str(self.port), "-address", LOOPBACK]

    def answers(self) -> bool:
        # NAMES_REQ; the answer starts with the port it listens on.
        return greeting(self.port, send=b"\x00\x01n", length=4) == self.port.to_bytes(4, "big")


class RabbitMQ(Server):
    """A broker with one user, who has a random password; the guest user is never made."""

    name = "rabbitmq"
    stop_seconds: ClassVar[int] = 60

    def __init__(
        self,
        directory: Path,
        *,
        port: int,
        distribution_port: int,
        epmd_port: int,
        password: str,
    ) -> None:
        super().__init__(directory)
        self.port = port
        self.distribution_port = distribution_port
        self.epmd_port = epmd_port
        self.password = password

    @property
    def url(self) -> str:
        return f"amqp://{USER}:{self.password}@{LOOPBACK}:{self.port}/{VHOST}"

    def prepare(self) -> None:
        private_file.make_directory(self.directory)
        private_file.write(self.directory / "rabbitmq.conf", self._configuration())
        # The files of the system's own RabbitMQ in /etc must not apply to this one.
        private_file.write(self.directory / "rabbitmq-env.conf", "")
        private_file.write(self.directory / "advanced.config", ADVANCED_CONFIG.read_text())
        private_file.write(self.directory / "enabled_plugins", PLUGINS.read_text())
        cookie = self.directory / ".erlang.cookie"
        if not cookie.exists():
            private_file.write(cookie, secrets.token_hex(24))
            cookie.chmod(0o400)  # Erlang refuses a cookie that anybody else could read.

    def command(self) -> list[str]:
        # Not the `rabbitmq-server` in /usr/sbin: that one changes to the system user "rabbitmq".
        return [find_program_of_the_broker("rabbitmq-server"), *watched(str(WATCH))]

    def environment(self) -> dict[str, str]:
        home = self.directory.resolve()
        return super().environment() | {
            "HOME": str(home),
            # The node's name is part of its data, so it must not follow the machine's name.
            "RABBITMQ_NODENAME": f"aerosaga@{LOOPBACK}",
            "RABBITMQ_USE_LONGNAME": "true",
            "RABBITMQ_CONF_ENV_FILE": str(home / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_CONFIG_FILES": str(home / "conf.d"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(home / "data"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(home / "rabbitmq.pid"),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": LOOPBACK,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            # Makes the start script become the server instead of staying as its parent, which, when killed,
            # would leave the server behind. SIGTERM then goes to the server itself, which stops cleanly.
            "RUNNING_UNDER_SYSTEMD": "true",
        }

    def answers(self) -> bool:
        return greeting(self.port, send=PROTOCOL_HEADER, length=1) == METHOD_FRAME

    def control(self, *words: str) -> str:
        """Run rabbitmqctl on this node and return what it printed; for operators and tests, as it takes seconds."""
        done = subprocess.run(
            [find_program_of_the_broker("rabbitmqctl"), "--quiet", "--longnames", *words],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def _configuration(self) -> str:
        return lines(
            [
                f"listeners.tcp.1 = {LOOPBACK}:{self.port}",
                f"default_vhost = {VHOST}",
                f"default_user = {USER}",
                f"default_pass = {self.password}",
                "default_user_tags.administrator = true",
            ],
            [
                "log.console.level = info",
                # The default, 512 MiB, is made for a machine that does nothing else.
                "raft.wal_max_size_bytes = 67108864",
                "disk_free_limit.absolute = 200MB",
            ],
        )


def find_program_of_the_broker(name: str) -> str:
    """
    Return one of RabbitMQ's own scripts, rather than the wrapper of that name that wants to be root or "rabbitmq".

    :raises CannotStart: if it is not installed
    """
    debian = Path("/usr/lib/rabbitmq/bin") / name
    return str(debian) if os.access(debian, os.X_OK) else find_program(name, package="rabbitmq-server")


def _epmd() -> str:
    return find_program("epmd", package="rabbitmq-server")

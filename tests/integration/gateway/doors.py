"""Both doors, each started as its way starts it, in front of the same upstreams."""

import os
import secrets
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy import ports, topology
from deploy.daemon import Daemon
from deploy.nginx import Nginx
from deploy.programs import python_command
from deploy.redis import Redis, executable_without_root
from deploy.server import Server
from gateway.settings import GatewaySettings
from tests.integration.gateway.upstreams import Upstream

ROOT = Path(__file__).resolve().parents[3]
# Making one takes longer than most requests.
HTTP = httpx.Client(trust_env=False, timeout=20, limits=httpx.Limits(max_keepalive_connections=0))
KINDS = ("nginx", "embedded")


@dataclass(frozen=True, kw_only=True)
class Door:
    """One running door, of one of the KINDS."""

    kind: str
    url: str
    log: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def ask(self, method: str, target: str, **options: object) -> httpx.Response:
        """Send a request whose target is sent as it is written, over a connection of its own."""
        url = httpx.URL(self.url).copy_with(raw_path=target.encode("latin-1"))
        return HTTP.request(method, url, **options)  # type: ignore[arg-type]

    def raw(self, sent: bytes) -> tuple[int, dict[str, str], bytes]:
        """Send bytes that no client library would, and return status, headers (in small letters) and body."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(sent)
            answer = b""
            try:
                while more := connection.recv(65536):
                    answer += more
            except (ConnectionResetError, TimeoutError):
                pass  # A door that refuses early need not read the rest.
        head, _, body = answer.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return int(first.split()[1]), headers, body


@contextmanager
def running(kind: str, directory: Path, upstreams: Mapping[str, Upstream], **limits: int) -> Iterator[Door]:
    """Run a door of this kind while the block lasts."""
    urls = {name: upstream.url for name, upstream in upstreams.items()}
    given = {f"AEROSAGA_{name.upper()}": str(value) for name, value in limits.items()}
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "AEROSAGA_LOG_FORMAT": "console",
        "AEROSAGA_KEY_SECRET": "seals-the-cookies-of-the-tests-of-doors",
        **{topology.url_key(service): url for service, url in urls.items()},
        **given,
    }
    door_port, pages_port, redis_port = ports.remembered(directory / "ports.json", ("door", "pages", "redis")).values()
    with _started_processes(directory) as start:
        if kind == "nginx":
            start("gateway-pages", _command(topology.PAGES, pages_port), environment)
            with_pages = urls | {"pages": f"http://127.0.0.1:{pages_port}"}
            nginx = Nginx(directory / "nginx", port=door_port, urls=with_pages, limits=GatewaySettings(**limits))
            _serve(nginx, start)
        else:
            redis = Redis(
                directory / "redis",
                port=redis_port,
                password=secrets.token_hex(8),
                executable=executable_without_root(),
            )
            _serve(redis, start)
            start("gateway", _command(topology.DOOR, door_port), environment | {"AEROSAGA_RESULT_URL": redis.url})
        name = "nginx" if kind == "nginx" else "gateway"
        door = Door(kind=kind, url=f"http://127.0.0.1:{door_port}", log=directory / "log" / f"{name}.log")
        _await(lambda: _ok(f"{door.url}/readyz"), door.log)
        yield door


@contextmanager
def _started_processes(directory: Path) -> Iterator[object]:
    daemons: list[Daemon] = []

    def start(name: str, command: list[str], environment: Mapping[str, str]) -> None:
        daemon = Daemon(directory, name)
        daemon.start(command, environment=environment, directory=ROOT, tether=True)
        daemons.append(daemon)

    try:
        yield start
    finally:
        for daemon in reversed(daemons):
            daemon.stop(seconds=15)


def _serve(server: Server, start: object) -> None:
    server.prepare()
    start(server.name, server.command(), server.environment())  # type: ignore[operator]
    _await(server.answers, server.directory)


def _command(process: topology.Process, port: int) -> list[str]:
    words = topology.command(process, host="127.0.0.1", port=port, data="", web_workers=1, unique="")
    return python_command(words)


def _ok(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _await(look: object, where: Path, *, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not look():  # type: ignore[operator]
        if time.monotonic() > deadline:
            raise AssertionError(f"it did not start; see {where}: {where.read_text() if where.is_file() else ''}")
        time.sleep(0.05)

"""A private nginx: the public door of the servers way."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from deploy import private_file
from deploy.ports import LOOPBACK
from deploy.server import Server, find_program, greeting
from gateway import nginx
from gateway.routes import GATEWAY
from gateway.settings import GatewaySettings

ALONE = Path(__file__).with_name("alone.py")


class Nginx(Server):
    """
    nginx with a configuration made of the gateway's route table.

    `urls` are those of the services and of "pages", the gateway's own; the limits are the caller's settings. With
    `failure_switches`, their header is let in.
    """

    name = "nginx"
    # TERM cuts the requests that it has; with QUIT it answers them first, and takes no new ones.
    stop_signal: ClassVar[str] = "QUIT"
    stop_seconds: ClassVar[int] = 60

    def __init__(
        self,
        directory: Path,
        *,
        port: int,
        urls: Mapping[str, str],
        limits: GatewaySettings | None = None,
        failure_switches: bool = False,
    ) -> None:
        super().__init__(directory)
        self.port = port
        self._urls = urls
        self._limits = limits or GatewaySettings()
        self._failure_switches = failure_switches

    @property
    def url(self) -> str:
        """The public address; with a certificate, clients must know whom to trust for it."""
        scheme = "https" if self._limits.tls_certificate else "http"
        return f"{scheme}://{LOOPBACK}:{self.port}"

    def prepare(self) -> None:
        private_file.make_directory(self.directory)
        # Verdicts of an earlier run say nothing about credentials of this one.
        shutil.rmtree(self.directory / "verdicts", ignore_errors=True)
        place = nginx.Place(
            listen=f"{LOOPBACK}:{self.port}",
            directory=self.directory.resolve(),
            upstreams=nginx.upstreams(self._urls) | {GATEWAY: self._urls["pages"]},
            access_log="/dev/stdout",
            failure_switches=self._failure_switches,
            # Its workers would become `nobody`, who may not enter the run directory.
            user="root" if os.geteuid() == 0 else None,
        )
        private_file.write(self._configuration, nginx.render(place, self._limits))

    def command(self) -> list[str]:
        executable = find_program("nginx", package="nginx-light")
        # -I -S: no site-packages, nothing from the environment.
        alone = [sys.executable, "-I", "-S", str(ALONE), str(self.directory / "nginx.pid")]
        return [*alone, executable, "-p", str(self.directory), "-c", str(self._configuration), "-e", "stderr"]

    def answers(self) -> bool:
        # Whatever it says to this, it says it as HTTP.
        return greeting(self.port, send=b"GET /.alive HTTP/1.0\r\n\r\n", length=5) == b"HTTP/"

    @property
    def _configuration(self) -> Path:
        return self.directory / "nginx.conf"

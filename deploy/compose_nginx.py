"""
Writes deploy/compose/nginx.conf, the public door of docker compose, from the gateway's route table.

    python -m deploy.compose_nginx     anew, with the limits that the environment says (AEROSAGA_RATE_LIMIT, ...)
"""

from __future__ import annotations

from pathlib import Path

from deploy import topology
from gateway import nginx
from gateway.routes import GATEWAY
from gateway.settings import GatewaySettings

TARGET = Path(__file__).resolve().parent / "compose" / "nginx.conf"
PORT = 8600


def text(limits: GatewaySettings) -> str:
    """Return the configuration; its services have the names that docker compose gives their containers."""
    webs = {process.service: process.name for process in topology.processes("containers") if process.role == "web"}
    urls = {service: f"http://{name}:{topology.CONTAINER_PORT}" for service, name in webs.items()}
    place = nginx.Place(
        listen=str(PORT),
        # The container's only place to write to, in memory.
        directory=Path("/tmp"),
        upstreams=nginx.upstreams(urls) | {GATEWAY: urls["pages"]},
        access_log="/dev/stdout",
        # Docker's own name server: a container that is made anew has another address.
        resolver="127.0.0.11",
    )
    return nginx.render(place, limits)


if __name__ == "__main__":
    TARGET.write_text(text(GatewaySettings()))

"""The web applications of all services in this process, and the command line's client of them."""

import importlib
from pathlib import Path

import httpx

from aerosaga.client import Client
from aerosaga.target import Target
from common.contracts.subscriptions import SERVICES


class Applications(httpx.BaseTransport):
    """Every service's web application, each under its name as the host."""

    def __init__(self) -> None:
        self._apps = {name: importlib.import_module(f"{name}_svc.app").web() for name in SERVICES}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.WSGITransport(app=self._apps[request.url.host]).handle_request(request)


def client(applications: Applications, directory: Path, token: str) -> Client:
    """Return one whose caller shows this token."""
    urls = {service: f"http://{service}" for service in SERVICES}
    target = Target(way="remote", urls=urls, operator_token=token, directory=directory)
    return Client(target, transport=applications)

"""Services that are not there: answers by method and path, and what was asked of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from aerosaga.client import Client
from aerosaga.target import Target
from common import codec
from deploy.topology import SERVICES


def answer(body: Any, *, status: int = 200) -> httpx.Response:
    return httpx.Response(status, content=codec.dumps(body).encode())


def problem(status: int, detail: str, *, code: str = "refused", **more: Any) -> httpx.Response:
    return answer({"status": status, "detail": detail, "code": code, **more}, status=status)


class Services:
    """Answers "GET booking /reservations/K7Q2ZD" and the like from a table; `asked` are the requests, in order."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = answers
        self.asked: list[httpx.Request] = []

    def client(self) -> Client:
        urls = {service: f"http://{service}" for service in (*SERVICES, "bank")}
        target = Target(way="remote", urls=urls, operator_token="operator", directory=Path("/nowhere"))
        return Client(target, transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        name = f"{request.method} {request.url.host} {request.url.path}"
        if name not in self.answers:
            return problem(404, f"There is nothing at {name}.", code="not_found")
        found = self.answers[name]
        if callable(found):
            found = found(request)
        # A new one each time: a response can be read only once.
        return (
            httpx.Response(found.status_code, content=found.content)
            if isinstance(found, httpx.Response)
            else answer(found)
        )

"""Services as the console's pages see them: each answers what a test says, and what it was asked is kept."""

from __future__ import annotations

from typing import Any

import httpx
from flask import Flask

from common import codec
from gateway.pages.errors import Away
from gateway.pages.operator.api import Operations
from gateway.pages.services import Services


class Told(Services):
    """`answers` has what is answered by (method, service, path); who is not in it says nothing."""

    def __init__(self) -> None:
        super().__init__({})
        self.answers: dict[tuple[str, str, str], tuple[int, Any]] = {}
        self.asked: list[tuple[str, str, str, Any]] = []

    def answer(self, service: str, path: str, body: Any, *, method: str = "GET", status: int = 200) -> None:
        """Answer this from now on."""
        self.answers[method, service, path] = (status, body)

    def send(self, service: str, method: str, path: str, **options: Any) -> httpx.Response:
        """Return what a test has said."""
        self.asked.append((method, service, path, options.get("body")))
        if (method, service, path) not in self.answers:
            raise Away(f"{service} did not answer")
        status, body = self.answers[method, service, path]
        request = httpx.Request(method, f"http://{service}{path}")
        return httpx.Response(status, content=codec.dumps(body), request=request)


def told_by(app: Flask) -> Told:
    """Let the console of an application be told what tests say."""
    services = Told()
    app.extensions["operations"] = Operations(services)
    return services

"""
What operators ask of services: their internal endpoints, which the public door leads nobody to.

The person's own access token goes with each question, so that the services decide who may, whatever a page believes.
"""

from __future__ import annotations

import contextvars
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

import httpx
from flask import current_app

from common import codec
from common.contracts.subscriptions import SERVICES
from gateway.pages import logins
from gateway.pages.errors import Away
from gateway.pages.services import ANSWER_SECONDS, Services

#: How long a page waits for each of many services, in seconds: one that takes longer is as good as down.
LOOK_SECONDS = 2.0
# So many questions are under way at once; a page asks one or two of each service.
_THREADS = 32


@dataclass(frozen=True, kw_only=True)
class Question:
    """Something asked of one service, to read and never to change."""

    service: str
    path: str
    params: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """
    What a service said to a question; without a `status` it said nothing, and `trouble` has words for that.

    `total` is how many there are in all, if it is a page of a list.
    """

    question: Question
    status: int | None = None
    body: Any = None
    trouble: str | None = None
    total: int | None = None

    @property
    def is_good(self) -> bool:
        """Whether it was answered with what was asked for."""
        return self.status is not None and httpx.codes.is_success(self.status)


class Operations:
    """Operators' endpoints of all services, asked with the access token of who looks at the page."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="console")

    def get(self, service: str, path: str, **params: Any) -> Any:
        """
        Return what a service answers.

        :raises Refused: if it says no
        :raises Away: if it says nothing
        """
        return codec.loads(self._ask(service, "GET", path, params=_present(params)).content)

    def page(self, service: str, path: str, **params: Any) -> tuple[list[Any], Mapping[str, Any]]:
        """Return a page of a list, and where that page is (`page`, `total`, `total_pages`); raises as `get` does."""
        answer = self._ask(service, "GET", path, params=_present(params))
        return codec.loads(answer.content), codec.loads(answer.headers.get("X-Pagination", "{}"))

    def act(self, method: str, service: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Do something, once; raises as `get` does."""
        return codec.loads(self._ask(service, method, path, body=body or {}).content or b"null")

    def together(self, questions: Sequence[Question], *, seconds: float = LOOK_SECONDS) -> list[Answer]:
        """Ask everything at the same time and return the answers, in order, within so many seconds and a little."""
        token = logins.token()

        def one(question: Question) -> Answer:
            try:
                sent = self._services.send(
                    question.service, "GET", question.path, token=token, params=question.params, seconds=seconds
                )
                where = codec.loads(sent.headers.get("X-Pagination", "{}"))
                return Answer(
                    question=question,
                    status=sent.status_code,
                    body=codec.loads(sent.content),
                    total=where.get("total"),
                )
            except (Away, ValueError) as error:
                return Answer(question=question, trouble=str(error))

        # Each thread sees the request that it works for, which says whose it is and which trace it belongs to.
        asked = [self._threads.submit(contextvars.copy_context().run, one, question) for question in questions]
        done, _ = wait(asked, timeout=seconds + 0.5)
        late = f"It did not answer within {seconds:.0f} s."
        return [
            future.result() if future in done else Answer(question=question, trouble=late)
            for future, question in zip(asked, questions, strict=True)
        ]

    def of_all(self, path: str, *, seconds: float = LOOK_SECONDS, **params: Any) -> dict[str, Answer]:
        """Ask every service the same, at the same time; return the answers by service."""
        questions = [Question(service=service, path=path, params=_present(params)) for service in SERVICES]
        return {answer.question.service: answer for answer in self.together(questions, seconds=seconds)}

    def _ask(self, service: str, method: str, path: str, **options: Any) -> httpx.Response:
        return self._services.ask(service, method, path, token=logins.token(), seconds=ANSWER_SECONDS, **options)


def operations() -> Operations:
    """Return those of this application."""
    found = current_app.extensions["operations"]
    assert isinstance(found, Operations)
    return found


def _present(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value not in (None, "")}

"""The services as pages call them: by HTTP, with the rights of the person who looks and no others."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any

import httpx
from flask import g, has_request_context, request

from common import codec
from gateway import rules
from gateway.pages.errors import Away, Refused

#: How long an answer is waited for, in seconds, unless who asks has less time.
ANSWER_SECONDS = 20.0
# The same request is being worked on, by another click: its answer comes within a moment.
_IN_USE = "idempotency_key_in_use"
_IN_USE_SECONDS = 10.0
_PAUSE_SECONDS = 0.25


class Services:
    """The services at their base URLs, which `upstreams` has by name."""

    def __init__(self, upstreams: Mapping[str, str]) -> None:
        self._upstreams = upstreams
        self._http = httpx.Client(
            trust_env=False,
            transport=httpx.HTTPTransport(
                retries=1, limits=httpx.Limits(max_connections=64, keepalive_expiry=rules.KEEP_ALIVE_SECONDS)
            ),
        )

    def knows(self, service: str) -> bool:
        """Return whether there is such a service here."""
        return service in self._upstreams

    def ask(self, service: str, method: str, path: str, **options: Any) -> httpx.Response:
        """
        Return a service's answer to a request, whose `options` are those of `send`.

        :raises Refused: if the service says no
        :raises Away: if it says nothing, or that it cannot
        """
        end = time.monotonic() + _IN_USE_SECONDS
        while True:
            answer = self.send(service, method, path, **options)
            refusal = _refusal(answer)
            if refusal is None:
                return answer
            if refusal.code != _IN_USE or time.monotonic() > end:
                raise refusal
            time.sleep(_PAUSE_SECONDS)

    def send(
        self,
        service: str,
        method: str,
        path: str,
        *,
        token: str | None = None,
        key: str | None = None,
        params: Any = None,
        body: Mapping[str, Any] | None = None,
        seconds: float = ANSWER_SECONDS,
    ) -> httpx.Response:
        """
        Return what a service answers within so many `seconds`, whatever it is.

        `token` is what the person has, `key` an Idempotency-Key, `params` the query, `body` is sent as JSON.

        :raises Away: if it does not answer
        """
        if service not in self._upstreams:
            raise Away(f"There is no {service} service here.")
        headers = {**_headers(), "Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if key:
            headers["Idempotency-Key"] = key
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = codec.dumps(body).encode()
        timeout = httpx.Timeout(seconds, connect=min(seconds, rules.CONNECT_SECONDS))
        try:
            return self._http.request(
                method,
                self._upstreams[service] + path,
                params=params,
                content=content,
                headers=headers,
                timeout=timeout,
            )
        except httpx.HTTPError as error:
            raise Away(f"{service} did not answer: {error}") from error


def _headers() -> dict[str, str]:
    if not has_request_context():
        return {}
    # The door says whose request it is and which trace it belongs to; behind nginx that is in the request already.
    trace = uuid.UUID(str(g.request_id)).hex if "request_id" in g else uuid.uuid4().hex
    return {
        "X-Forwarded-For": request.remote_addr or "",
        "traceparent": request.headers.get("traceparent") or f"00-{trace}-{trace[:16]}-01",
    }


def _refusal(answer: httpx.Response) -> Refused | None:
    if answer.is_success:
        return None
    try:
        problem = codec.loads(answer.content)
    except ValueError:
        problem = None
    if answer.status_code >= 500 or not isinstance(problem, dict):
        raise Away(f"{answer.request.url.path}: {answer.status_code}")
    known = {"type", "title", "status", "instance", "code", "detail"}
    return Refused(
        status=answer.status_code,
        code=str(problem.get("code", "refused")),
        detail=str(problem.get("detail") or problem.get("title") or "It was refused."),
        **{str(name): value for name, value in problem.items() if name not in known},
    )

"""The door of the embedded way: the same table and rules as nginx's, carried out in this process."""

from __future__ import annotations

import hashlib
import re
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping
from functools import partial

import httpx
from flask import Flask, Response, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from werkzeug.exceptions import HTTPException

from common import failures
from gateway import problems, rules
from gateway.pages import refusals
from gateway.pages.install import PAGES
from gateway.problems import Problem
from gateway.routes import GATEWAY, METHODS, STREAM, Counted, Lane, find
from gateway.settings import GatewaySettings
from gateway.verifying import NotVerified, Unverifiable, Verdicts

_CONNECTIONS = 64
# Of the door's 32 threads so many may be held by answers that do not end.
_STREAMS = 12
_BY_STATUS: Mapping[int, Problem] = {
    400: problems.MALFORMED,
    404: problems.NOT_FOUND,
    405: problems.METHOD,
    408: problems.SLOW_CLIENT,
    413: problems.TOO_LARGE,
    429: problems.TOO_MANY,
}
#: Of a service's answer these are the connection's or the door's own to say, not the service's.
_NOT_PASSED_BACK = frozenset(
    name.lower()
    for name in (
        *("Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding"),
        *("Upgrade", "Date", "Server", "X-Request-Id", "Content-Security-Policy", rules.VERIFIED_HEADER),
        *rules.SECURITY_HEADERS,
    )
)


def install(app: Flask, *, given: GatewaySettings, counter_url: str) -> None:
    """
    Let an application that has the door's own pages be the whole door.

    `counter_url` is the Redis that requests are counted in. While it is away, this process counts by itself: the
    limits are then those of each process, but there are some.
    """
    app.config["MAX_CONTENT_LENGTH"] = rules.MAX_BODY_BYTES
    app.before_request(_begin)
    app.after_request(_end)
    app.register_error_handler(HTTPException, _refuse)
    limiter = Limiter(
        get_remote_address,
        app=app,
        storage_uri=counter_url,
        strategy="moving-window",
        key_prefix="door",
        in_memory_fallback_enabled=True,
        application_limits=[f"{given.rate_limit} per second"] if given.rate_limit else [],
    )
    forward = Forwarder(given.upstreams | ({STREAM: given.stream_url} if given.stream_url else {}))
    view = Lanes(forward.answer, places={lane: given.places(lane) for lane in Lane}).answer
    if given.caller_rate_limit:
        view = limiter.shared_limit(
            f"{given.caller_rate_limit} per second", "callers", key_func=_credential, exempt_when=_is_anonymous
        )(view)
    for counted in Counted:
        if given.a_minute(counted):
            # Shared, because a guess is a guess, whether a program makes it or somebody at a page.
            count = limiter.shared_limit(
                f"{given.a_minute(counted)} per minute",
                counted.value,
                exempt_when=partial(_is_other_than, counted),
            )
            view = count(view)
            for blueprint in PAGES:
                count(blueprint)
    app.add_url_rule("/<path:_path>", "forward", view, methods=METHODS, provide_automatic_options=False)


class Lanes:
    """Lets so many requests of each lane through to `view` at once, and refuses the others, who would only wait."""

    def __init__(self, view: Callable[[str], Response], *, places: Mapping[Lane, int]) -> None:
        self._view = view
        # All services together: each request holds one of this process's threads, whomever it is for.
        self._free = {lane: threading.Semaphore(count) for lane, count in places.items() if count}

    def answer(self, _path: str) -> Response:
        """Return what `view` answers, or that there is no place."""
        route = find(request.path)
        free = self._free.get(route.lane) if route else None
        if free is None:
            return self._view(_path)
        if not free.acquire(blocking=False):
            return respond(problems.AWAY)
        try:
            response = self._view(_path)
        except BaseException:
            free.release()
            raise
        response.call_on_close(free.release)
        return response


class Forwarder:
    """Hands requests on to the services and their answers back, over connections that are kept."""

    def __init__(self, upstreams: Mapping[str, str]) -> None:
        self._upstreams = upstreams
        self._http = httpx.Client(
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(
                max_connections=_CONNECTIONS,
                max_keepalive_connections=_CONNECTIONS,
                keepalive_expiry=rules.KEEP_ALIVE_SECONDS,
            ),
            timeout=httpx.Timeout(rules.ANSWER_SECONDS, connect=rules.CONNECT_SECONDS),
        )
        self._streams = threading.BoundedSemaphore(_STREAMS)
        auth = upstreams.get("auth")
        self._verdicts = Verdicts(self._http, auth) if auth else None

    def answer(self, _path: str) -> Response:
        """Return what the service of the path answers, or why it was not asked."""
        route = find(request.path)
        if route is None or route.service == GATEWAY or route.service not in self._upstreams:
            return _refused(problems.NOT_FOUND)
        headers = _passed_on()
        if route.service == STREAM:
            return self._streamed(headers)
        credential = request.headers.get("Authorization", "")
        if self._verdicts is not None:
            try:
                credential = self._verdicts.verified(credential, headers=headers)
            except NotVerified:
                return respond(problems.NOT_VERIFIED)
            except Unverifiable:
                return respond(problems.UNVERIFIABLE)
        if credential:
            headers["Authorization"] = credential
        body = request.get_data()
        # Of a body whose length was not told before, werkzeug gives no more than the limit, and does not say so.
        if (
            len(body) == rules.MAX_BODY_BYTES
            and request.content_length is None
            and request.environ["wsgi.input"].read(1)
        ):
            return respond(problems.TOO_LARGE)
        # The path as it was sent: what was decoded once must not be decoded again.
        url = httpx.URL(self._upstreams[route.service]).copy_with(raw_path=_raw_path().encode("latin-1"))
        try:
            # Not by the client's own method, which would add headers of its own.
            sent = httpx.Request(request.method, url, headers=headers, content=body or None)
            answer = self._http.send(sent, stream=True)
        except httpx.ReadTimeout:
            return respond(problems.SLOW_SERVICE)
        except httpx.HTTPError:
            return respond(problems.AWAY)
        returned = Response(answer.iter_raw(), status=answer.status_code, headers=_passed_back(answer.headers))
        returned.call_on_close(answer.close)
        return returned

    def _streamed(self, headers: dict[str, str]) -> Response:
        """An answer that does not end: it holds a thread, so only some may; the others ask now and then instead."""
        if not self._streams.acquire(blocking=False):
            return respond(problems.AWAY)
        headers |= {name: request.headers[name] for name in rules.PAGE_HEADERS if request.headers.get(name)}
        try:
            url = httpx.URL(self._upstreams[STREAM]).copy_with(raw_path=_raw_path().encode("latin-1"))
            answer = self._http.send(httpx.Request(request.method, url, headers=headers), stream=True)
        except httpx.HTTPError:
            self._streams.release()
            return respond(problems.AWAY)
        returned = Response(answer.iter_raw(), status=answer.status_code, headers=_passed_back(answer.headers))
        returned.call_on_close(answer.close)
        returned.call_on_close(self._streams.release)
        return returned


def respond(problem: Problem) -> Response:
    """Return one of the door's own refusals as an answer."""
    plain = re.search(rules.PLAIN_PATH, _raw_path())
    response = Response(
        problem.document(plain[1] if plain else "/"), status=problem.status, content_type="application/problem+json"
    )
    response.headers["Cache-Control"] = "no-store"
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    if problem.challenge:
        response.headers["WWW-Authenticate"] = problem.challenge
    if problem is problems.METHOD:
        response.headers["Allow"] = ", ".join(METHODS)
    return response


def _begin() -> Response | None:
    g.request_id = uuid.uuid4()
    raw = _raw_path()
    # Two credentials in one request arrive here joined by a comma, and it is anybody's guess which one counts.
    twice = "," in request.headers.get("Authorization", "")
    compressed = request.headers.get("Transfer-Encoding", "chunked").lower() != "chunked"
    if twice or compressed or not raw.startswith("/") or re.search(rules.DEVIOUS_PATH, raw, re.IGNORECASE):
        return respond(problems.MALFORMED)
    if request.method not in METHODS:
        return respond(problems.METHOD)
    if find(request.path) is None:
        return _refused(problems.NOT_FOUND)
    return None


def _end(response: Response) -> Response:
    for name, value in rules.SECURITY_HEADERS.items():
        response.headers[name] = value
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = rules.STRICT_TRANSPORT
    response.headers["X-Request-Id"] = str(g.request_id)
    return response


def _refuse(error: HTTPException) -> Response:
    if error.code is not None and error.code in _BY_STATUS:
        return _refused(_BY_STATUS[error.code])
    return error.get_response()  # type: ignore[return-value]  # a redirect of the pages


def _refused(problem: Problem) -> Response:
    """A refusal of the door's own: a page for a person who looks for one, else its problem document."""
    route = find(request.path)
    if refusals.wants_a_page() and (route is None or route.service == GATEWAY):
        return refusals.page(problem.status)
    return respond(problem)


def _passed_on() -> dict[str, str]:
    trace = g.request_id.hex
    names = (*rules.PASSED_HEADERS, *(rules.SWITCH_HEADERS if failures.on() else ()))
    return {
        "Host": request.host.partition(":")[0],
        **{name: request.headers[name] for name in names if request.headers.get(name)},
        "X-Forwarded-For": request.remote_addr or "",
        "X-Forwarded-Proto": request.scheme,
        "X-Forwarded-Host": request.host,
        "traceparent": f"00-{trace}-{trace[:16]}-01",
    }


def _passed_back(headers: httpx.Headers) -> Iterable[tuple[str, str]]:
    return [(name, value) for name, value in headers.multi_items() if name.lower() not in _NOT_PASSED_BACK]


def _raw_path() -> str:
    """The request's target as it was sent; servers give it under one of these names."""
    return str(request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.path)


def _credential() -> str:
    """Return the digest of the credential that was sent: what requests are counted by must not be one."""
    return hashlib.sha256(request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")).hexdigest()


def _is_anonymous() -> bool:
    return not request.headers.get("Authorization")


def _is_other_than(counted: Counted) -> bool:
    route = find(request.path)
    return request.method != "POST" or route is None or route.posts is not counted

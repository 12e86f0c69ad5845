"""Writes nginx.conf from the route table, the rules and the settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gateway import problems, rules
from gateway.problems import Problem
from gateway.routes import GATEWAY, METHODS, ROUTES, SERVICES, STREAM, Counted, Lane, Route
from gateway.settings import GatewaySettings

#: What nginx answers by itself, by the status it gives internally; 494 is its own, for headers that are too large.
OWN_ANSWERS: Mapping[int, Problem] = {
    400: problems.MALFORMED,
    401: problems.NOT_VERIFIED,
    403: problems.NOT_VERIFIED,
    404: problems.NOT_FOUND,
    405: problems.METHOD,
    408: problems.SLOW_CLIENT,
    413: problems.TOO_LARGE,
    414: problems.LONG_URL,
    429: problems.TOO_MANY,
    494: problems.LARGE_HEADERS,
    # auth_request has no other word for a verdict that did not come, and nothing else here ends in a 500 of nginx.
    500: problems.UNVERIFIABLE,
    # A Transfer-Encoding that it does not know.
    501: problems.MALFORMED,
    502: problems.AWAY,
    503: problems.AWAY,
    504: problems.SLOW_SERVICE,
}
#: A line of the access log: no query, no credential, and of secret paths the template only.
_LOGGED = {
    "timestamp": '"$time_iso8601"',
    "client": '"$remote_addr"',
    "method": '"$sent_method"',
    "path": '"$logged_path"',
    "status": "$status",
    "bytes": "$body_bytes_sent",
    "seconds": "$request_time",
    "upstream_status": '"$upstream_status"',
    "upstream_seconds": '"$upstream_response_time"',
    "correlation_id": '"$correlation_id"',
    "user_agent": '"$http_user_agent"',
}
_VERIFY = "/.verify"
_PROBLEMS = "/.problems"
_AS_PAGE = "/page"


@dataclass(frozen=True, kw_only=True)
class Place:
    """
    Where nginx runs: the address it listens at, and the directory that only it uses.

    `upstreams` are base URLs, the gateway's own pages under GATEWAY. `user` is whom root's workers run as. With a
    `resolver`, names are looked up again while it runs, as containers come and go. With `failure_switches`, which only
    demonstrations and tests have, the header that asks for a failure is let in.
    """

    listen: str
    directory: Path
    upstreams: Mapping[str, str]
    access_log: str
    user: str | None = None
    resolver: str | None = None
    failure_switches: bool = False


def render(place: Place, limits: GatewaySettings) -> str:
    """Return the whole configuration."""
    lines = [
        "# Made by gateway/nginx.py from gateway/routes.py and gateway/rules.py; changes here are lost.",
        *([f"user {place.user};"] if place.user else []),
        "worker_processes 2;",
        "daemon off;",
        # A stop (QUIT) answers what was let in; who has not been answered by then is not waited for.
        f"worker_shutdown_timeout {rules.STOP_SECONDS}s;",
        f"pid {place.directory}/nginx.pid;",
        # Its lines hold whole requests, query included, and each request that finds no place would make one: only what
        # is wrong with nginx itself. What became of a request, and at which service, is in the access log.
        "error_log stderr crit;",
        "events { worker_connections 2048; }",
        "http {",
        *_indented(_http(place, limits)),
        "}",
    ]
    return "\n".join(lines) + "\n"


def upstreams(urls: Mapping[str, str]) -> dict[str, str]:
    """Return those of these URLs that the route table knows a service for, and the stream's."""
    return {service: urls[service] for service in (*SERVICES, STREAM) if service in urls}


def _http(place: Place, limits: GatewaySettings) -> Iterator[str]:
    yield from _basics(place)
    yield from _variables()
    yield from _zones(limits)
    if place.resolver:
        yield f"resolver {place.resolver} valid=5s;"
    lanes = dict.fromkeys((route.service, route.lane) for route in ROUTES)
    # Every service has the places of what is critical, which verdicts on credentials take too.
    for service, lane in dict.fromkeys([*((service, Lane.CRITICAL) for service in place.upstreams), *lanes]):
        if service not in place.upstreams:
            continue
        url, name = place.upstreams[service], _upstream(service, lane)
        resolve = " resolve" if place.resolver else ""
        yield f"upstream {name} {{"
        yield f"    zone {name} 64k;"
        # Who finds no place is refused at once (502 inside, 503 outside): a queue would only make all answers late.
        yield f"    server {urlsplit(url).netloc} max_conns={limits.places(lane)}{resolve};"
        yield "    keepalive 32;"
        yield f"    keepalive_timeout {rules.KEEP_ALIVE_SECONDS}s;"
        yield "}"
    yield "server {"
    yield from _indented(_server(place, limits))
    yield "}"


def _basics(place: Place) -> Iterator[str]:
    yield "server_tokens off;"
    yield "types {}"
    yield "default_type application/octet-stream;"
    for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
        yield f"{kind}_temp_path {place.directory}/{kind};"
    yield f"client_max_body_size {rules.MAX_BODY_BYTES};"
    yield "client_header_buffer_size 1k;"
    yield f"large_client_header_buffers 4 {rules.MAX_LINE_BYTES};"
    yield "client_header_timeout 10s;"
    yield "client_body_timeout 20s;"
    yield "send_timeout 20s;"
    yield "keepalive_timeout 30s;"
    yield "reset_timedout_connection on;"
    # Headers whose names a service could read as another one's are dropped: `X_Role` and `X-Role` are one in WSGI.
    yield "ignore_invalid_headers on;"
    yield "underscores_in_headers off;"
    fields = ",".join(f'"{name}":{value}' for name, value in _LOGGED.items())
    yield f"log_format door escape=json '{{{fields}}}';"
    yield f"access_log {place.access_log} door;"
    # Verdicts of auth_svc. The files hold credentials, in a directory that nobody else may enter.
    yield f"proxy_cache_path {place.directory}/verdicts levels=1:2 keys_zone=verdicts:1m inactive=1m max_size=32m;"


def _variables() -> Iterator[str]:
    # The trace begins here: its id is the request id and becomes the services' correlation id. A client's own
    # traceparent is not taken, for whoever chose the id could write into the timeline of somebody else's reservation.
    # It is random, and made a UUID of version 4 here, because MariaDB takes not every 128 bits for a UUID.
    pattern = "(?<id_a>.{8})(?<id_b>.{4}).(?<id_c>.{3}).(?<id_d>.{3})(?<id_e>.{12})"
    for variable, between in (("correlation_id", "-"), ("trace_id", "")):
        shape = between.join(("${id_a}", "${id_b}", "4${id_c}", "a${id_d}", "${id_e}"))
        yield f'map $request_id ${variable} {{ "~^{pattern}$" "{shape}"; }}'
    yield 'map $request_id $span_id { "~^(?<first_half>.{16})" $first_half; }'
    plain = rules.PLAIN_PATH.replace("(/", "(?<plain>/", 1)
    yield f"map $request_uri $instance {{ default /; {_regex('~', plain)} $plain; }}"
    secret = [route for route in ROUTES if route.secret]
    shown = " ".join(f'{_regex("~", each.pattern)} "{each.path}";' for each in secret)
    # What was sent, not what became of it on the way to one of our own answers.
    yield 'map $request_uri $sent_path { "~^(?<before_query>[^?]*)" $before_query; }'
    yield f"map $sent_path $logged_path {{ default $sent_path; {shown} }}"
    yield "map $request_method $sent_method { default $request_method; }"
    # On the way to one of our own answers the same request passes the checks again, and must not be refused twice;
    # volatile, because nginx would remember what it found the first time.
    yield f'map $uri $answering {{ volatile; default ""; {_regex("~", f"^{re.escape(_PROBLEMS)}/")} "!"; }}'
    yield f'map $answering$request_uri $devious {{ volatile; default ""; {_regex("~*", rules.DEVIOUS_PATH)} 1; }}'
    known = "|".join(METHODS)
    yield f'map $answering$sent_method $unknown_method {{ volatile; default 1; "~^(!.*|{known})$" ""; }}'
    # auth_request takes over the one of auth_svc by itself, if there is one.
    yield f"map $sent_http_www_authenticate $challenge {{ default ''; '' '{problems.NOT_VERIFIED.challenge}'; }}"
    yield 'map $http_accept $for_a_person { default ""; "~*text/html" 1; }'
    yield f'map $for_a_person $as_page {{ default ""; 1 {_AS_PAGE}; }}'
    yield f'map $https $strict_transport {{ default ""; on "{rules.STRICT_TRANSPORT}"; }}'


def _zones(limits: GatewaySettings) -> Iterator[str]:
    if limits.connection_limit:
        yield "limit_conn_zone $binary_remote_addr zone=connections:4m;"
        yield f"limit_conn_status {problems.TOO_MANY.status};"
    yield f"limit_req_status {problems.TOO_MANY.status};"
    yield "limit_req_log_level info;"
    yield "limit_conn_log_level info;"
    if limits.rate_limit:
        yield f"limit_req_zone $binary_remote_addr zone=requests:4m rate={limits.rate_limit}r/s;"
    # An empty key is not counted.
    if limits.caller_rate_limit:
        # The credential as it was sent: nginx counts before auth_svc has said whose it is.
        yield f"limit_req_zone $http_authorization zone=callers:8m rate={limits.caller_rate_limit}r/s;"
    yield 'map $request_method $posting { default ""; POST $binary_remote_addr; }'
    for counted in Counted:
        if limits.a_minute(counted):
            yield f"limit_req_zone $posting zone={counted}:4m rate={limits.a_minute(counted)}r/m;"


def _server(place: Place, limits: GatewaySettings) -> Iterator[str]:
    tls = limits.tls_certificate and limits.tls_key
    yield f"listen {place.listen}{' ssl http2' if tls else ''};"
    if tls:
        yield f"ssl_certificate {limits.tls_certificate};"
        yield f"ssl_certificate_key {limits.tls_key};"
        yield "ssl_protocols TLSv1.2 TLSv1.3;"
        yield "ssl_session_cache shared:tls:2m;"
    yield "server_name _;"
    yield "server_name_in_redirect off;"
    yield "absolute_redirect off;"
    yield "merge_slashes on;"
    if limits.connection_limit:
        yield f"limit_conn connections {limits.connection_limit};"
    yield from _security_headers()
    # In which form a refusal is given, as it is put at the end of its place; the paths of pages say otherwise.
    yield 'set $form "";'
    for status, problem in OWN_ANSWERS.items():
        yield f"error_page {status} ={problem.status} {_PROBLEMS}/{status}$form;"
    yield "if ($devious) { return 400; }"
    yield "if ($unknown_method) { return 405; }"
    yield from _for_services(place)
    if "auth" in place.upstreams:
        yield from _verdicts()
    for route in ROUTES:
        if route.service in place.upstreams:
            yield f"location ~ {_regex('', route.pattern)} {{"
            yield from _indented(_location(route, limits))
            yield "}"
    yield from _nowhere()
    for status, problem in OWN_ANSWERS.items():
        yield from _answer(status, problem)
        yield from _page(status, problem)


def _for_services(place: Place) -> Iterator[str]:
    """What holds for every path of a service, by standing on the level above its location."""
    verified = "auth" in place.upstreams
    yield "proxy_http_version 1.1;"
    yield f"proxy_connect_timeout {rules.CONNECT_SECONDS}s;"
    yield f"proxy_read_timeout {rules.ANSWER_SECONDS}s;"
    yield f"proxy_send_timeout {rules.ANSWER_SECONDS}s;"
    # Bodies and answers stay in memory: nothing that a traveller sent is left on a disk.
    yield f"client_body_buffer_size {rules.MAX_BODY_BYTES};"
    yield "proxy_max_temp_file_size 0;"
    yield "proxy_pass_request_headers off;"
    switches = rules.SWITCH_HEADERS if place.failure_switches else ()
    yield from _sent_on("$verified" if verified else "$http_authorization", *switches)
    yield from _kept_back("Content-Security-Policy")
    if verified:
        yield f"auth_request {_VERIFY};"
        yield f"auth_request_set $verified $upstream_http_{_variable(rules.VERIFIED_HEADER)};"


def _location(route: Route, limits: GatewaySettings) -> Iterator[str]:
    if limits.rate_limit:
        yield f"limit_req zone=requests burst={limits.rate_limit} nodelay;"
    if limits.caller_rate_limit:
        yield f"limit_req zone=callers burst={limits.caller_rate_limit} nodelay;"
    if route.posts and limits.a_minute(route.posts):
        yield f"limit_req zone={route.posts} burst={limits.a_minute(route.posts)} nodelay;"
    if route.service == STREAM:
        # Each piece goes on as it comes; between two of them there is at most a beat.
        yield "proxy_buffering off;"
    if route.service in (GATEWAY, STREAM):
        # The pages are everybody's, and say themselves what a browser may load for them.
        yield "auth_request off;"
        yield "set $form $as_page;"
        yield from _sent_on('""', *rules.PAGE_HEADERS)
        yield from _kept_back()
        yield from _security_headers(policy=False)
    yield f"proxy_pass http://{_upstream(route.service, route.lane)};"


def _nowhere() -> Iterator[str]:
    """What fits no row: a problem document for programs, a page for people."""
    yield "location / {"
    yield '    if ($for_a_person = "") { return 404; }'
    yield "    auth_request off;"
    yield "    set $form $as_page;"
    yield from _indented(_sent_on('""', *rules.PAGE_HEADERS))
    yield from _indented(_kept_back())
    yield from _indented(_security_headers(policy=False))
    yield f"    proxy_pass http://{GATEWAY};"
    yield "}"


def _verdicts() -> Iterator[str]:
    yield f"location = {_VERIFY} {{"
    yield "    internal;"
    yield "    auth_request off;"
    # Who sends no credential is anonymous, whether auth_svc is there or not.
    yield '    if ($http_authorization = "") { return 200; }'
    yield "    proxy_pass http://auth/verify;"
    yield "    proxy_pass_request_body off;"
    yield from _indented(_sent_on("$http_authorization"))
    yield '    proxy_set_header Content-Length "";'
    yield "    proxy_read_timeout 5s;"
    yield "    proxy_cache verdicts;"
    yield "    proxy_cache_key $http_authorization;"
    yield f"    proxy_cache_valid 200 401 {rules.VERDICT_SECONDS}s;"
    yield "    proxy_cache_lock on;"
    # auth_svc says no-store, to everybody but this door.
    yield "    proxy_ignore_headers Cache-Control Expires Set-Cookie Vary;"
    yield "}"


def _sent_on(authorization: str, *more: str) -> Iterator[str]:
    """What is sent on, as a block: one header of its own makes a location forget all of the level above."""
    headers = {
        "Host": "$host",
        "Connection": '""',
        **{name: f"$http_{_variable(name)}" for name in (*rules.PASSED_HEADERS, *more)},
        "Authorization": authorization,
        "X-Forwarded-For": "$remote_addr",
        "X-Forwarded-Proto": "$scheme",
        "X-Forwarded-Host": "$http_host",
        "traceparent": '"00-$trace_id-$span_id-01"',
    }
    return (f"proxy_set_header {name} {value};" for name, value in headers.items())


def _kept_back(*more: str) -> Iterator[str]:
    """What a service says and the door says instead; a block, for the same reason."""
    return (
        f"proxy_hide_header {name};" for name in (*rules.SECURITY_HEADERS, "X-Request-Id", rules.VERIFIED_HEADER, *more)
    )


def _variable(header: str) -> str:
    return header.lower().replace("-", "_")


def _security_headers(*, policy: bool = True) -> Iterator[str]:
    """What is on every answer; a block, for the same reason."""
    for name, value in rules.SECURITY_HEADERS.items():
        yield f'add_header {name} "{value}" always;'
    if policy:
        yield f'add_header Content-Security-Policy "{rules.DATA_POLICY}" always;'
    # Without TLS its value is empty, and nginx sends no empty header.
    yield "add_header Strict-Transport-Security $strict_transport always;"
    yield "add_header X-Request-Id $correlation_id always;"


def _page(status: int, problem: Problem) -> Iterator[str]:
    """The answer to a person who looks for a page: one of its own, since those that make pages may be away."""
    yield f"location = {_PROBLEMS}/{status}{_AS_PAGE} {{"
    yield "    internal;"
    yield '    default_type "text/html; charset=utf-8";'
    yield from _indented(_security_headers(policy=False))
    yield f'    add_header Content-Security-Policy "{problems.PAGE_POLICY}" always;'
    # A part of a page that could not be had leaves what is shown as it is.
    yield "    add_header HX-Reswap none always;"
    yield from _indented(_of_problem(problem))
    yield f"    return {problem.status} '{problem.page()}';"
    yield "}"


def _answer(status: int, problem: Problem) -> Iterator[str]:
    yield f"location = {_PROBLEMS}/{status} {{"
    yield "    internal;"
    yield "    default_type application/problem+json;"
    yield from _indented(_security_headers())
    yield from _indented(_of_problem(problem))
    yield f"    return {problem.status} '{problem.document('$instance')}';"
    yield "}"


def _of_problem(problem: Problem) -> Iterator[str]:
    """The headers that go with a refusal, whatever its form."""
    yield 'add_header Cache-Control "no-store" always;'
    if problem.retry_after is not None:
        yield f'add_header Retry-After "{problem.retry_after}" always;'
    if problem.challenge:
        yield "add_header WWW-Authenticate $challenge always;"
    if problem is problems.METHOD:
        yield f'add_header Allow "{", ".join(METHODS)}" always;'


def _regex(sign: str, pattern: str) -> str:
    """Return a regular expression as nginx reads it between quotes, where a backslash is written twice."""
    escaped = pattern.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{sign}{escaped}"'


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"    {line}" for line in lines)


def _upstream(service: str, lane: Lane) -> str:
    return service if lane is Lane.CRITICAL else f"{service}-{lane}"

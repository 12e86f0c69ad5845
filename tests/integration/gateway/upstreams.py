"""Tiny services behind a door: each tells what it was asked, and one of them gives verdicts as auth_svc does."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from gateway.routes import METHODS

#: What the verdicts know: a credential, and what a service is to see instead of it.
KNOWN = {
    "Bearer good-jwt": "Bearer good-jwt",
    "Bearer ask_good": "Bearer exchanged-jwt",
}
BREAKS = "Bearer breaks-the-verifier"


class Upstream:
    """
    One service on a port of its own.

    It answers 200 with what it saw, as JSON; `?status=418&seconds=1&header=Name:value` make it answer otherwise. `seen`
    holds what it was asked, oldest first.
    """

    def __init__(self, name: str, *, document: dict[str, Any] | None = None) -> None:
        self.name = name
        self.document = document or {"openapi": "3.1.0", "paths": {}}
        self.seen: list[dict[str, Any]] = []
        self.start()

    def start(self, port: int = 0) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def restart(self) -> None:
        """Start again at the port of before."""
        self.start(self.port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def _handler(upstream: Upstream) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        # No connection outlives its answer, so that a stopped upstream is gone at once.
        protocol_version = "HTTP/1.0"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            saw = {
                "service": upstream.name,
                "method": self.command,
                "target": self.path,
                "headers": {name.lower(): value for name, value in self.headers.items()},
                "headerCount": len(self.headers.keys()),
                "bytes": len(body),
                "body": body[:200].decode("latin-1"),
            }
            upstream.seen.append(saw)
            parts = urlsplit(self.path)
            query = parse_qs(parts.query)
            if upstream.name == "auth" and parts.path == "/verify":
                self.verify()
                return
            time.sleep(float(query.get("seconds", ["0"])[0]))
            said = upstream.document if parts.path == "/openapi.json" else saw
            headers = [tuple(each.split(":", 1)) for each in query.get("header", [])]
            self.send(int(query.get("status", ["200"])[0]), said, headers)

        def verify(self) -> None:
            credential = self.headers.get("Authorization", "")
            if credential == BREAKS:
                self.send(500, {"detail": "a fault of ours"})
            elif credential in KNOWN:
                self.send(200, {}, [("X-Aerosaga-Authorization", KNOWN[credential]), ("Cache-Control", "no-store")])
            else:
                self.send(401, {"detail": "not valid"}, [("WWW-Authenticate", "Bearer")])

        def send(self, status: int, said: Any, headers: Any = ()) -> None:
            content = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("X-Request-Id", "of-the-service")
            self.send_header("X-Content-Type-Options", "nosniff")
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    for method in METHODS:
        setattr(Handler, f"do_{method}", Handler.answer)
    return Handler

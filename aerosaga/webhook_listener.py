"""A receiver of webhooks for the first minute: takes what is sent to a port of this machine, and verifies it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

from common import codec

HOST = "127.0.0.1"
# Our own bodies have some hundred bytes; nobody else has any business here.
LARGEST_BODY_BYTES = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What one POST brought; `wrong` says why it is not to be believed, None if the signature holds."""

    message_id: str
    body: Any
    wrong: str | None


class Listener(ThreadingHTTPServer):
    """
    Answers 204 to what is signed with `secret`, 401 to anything else, and calls `tell` for both.

    `secret` may be set after the port is known: nothing is believed before.
    """

    daemon_threads = True

    def __init__(self, port: int, tell: Callable[[Heard], None]) -> None:
        self.secret = ""
        self.tell = tell
        super().__init__((HOST, port), _Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.server_port}/"

    def judge(self, content: bytes, headers: dict[str, str]) -> Heard:
        """Return what was sent, and whether its signature holds."""
        message_id = headers.get("webhook-id", "")
        try:
            # Verified first, on the bytes as they came; only then read.
            Webhook(self.secret).verify(content, headers, json_parse=False)
            return Heard(message_id=message_id, body=codec.loads(content), wrong=None)
        except WebhookVerificationError as error:
            return Heard(message_id=message_id, body=None, wrong=str(error))
        except ValueError as error:  # also what the library raises for a signature that is no base64
            return Heard(message_id=message_id, body=None, wrong=f"unreadable: {error}")


class _Handler(BaseHTTPRequestHandler):
    server: Listener
    # A connection that says nothing does not keep its thread for ever.
    timeout = 15

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST_BODY_BYTES:
            self._answer(413)
            return
        heard = self.server.judge(
            self.rfile.read(int(length)), {name.lower(): value for name, value in self.headers.items()}
        )
        self.server.tell(heard)
        self._answer(401 if heard.wrong else 204)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing: what is heard is told by who listens."""

    def _answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def listening(port: int, tell: Callable[[Heard], None]) -> Iterator[Listener]:
    """
    Open the port, 0 for any free one; `serve_forever` of what is returned answers until the block ends.

    :raises OSError: if the port is taken
    """
    listener = Listener(port, tell)
    try:
        yield listener
    finally:
        listener.server_close()

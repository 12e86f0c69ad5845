"""A receiver of webhooks as integrators write one: a real HTTP server, with whatever moods a test gives it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook

from common import codec


@dataclass(frozen=True, kw_only=True)
class Post:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    content: bytes

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def body(self) -> Any:
        return codec.loads(self.content)

    def verify(self, secret: str) -> Any:
        """Return the body if the library of every integrator believes it, raise what it says if not."""
        return Webhook(secret).verify(self.content, self.headers)


class Endpoint(ThreadingHTTPServer):
    """
    Keeps every `posts`, and answers each as `moods` say, first to last and then 204 for ever.

    A mood is a status, or a function that is given the handler and answers itself.
    """

    daemon_threads = True

    def __init__(self, *moods: int | Callable[[Any], None]) -> None:
        self.moods = list(moods)
        self.posts: list[Post] = []
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/in"

    def ids(self) -> list[str]:
        """Return the webhook-id of every request, in order."""
        return [post.message_id for post in self.posts]


class _Handler(BaseHTTPRequestHandler):
    server: Endpoint

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.server.lock:
            self.server.posts.append(Post(path=self.path, headers=headers, content=content))
            mood = self.server.moods.pop(0) if self.server.moods else 204
            self.server.at_once += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
        try:
            if callable(mood):
                mood(self)
            else:
                self.answer(mood)
        except OSError:
            pass  # who asked has given up
        finally:
            with self.server.lock:
                self.server.at_once -= 1

    def do_GET(self) -> None:
        self.do_POST()

    def answer(self, status: int, content: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


def hanging(seconds: float, status: int = 204) -> Callable[[Any], None]:
    """Say nothing for so long, then this status."""

    def mood(handler: Any) -> None:
        time.sleep(seconds)
        handler.answer(status)

    return mood


def redirecting(to: str) -> Callable[[Any], None]:
    """Send whoever asks somewhere else."""
    return lambda handler: handler.answer(307, Location=to)


def talking(content: bytes) -> Callable[[Any], None]:
    """Answer 200 with a body."""
    return lambda handler: handler.answer(200, content)


@contextmanager
def receiving(*moods: int | Callable[[Any], None]) -> Iterator[Endpoint]:
    """Run an endpoint while the block runs."""
    endpoint = Endpoint(*moods)
    thread = threading.Thread(target=endpoint.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        endpoint.shutdown()
        endpoint.server_close()
        thread.join()

"""One HTTP/1.1 connection that costs next to nothing: bytes are written as they are, answers read as they come."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_RETRY_AFTER = re.compile(rb"\r\nretry-after: *(\d+)", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"
CONNECT_SECONDS = 10.0
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Answer:
    """`closes` tells that the server ends the connection with it; `retry_after` when to come again, in seconds."""

    status: int
    body: bytes
    closes: bool = False
    retry_after: int | None = None


def encode(
    *, host: str, port: int, path: str, body: bytes = b"", headers: Mapping[str, str] = NO_HEADERS, method: str = "POST"
) -> bytes:
    """Return a request as it goes over the wire."""
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {host}:{port}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode() + _HEAD_END + body


class Connection:
    """Sends one request at a time; `turn` is the caller's note of which."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), CONNECT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.turn = -1
        self._read = b""

    def send(self, request: bytes, *, turn: int) -> None:
        """Send a request whole: a few hundred bytes fit the socket's buffer."""
        self.turn, self._read = turn, b""
        self.socket.sendall(request)

    def receive(self) -> Answer | None:
        """
        Read what is there; return the answer if it is complete.

        :raises ConnectionError: if the server closed the connection
        """
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionResetError("the server closed the connection")
        self._read += chunk
        head, end, rest = self._read.partition(_HEAD_END)
        if not end:
            return None
        stated = _LENGTH.search(head)
        body = _unchunked(rest) if stated is None else rest if len(rest) >= int(stated[1]) else None
        if body is None:
            return None
        retry = _RETRY_AFTER.search(head)
        return Answer(
            status=int(head[9:12]),
            body=body,
            closes=bool(_CLOSES.search(head)),
            retry_after=int(retry[1]) if retry else None,
        )


def _unchunked(sent: bytes) -> bytes | None:
    """Return what chunks carry; None until the last one is there."""
    body = b""
    while True:
        size, end, rest = sent.partition(b"\r\n")
        if not end:
            return None
        length = int(size.split(b";")[0], 16)
        if len(rest) < length + 2:
            return None
        if length == 0:
            return body
        body, sent = body + rest[:length], rest[length + 2 :]

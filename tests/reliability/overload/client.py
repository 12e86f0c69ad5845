"""
An open-loop client: each request is sent at its time, whether those before it were answered or not.

    python -m tests.reliability.overload.client <plan.json >answers.json

A process of its own, with nothing but sockets: it shares the processors with the system that it loads, so that each
request may cost it little (0.1 to 0.2 ms of one processor). It stands for people whose computers are elsewhere, so that
it goes before the system, if it may (root may): otherwise some dozens of busy processes would leave it no time to ask,
and whatever it read late would look as if it had been answered late. How far behind it was is a part of what it says. A
time is counted from when a request was due.
"""

import asyncio
import json
import os
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

# What is not answered by then, a person would not have waited for.
TIMEOUT_SECONDS = 20.0
#: More connections than a crowd of browsers would open; beyond them requests are counted as not answered.
MOST_CONNECTIONS = 1500
# A niceness: what is there to ask comes before what is there to answer.
BEFORE_OTHERS = -15


@dataclass(frozen=True)
class Plan:
    """Requests to send, so many a second: `[kind, method, path, body, idempotency key]` in turn."""

    host: str
    port: int
    a_second: float
    requests: list[list[str]]


@dataclass(frozen=True)
class Answer:
    """What became of a request: `status` is 0 if it was not answered, `locator` that of the reservation it made."""

    kind: str
    key: str
    status: int
    seconds: float
    retry_after: bool = False
    locator: str = ""


class Client:
    """
    Keeps connections open, and opens one more whenever all are busy.

    `behind` has the seconds that each request was begun after it was due.
    """

    def __init__(self, plan: Plan) -> None:
        self.behind = list[float]()
        self._plan = plan
        self._idle: deque[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = deque()
        self._busy = 0

    async def run(self) -> list[Answer]:
        """Send everything at its time and return the answers, in the order of the requests."""
        loop = asyncio.get_running_loop()
        began = loop.time() + 0.2
        asked = []
        for number, request in enumerate(self._plan.requests):
            due = began + number / self._plan.a_second
            if (pause := due - loop.time()) > 0:
                await asyncio.sleep(pause)
            self.behind.append(max(0.0, loop.time() - due))
            asked.append(asyncio.create_task(self._answer(due, *request)))
        return await asyncio.gather(*asked)

    async def _answer(self, due: float, kind: str, method: str, path: str, body: str, key: str) -> Answer:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(due + TIMEOUT_SECONDS):
                status, headers, content = await self._ask(self._bytes(method, path, body, key))
        except (TimeoutError, OSError, EOFError, ValueError):
            return Answer(kind=kind, key=key, status=0, seconds=loop.time() - due)
        locator = json.loads(content)["locator"] if status == 202 else ""
        seconds = loop.time() - due
        return Answer(kind, key, status, seconds, retry_after=b"\r\nretry-after:" in headers, locator=locator)

    async def _ask(self, request: bytes) -> tuple[int, bytes, bytes]:
        if self._idle:
            reader, writer = self._idle.pop()
        elif self._busy < MOST_CONNECTIONS:
            reader, writer = await asyncio.open_connection(self._plan.host, self._plan.port)
        else:
            raise OSError("every connection is busy")
        self._busy += 1
        kept = False
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
            body = await reader.readexactly(int(length))
            kept = b"\r\nconnection: close" not in head
            return int(head.split(b" ", 2)[1]), head, body
        finally:
            self._busy -= 1
            if kept:
                self._idle.append((reader, writer))
            else:
                writer.close()

    def _bytes(self, method: str, path: str, body: str, key: str) -> bytes:
        content = body.encode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._plan.host}", "User-Agent: overload"]
        if content:
            lines += ["Content-Type: application/json", f"Content-Length: {len(content)}", f"Idempotency-Key: {key}"]
        return "\r\n".join([*lines, "", ""]).encode() + content


def main() -> None:
    """Read the plan, carry it out, and write what was answered, and what that says of the client itself."""
    given: dict[str, Any] = json.load(sys.stdin)
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, BEFORE_OTHERS)
    client = Client(Plan(**given))
    before = time.process_time()
    answers = asyncio.run(client.run())
    spent = time.process_time() - before
    behind = sorted(client.behind)[int(len(client.behind) * 0.99)]
    written = [asdict(answer) for answer in answers]
    json.dump({"answers": written, "processor_seconds": spent, "behind_seconds": behind}, sys.stdout)


if __name__ == "__main__":
    main()

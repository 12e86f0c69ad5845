"""Asks a web process of this machine for one page."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from urllib.parse import urlsplit

ANSWER_SECONDS = 3.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a URL answered; `status` is None if nothing did, and then `text` says why."""

    status: int | None
    text: str

    @property
    def ok(self) -> bool:
        return self.status == 200


def ask(url: str) -> Answer:
    """GET a URL on this machine, without any proxy, and return what it answered."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", parts.path)
        response = connection.getresponse()
        return Answer(status=response.status, text=response.read(4096).decode(errors="replace"))
    except (OSError, http.client.HTTPException) as error:
        return Answer(status=None, text=f"{type(error).__name__}: {error}")
    finally:
        connection.close()

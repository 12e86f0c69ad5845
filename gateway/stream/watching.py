"""What operators are told: whole events, of all or of one correlation id or name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from common.messages import is_personal
from gateway.stream.news import News, Topic

#: What operators listen to.
EVERYTHING = Topic("everything", 0)
#: So many events are kept for operators who come later, or come back.
KEEPS = 2000


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Which events somebody wants to see; what is empty leaves it open."""

    name: str = ""
    correlation_id: str = ""

    def fits(self, told: Mapping[str, Any]) -> bool:
        """Tell whether the body of an event is one of them."""
        named = not self.name or told.get("type") == self.name
        return named and (not self.correlation_id or str(told.get("correlationId", "")) == self.correlation_id)


def wish_of(query: bytes) -> Wish:
    """Return what the query of a request asks for: `name` and `correlation`."""
    asked = parse_qs(query.decode("latin-1"))
    return Wish(name=asked.get("name", [""])[0], correlation_id=asked.get("correlation", [""])[0].lower())


def watched(told: Mapping[str, Any]) -> News | None:
    """Return the body of an event as news for operators; None of one that says who somebody is."""
    kind = told.get("type")
    return News(EVERYTHING, told) if isinstance(kind, str) and not is_personal(kind) else None

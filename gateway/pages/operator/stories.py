"""A correlation id as an operator reads it: line by line what happened, idle time folded, and what is still to come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import simplejson

from common.contracts.subscriptions import SERVICES
from common.stories import Coming, Entry, Story, entry, merged, to_come
from gateway.pages.operator.api import Question, operations
from gateway.pages.operator.shapes import Run

#: A pause that is longer than this, in seconds, is told and not drawn.
IDLE_SECONDS = 2.0

_TONES = {
    "request": "calm",
    "command": "calm",
    "step": "good",
    "act": "good",
    "event": "info",
    "heard": "quiet",
}
_UNDOES = frozenset({"turn back", "release seats", "void payment"})
_BAD_OUTCOMES = frozenset({"failed", "declined", "voided", "gave up"})


@dataclass(frozen=True, kw_only=True)
class Line:
    """
    One thing that happened.

    `idle` is how long nothing did before it, None where that was no time to speak of; `mark` is what it is drawn as:
    the kind, or mail. `payload` is all that is known of it, as JSON.
    """

    at: datetime
    offset: float
    idle: float | None
    service: str
    kind: str
    mark: str
    tone: str
    name: str
    facts: Sequence[str]
    payload: str


@dataclass(frozen=True, kw_only=True)
class Told:
    """
    Everything about one correlation id.

    `reservation` is as booking_svc tells it, empty if it is about something else; `silent` are the services that did
    not answer. `moving` is true while something is still going to happen by itself.
    """

    correlation_id: UUID
    reservation: Mapping[str, Any]
    runs: Sequence[Run]
    lines: Sequence[Line]
    coming: Sequence[Coming]
    silent: Sequence[str]

    @property
    def quiet_since(self) -> datetime | None:
        """Since when nothing has happened, if something still is to happen."""
        return self.lines[-1].at if self.lines and self.moving else None

    @property
    def moving(self) -> bool:
        return bool(self.coming) or any(run.wake_at for run in self.runs)


def tell(correlation_id: UUID) -> Told:
    """Return everything about a correlation id that the services tell within two seconds."""
    timelines = [Question(service=service, path=f"/timeline/{correlation_id}") for service in SERVICES]
    reservation = Question(
        service="booking", path="/reservations", params={"correlationId": str(correlation_id), "page_size": 1}
    )
    runs = Question(service="booking", path=f"/sagas/{correlation_id}")
    answers = operations().together([*timelines, reservation, runs])
    of_services, (found, sagas) = answers[: len(SERVICES)], answers[len(SERVICES) :]
    rows = [row for each in of_services if each.is_good for row in each.body]
    story = Story(
        reservation=found.body[0] if found.is_good and found.body else {},
        entries=merged([entry(row) for row in rows]),
        sagas=sagas.body if sagas.is_good else [],
        silent=[each.question.service for each in of_services if not each.is_good],
    )
    return Told(
        correlation_id=correlation_id,
        reservation=story.reservation,
        runs=[Run.model_validate(run) for run in story.sagas],
        lines=lines(story.entries),
        coming=to_come(story),
        silent=story.silent,
    )


def lines(entries: Sequence[Entry]) -> list[Line]:
    """Return a line for each entry, which are in order."""
    numbered = any(each.detail.get("part", 1) > 1 for each in entries)
    found = []
    for before, each in zip((None, *entries), entries, strict=False):
        idle = (each.at - before.at).total_seconds() if before else 0.0
        found.append(
            Line(
                at=each.at,
                offset=(each.at - entries[0].at).total_seconds(),
                idle=idle if idle > IDLE_SECONDS else None,
                service=each.service,
                kind=each.kind,
                mark="mail" if each.kind == "act" and each.service == "notification" else each.kind,
                tone=_tone(each),
                name=each.name,
                facts=list(_facts(each, numbered=numbered)),
                payload=simplejson.dumps(dict(each.detail), use_decimal=True, indent=2, ensure_ascii=False),
            )
        )
    return found


def _tone(each: Entry) -> str:
    if each.detail.get("outcome") in _BAD_OUTCOMES or each.name in {"PaymentFailed", "ReservationFailed"}:
        return "bad"
    return "undo" if each.name in _UNDOES else _TONES.get(each.kind, "calm")


def _facts(each: Entry, *, numbered: bool) -> Iterator[str]:
    """What a reader asks next: which seats, how much, how it ended, when it left, who did it and why."""
    detail = each.detail
    if each.kind == "heard":
        yield str(detail.get("by", "")).replace("_", " ")
        return
    yield from map(str, detail.get("seats", ()))
    if "seatNumber" in detail:
        yield str(detail["seatNumber"])
    for name in ("amount", "price"):
        if isinstance(detail.get(name), int) or hasattr(detail.get(name), "as_tuple"):
            yield f"{detail[name]:,} {detail.get('currency', '')}".strip()
            break
    if numbered and "part" in detail:
        yield f"payment {detail['part']}"
    if "outcome" in detail:
        yield str(detail["outcome"])
    if detail.get("reason"):
        yield str(detail["reason"]).replace("_", " ")
    yield from map(str, detail.get("set", ()))
    if "by" in detail:
        yield f"by {detail['by']}"
    if each.kind == "event":
        out = each.published_at
        yield "not published yet" if out is None else f"out after {(out - each.at).total_seconds():.2f} s"

"""Events: those that happen now, filtered by name and correlation id, and the catalogue of all there are."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import simplejson
from flask import abort, make_response, render_template, request
from werkzeug.wrappers import Response

from common import codec
from gateway.pages.errors import Away
from gateway.pages.operator import catalogue
from gateway.pages.operator.api import operations
from gateway.pages.operator.gate import console_blueprint

blueprint = console_blueprint("ops-events", __name__)

#: What of an event is shown in its line, by field and in the words before it.
_SHOWN = {
    "seatNumber": "seat ",
    "reason": "",
    "authId": "",
    "amount": "",
    "refundAmount": "",
    "flightNumber": "flight ",
}


@dataclass(frozen=True, kw_only=True)
class Happened:
    """An event as a line shows it."""

    event_id: str
    name: str
    version: int
    at: datetime
    correlation_id: str
    body: Mapping[str, Any]

    @property
    def about(self) -> str:
        """What it is about, in few words."""
        return ", ".join(f"{words}{self.body[name]}" for name, words in _SHOWN.items() if self.body.get(name))

    @property
    def locator(self) -> str | None:
        found = self.body.get("locator")
        return str(found) if found else None

    @property
    def text(self) -> str:
        return simplejson.dumps(self.body, use_decimal=True, indent=2, ensure_ascii=False)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which events somebody wants to see; `problem` if that cannot be."""

    name: str
    correlation: str
    problem: str | None = None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The latest of them, newest first; `silent` are those who should have been asked and do not answer."""

    events: Sequence[Happened]
    since: datetime | None = None
    silent: Sequence[str] = field(default_factory=list)


@blueprint.get("/ops/events")
def live() -> Response:
    """Show what happens, as it happens; all that is known of one correlation id, from the services' own tables."""
    asked = _asked()
    seen = Seen(events=[]) if asked.problem else _told(asked) if asked.correlation else _heard(asked)
    return make_response(
        render_template("ops/events.html", asked=asked, seen=seen, names=catalogue.live_names()),
        422 if asked.problem else 200,
    )


@blueprint.get("/ops/events/list")
def latest() -> Response:
    """Return the lines of the latest events, for a page that is open and takes those that it does not have."""
    asked = _asked()
    if asked.problem:
        abort(422)
    seen = _heard(asked)
    if seen.silent and asked.correlation:
        seen = _told(asked)
    return make_response(render_template("ops/event_lines.html", seen=seen))


@blueprint.get("/ops/events/catalogue")
def everything() -> Response:
    """Show every event and command there is."""
    return make_response(render_template("ops/catalogue.html", contracts=catalogue.contracts()))


@blueprint.get("/ops/events/catalogue/<channel>/<routing>")
def one(channel: str, routing: str) -> Response:
    """Show one contract: what it means, its fields, an example."""
    found = catalogue.details(f"{channel}/{routing}")
    if found is None:
        abort(404)
    versions = [each for each in catalogue.contracts() if each.name == found.contract.name]
    return make_response(render_template("ops/contract.html", found=found, versions=versions))


def _asked() -> Asked:
    name, typed = request.args.get("name", "").strip(), request.args.get("correlation", "").strip().lower()
    problem = None
    if typed:
        try:
            typed = str(uuid.UUID(typed))
        except ValueError:
            problem = "A correlation id is a UUID, as every answer's X-Request-Id and every event has it."
    if name and name not in {each.name for each in catalogue.contracts()}:
        problem = "There is no event of this name. The catalogue has all of them."
    return Asked(name=name, correlation=typed, problem=problem)


def _heard(asked: Asked) -> Seen:
    """Return what the stream process has heard and still knows."""
    try:
        told = operations().get("stream", "/recent", name=asked.name, correlation=asked.correlation)
    except Away:
        return Seen(events=[], silent=["gateway-stream"])
    found = [
        Happened(
            event_id=str(body["eventId"]),
            name=str(body["type"]),
            version=int(body["version"]),
            at=datetime.fromisoformat(body["occurredAt"]),
            correlation_id=str(body["correlationId"]),
            body=body,
        )
        for body in told["events"]
        if body.get("occurredAt") and body.get("eventId")
    ]
    # Services are heard in any order; what happened has one.
    found.sort(key=lambda each: each.at, reverse=True)
    return Seen(events=found, since=datetime.fromisoformat(told["since"]))


def _told(asked: Asked) -> Seen:
    """Return what the services have published for one correlation id, by their own tables."""
    answers = operations().of_all(f"/timeline/{asked.correlation}")
    found = []
    for answer in answers.values():
        for entry in answer.body if answer.is_good else ():
            body = {key: value for key, value in entry["detail"].items() if key != "publishedAt"}
            if entry["kind"] == "event" and asked.name in ("", entry["name"]):
                found.append(_of_timeline(entry, body, asked.correlation))
    found.sort(key=lambda each: each.at, reverse=True)
    return Seen(events=found, silent=[f"{name}_svc" for name, answer in answers.items() if not answer.is_good])


def _of_timeline(entry: Mapping[str, Any], body: Mapping[str, Any], correlation: str) -> Happened:
    at = datetime.fromisoformat(entry["at"])
    return Happened(
        # Of one with personal data a timeline shows what it is about, and not its id.
        event_id=str(body.get("eventId") or f"{entry['name']}-{codec.utc_text(at)}"),
        name=entry["name"],
        version=int(body.get("version", 1)),
        at=at,
        correlation_id=correlation,
        body=body,
    )

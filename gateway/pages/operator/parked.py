"""Parked messages of all services: looked at, edited, tried, redriven, dropped, each by the services' own endpoints."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import simplejson
from flask import abort, flash, make_response, redirect, render_template, request
from pydantic import Field
from werkzeug.wrappers import Response

from common import codec
from common.contracts.subscriptions import SERVICES
from gateway.pages.errors import Refused
from gateway.pages.operator.acting import reason_of
from gateway.pages.operator.api import operations
from gateway.pages.operator.gate import console_blueprint
from gateway.pages.shapes import Shape

blueprint = console_blueprint("ops-parked", __name__)

STATES = {"parked": "Parked", "redriven": "Redriven", "dropped": "Dropped", "all": "All"}
KINDS = {"": "Events and commands", "event": "Events", "command": "Commands"}
#: So many of each service are shown.
_COUNT = 50
_LONGEST_BODY = 500_000


class Parked(Shape):
    """A message that waits for somebody to decide, or did."""

    message_id: int
    queue: str
    kind: str
    name: str
    wire_id: str | None
    state: str
    error: str
    deliveries: int
    parked_at: datetime
    last_at: datetime | None
    closed_at: datetime | None


class Deed(Shape):
    """Something that was done about a parked message; `before` is what an edited one said."""

    at: datetime
    act: str
    by: str
    reason: str
    error: str | None = None
    before: str | None = None


class WholeMessage(Parked):
    """A parked message with what it says, what came with it, and what was done about it."""

    content_type: str
    encoding: str
    body: Any
    headers: dict[str, Any]
    history: list[Deed]

    @property
    def text(self) -> str:
        """What it says as people read and edit it, with every digit of its numbers."""
        return self.body if isinstance(self.body, str) else _pretty(self.body)

    @property
    def digest(self) -> str:
        """What tells this body from any other."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    @property
    def correlation_id(self) -> str | None:
        found = self.body.get("correlationId") if isinstance(self.body, dict) else None
        return str(found) if found else None

    @property
    def deaths(self) -> list[dict[str, Any]]:
        """The broker's own history of it."""
        return list(self.headers.get("x-death") or [])


class Outcome(Shape):
    """What became of a redrive, or would."""

    message: str | None = None
    error: str | None = None
    handlers: list[dict[str, str]] = Field(default_factory=list)
    sent_to: str | None = Field(None, alias="sentTo")
    state: str


@blueprint.get("/ops/parked")
def listing() -> Response:
    """Show the parked messages of all services, newest first."""
    state = request.args.get("state", "parked")
    kind, service = request.args.get("kind", ""), request.args.get("service", "")
    if state not in STATES or kind not in KINDS or service not in ("", *SERVICES):
        abort(404)
    answers = operations().of_all("/parked", state=state, kind=kind, count=_COUNT)
    wanted = {name: answer for name, answer in answers.items() if service in ("", name)}
    found = [
        (name, Parked.model_validate(row)) for name, answer in wanted.items() if answer.is_good for row in answer.body
    ]
    found.sort(key=lambda each: each[1].parked_at, reverse=True)
    return make_response(
        render_template(
            "ops/parked.html",
            found=found,
            silent=[name for name, answer in wanted.items() if not answer.is_good],
            asked={"state": state, "kind": kind, "service": service},
            states=STATES,
            kinds=KINDS,
            services=SERVICES,
            count=_COUNT,
        )
    )


@blueprint.get("/ops/parked/<service>/<int:number>")
def show(service: str, number: int) -> Response:
    """Show one parked message with its payload, error and history."""
    return _page(service, _find(service, number))


@blueprint.post("/ops/parked/<service>/<int:number>")
def act(service: str, number: int) -> Response:
    """Edit it, try what a redrive would do, redrive it, or drop it."""
    deeds = {"edit": _edit, "try": _try, "redrive": _redrive, "drop": _drop}
    deed = deeds.get(request.form.get("act", ""))
    if deed is None:
        abort(400)
    return deed(service, _find(service, number))


def _edit(service: str, message: WholeMessage) -> Response:
    typed = request.form.get("body", "").replace("\r\n", "\n")
    reason = reason_of(request.form)
    problems = dict(reason.problems)
    if request.form.get("seen") != message.digest:
        problems["body"] = "Somebody else has changed it since you looked. What it says now is above; yours is below."
    body, wrong = _json_object(typed)
    if wrong:
        problems["body"] = wrong
    if problems:
        return _page(service, message, problems=problems, typed=typed, opened="edit", status=422)
    try:
        operations().act("PATCH", service, _path(message), {"body": body, "reason": reason.text})
    except Refused as refusal:
        return _page(service, message, problems={"body": refusal.detail}, typed=typed, opened="edit", status=409)
    flash("It says the new thing. Try it before you redrive it.", "good")
    return _back(service, message)


def _try(service: str, message: WholeMessage) -> Response:
    try:
        told = operations().act("POST", service, f"{_path(message)}/redrive", {"dryRun": True, **_to()})
    except Refused as refusal:
        told = {"error": refusal.detail, "state": message.state}
    return _page(service, message, tried=Outcome.model_validate(told))


def _redrive(service: str, message: WholeMessage) -> Response:
    reason = reason_of(request.form)
    if reason.problems:
        return _page(service, message, problems=reason.problems, opened="redrive", status=422)
    try:
        told = operations().act("POST", service, f"{_path(message)}/redrive", {"reason": reason.text, **_to()})
    except Refused as refusal:
        # It may have changed: its history has the new error.
        flash(refusal.detail, "bad")
        return _back(service, message)
    outcome = Outcome.model_validate(told)
    if outcome.sent_to:
        flash(f"{message.name} was sent to {outcome.sent_to} again.", "good")
    elif outcome.state == "parked":
        flash(f"{message.name} was applied, and stays parked for its other handlers.", "info")
    else:
        flash(f"{message.name} was redriven: {_done(outcome)}.", "good")
    return _back(service, message)


def _drop(service: str, message: WholeMessage) -> Response:
    reason = reason_of(request.form)
    if reason.problems:
        return _page(service, message, problems=reason.problems, opened="drop", status=422)
    try:
        operations().act("DELETE", service, _path(message), {"reason": reason.text})
    except Refused as refusal:
        flash(refusal.detail, "bad")
        return _back(service, message)
    flash(f"{message.name} is dropped. It stays readable for 90 days.", "good")
    return _back(service, message)


def _find(service: str, number: int) -> WholeMessage:
    if service not in SERVICES:
        abort(404)
    return WholeMessage.model_validate(operations().get(service, f"/parked/{number}"))


def _page(
    service: str,
    message: WholeMessage,
    *,
    problems: Mapping[str, str] | None = None,
    typed: str | None = None,
    opened: str = "",
    tried: Outcome | None = None,
    status: int = 200,
) -> Response:
    shown = render_template(
        "ops/parked_message.html",
        service=service,
        message=message,
        problems=problems or {},
        typed=message.text if typed is None else typed,
        reason=request.form.get("reason", ""),
        to=request.form.get("to", ""),
        opened=opened,
        tried=tried,
    )
    return make_response(shown, status)


def _back(service: str, message: WholeMessage) -> Response:
    return redirect(f"/ops/parked/{service}/{message.message_id}", 303)


def _path(message: WholeMessage) -> str:
    return f"/parked/{message.message_id}"


def _to() -> dict[str, str]:
    to = request.form.get("to", "").strip()
    return {"to": to} if to else {}


def _json_object(text: str) -> tuple[dict[str, Any], str | None]:
    """Return what was typed, and what is wrong with it."""
    if len(text) > _LONGEST_BODY:
        return {}, f"At most {_LONGEST_BODY:,} characters."
    try:
        told = codec.loads(text)
    except ValueError as error:
        return {}, f"That is not JSON: {error}. Nothing was changed."
    if not isinstance(told, dict):
        return {}, "A message is a JSON object, in braces. Nothing was changed."
    return told, None


def _pretty(body: Any) -> str:
    return simplejson.dumps(body, use_decimal=True, indent=2, ensure_ascii=False)


def _done(outcome: Outcome) -> str:
    return ", ".join(f"{each['handler']} {each['outcome']}" for each in outcome.handlers) or "nothing was left to do"

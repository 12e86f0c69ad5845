"""Runs of sagas: a list with filters, one run with all that happened for it, and what a person may do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import abort, flash, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from gateway.pages.errors import Refused
from gateway.pages.operator import parts, stories
from gateway.pages.operator.acting import reason_of
from gateway.pages.operator.api import Question, operations
from gateway.pages.operator.gate import console_blueprint
from gateway.pages.operator.shapes import Run
from gateway.settings import settings

blueprint = console_blueprint("ops-sagas", __name__)

#: The filters of GET /sagas in the order in which an operator asks, with what they are called.
FILTERS = {
    "": "All",
    "stuck": "Stuck",
    "running": "Running",
    "rewinding": "Rewinding",
    "completing": "Completing",
    "failed": "Failed",
    "finished": "Finished",
}
# Those that are few, whose number is told.
_COUNTED = ("stuck", "running", "rewinding", "completing")
_A_PAGE = 25
#: What may be done to a run: the endpoint below it, and what is said afterwards.
_ACTS = {
    "retry": ("retries", "Its steps were sent again."),
    "rewind": ("rewinds", "It is on its way back: what it did is being undone."),
}


@blueprint.get("/ops/sagas")
def listing() -> Response:
    """Show the newest runs, of one state or of all."""
    return make_response(render_template("ops/sagas.html", listed=parts.part("ops/runs.html", **_listed())))


@blueprint.get("/ops/sagas/list")
def listed_again() -> Response:
    """Return the part of the list that changes, for a page that is open."""
    return parts.answer("ops/runs.html", **_listed())


@blueprint.get("/ops/sagas/<int:run_id>")
def show(run_id: int) -> Response:
    """Show a run."""
    shown = _told(run_id)
    return make_response(render_template("ops/saga.html", **shown, story=parts.part("ops/story.html", **shown)))


@blueprint.get("/ops/sagas/<int:run_id>/story")
def story(run_id: int) -> Response:
    """Return the part of a run's page that changes, for a page that is open."""
    return parts.answer("ops/story.html", **_told(run_id))


@blueprint.get("/ops/correlations/<uuid:correlation_id>")
def correlation(correlation_id: UUID) -> Response:
    """Show everything that happened for a correlation id: on its run's page, if it has exactly one."""
    told = stories.tell(correlation_id)
    if len(told.runs) == 1:
        return redirect(f"/ops/sagas/{told.runs[0].run_id}", 303)
    shown = {"told": told, "run": None, "flower": _flower()}
    return make_response(render_template("ops/saga.html", **shown, story=parts.part("ops/story.html", **shown)))


@blueprint.get("/ops/correlations/<uuid:correlation_id>/story")
def correlation_again(correlation_id: UUID) -> Response:
    """Return the part of a correlation id's page that changes, for a page that is open."""
    return parts.answer("ops/story.html", told=stories.tell(correlation_id), run=None, flower=_flower())


@blueprint.get("/ops/sagas/<int:run_id>/<act>")
def ask(run_id: int, act: str) -> Response:
    """Say what would be done to a run, and ask for a reason."""
    return _form(run_id, act)


@blueprint.post("/ops/sagas/<int:run_id>/<act>")
def do(run_id: int, act: str) -> Response:
    """Do it; what the saga's leader refuses is told in its own words."""
    if act not in _ACTS:
        abort(404)
    reason = reason_of(request.form)
    if reason.problems:
        return _form(run_id, act, reason.problems, 422)
    endpoint, words = _ACTS[act]
    try:
        operations().act("POST", "booking", f"/sagas/runs/{run_id}/{endpoint}", {"reason": reason.text})
    except Refused as refusal:
        if refusal.status not in {404, 409, 422}:
            raise
        flash(refusal.detail, "bad")
    else:
        flash(words, "good")
    return redirect(f"/ops/sagas/{run_id}", 303)


def _listed() -> dict[str, Any]:
    state = request.args.get("state", "")
    if state not in FILTERS:
        state = ""
    page = request.args.get("page", 1, type=int)
    rows, where = operations().page("booking", "/sagas", state=state, page=max(page, 1), page_size=_A_PAGE)
    counts = operations().together(
        [Question(service="booking", path="/sagas", params={"state": each, "page_size": 1}) for each in _COUNTED]
    )
    return {
        "runs": [Run.model_validate(row) for row in rows],
        "state": state,
        "filters": FILTERS,
        "page": where.get("page", 1),
        "pages": where.get("total_pages", 1),
        "total": where.get("total", 0),
        "counts": {each: answer.total for each, answer in zip(_COUNTED, counts, strict=True)},
    }


def _told(run_id: int) -> dict[str, Any]:
    run = _run(run_id)
    return {"told": stories.tell(run.correlation_id), "run": run, "flower": _flower()}


def _run(run_id: int) -> Run:
    return Run.model_validate(operations().get("booking", f"/sagas/runs/{run_id}"))


def _flower() -> str | None:
    return settings().flower_url


def _form(run_id: int, act: str, problems: Mapping[str, str] | None = None, status: int = 200) -> Response:
    if act not in _ACTS:
        abort(404)
    return make_response(
        render_template(
            "ops/saga_act.html",
            run=_run(run_id),
            act=act,
            typed=request.form.get("reason", ""),
            problems=problems or {},
        ),
        status,
    )

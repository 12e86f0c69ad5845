"""How the system is: a part each, with what is wrong and what to do; whatever is down, the page comes."""

from __future__ import annotations

from typing import Any

from flask import make_response, render_template
from werkzeug.wrappers import Response

from common.contracts.subscriptions import SERVICES
from gateway.pages.operator import checkup, navigation, parts
from gateway.pages.operator.api import Question, operations
from gateway.pages.operator.gate import console_blueprint
from gateway.routes import STREAM

blueprint = console_blueprint("ops-health", __name__)


@blueprint.get("/ops")
def show() -> Response:
    """Show how everything is."""
    return make_response(render_template("ops/health.html", state=parts.part("ops/state.html", **_examined())))


@blueprint.get("/ops/state")
def state() -> Response:
    """Return the part that changes, for a page that is open."""
    return parts.answer("ops/state.html", **_examined())


def _examined() -> dict[str, Any]:
    every = (*SERVICES, STREAM)
    questions = [
        *(Question(service=service, path="/readyz") for service in every),
        *(Question(service=service, path="/statements/messages", params={"limit": 1}) for service in SERVICES),
        Question(service="booking", path="/sagas", params={"state": "stuck", "page_size": 1}),
        Question(service="auditor", path="/report", params={"limit": 1}),
    ]
    said = operations().together(questions)
    ready, messages, (stuck, report) = said[: len(every)], said[len(every) : -2], said[-2:]
    answers = checkup.Answers(
        ready=dict(zip(every, ready, strict=True)),
        messages=dict(zip(SERVICES, messages, strict=True)),
        stuck=stuck,
        report=report,
    )
    found = checkup.examine(answers)
    return {
        "parts": found,
        "verdict": checkup.verdict(found),
        "rows": checkup.rows(answers),
        "pages": {link.path for link in navigation.shown()},
    }

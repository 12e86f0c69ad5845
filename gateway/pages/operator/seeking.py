"""The search box: a locator, a number, a correlation id or an address, and each leads to its page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from gateway.pages.errors import Refused
from gateway.pages.operator.api import Question, operations
from gateway.pages.operator.gate import console_blueprint
from gateway.pages.operator.shapes import Run

blueprint = console_blueprint("ops-seeking", __name__)

_LOCATOR = re.compile(r"[A-HJ-NP-Z2-9]{6}")
_NUMBER = re.compile(r"#?([0-9]{1,18})")
_MOST = 50

Found = Mapping[str, Any]


@blueprint.get("/ops/search")
def seek() -> Response:
    """Go to what was meant, or show what may have been."""
    sought = " ".join(request.args.get("q", "").split())[:320]
    correlation_id = _correlation_id(sought)
    if correlation_id:
        return redirect(f"/ops/correlations/{correlation_id}", 303)
    reservations: list[Found] = []
    runs: list[Run] = []
    if "@" in sought:
        reservations = operations().get("booking", "/reservations", email=sought, page_size=_MOST)
    elif number := _NUMBER.fullmatch(sought):
        reservations, runs = _numbered(int(number[1]))
    # A locator may have digits only.
    if _LOCATOR.fullmatch(sought.upper()) and not reservations and not runs:
        reservations = _located(sought.upper())
    if len(reservations) + len(runs) == 1:
        return redirect(
            f"/ops/sagas/{runs[0].run_id}" if runs else f"/ops/correlations/{reservations[0]['correlationId']}", 303
        )
    return make_response(
        render_template("ops/search.html", sought=sought, reservations=reservations, runs=runs, most=_MOST)
    )


def _numbered(number: int) -> tuple[list[Found], list[Run]]:
    """The reservation and the run of this number, which have nothing else to do with each other."""
    reservation, run = operations().together(
        [
            Question(service="booking", path="/reservations", params={"reservationId": number, "page_size": 1}),
            Question(service="booking", path=f"/sagas/runs/{number}"),
        ]
    )
    reservations = list(reservation.body) if reservation.is_good else []
    runs = [Run.model_validate(run.body)] if run.is_good else []
    if reservations and runs and str(runs[0].correlation_id) == reservations[0]["correlationId"]:
        return [], runs
    return reservations, runs


def _located(locator: str) -> list[Found]:
    try:
        return [operations().get("booking", f"/reservations/{locator}")]
    except Refused as refusal:
        if refusal.status != 404:
            raise
        return []


def _correlation_id(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) >= 32 else None
    except ValueError:
        return None

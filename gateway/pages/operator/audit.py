"""The auditor's report, with what to do about each finding; and who did what by an operator's right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import abort, make_response, render_template, request
from werkzeug.wrappers import Response

from common.contracts.subscriptions import SERVICES
from gateway.pages.operator.api import operations
from gateway.pages.operator.gate import console_blueprint
from gateway.pages.shapes import Shape

blueprint = console_blueprint("ops-audit", __name__)

#: What to do about a finding, by the rule that it is against; docs/how-to/read-the-audit.md says more.
ADVICE = {
    "seats": "Look at its timeline. The table was written by hand, or it is a defect: keep the databases.",
    "price": "Compare with the provider's books. Never confirm or cancel by SQL.",
    "leftover": "A void or refund that waits for the bank resolves itself; else retry its saga.",
    "deadline": "Open the stuck saga, and retry or rewind it.",
    "news": "The status was changed without an event, or the event waits: see unpublished.",
    "undecided": "The bank is away. It is asked again with the same key, without end.",
    "provider": "A restore lost payments, or somebody wrote by hand: keep both ledgers, settle each at the provider.",
    "unpublished": "The relay or the broker is down: see how the system is.",
    "unheard": "A consumer is down or behind; else replay the event to it.",
    "parked": "Somebody has to decide: open the parked messages.",
    "silent": "The service is down: see how the system is.",
}
_PLACES = {
    "deadline": ("/ops/sagas?state=stuck", "Stuck sagas"),
    "leftover": ("/ops/sagas?state=stuck", "Stuck sagas"),
    "parked": ("/ops/parked", "Parked messages"),
    "unpublished": ("/ops", "Health"),
    "unheard": ("/ops", "Health"),
    "silent": ("/ops", "Health"),
}
_COUNT = 100
_RESERVATION = re.compile(r"reservation (\d+)")


class Rule(Shape):
    """Something that must be so, and how often it is not."""

    rule: str
    promise: str
    open: int


class Reading(Shape):
    """A book that the auditor reads, and when it came to its end last."""

    book: str
    entries: int
    ended_at: datetime | None
    age_seconds: float | None


class Finding(Shape):
    """Something that is not as a rule says."""

    rule: str
    subject: str
    detail: dict[str, Any]
    first_seen_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None

    @property
    def search(self) -> str | None:
        """What finds its reservation, if it is about one."""
        found = _RESERVATION.fullmatch(self.subject)
        return found[1] if found else None

    @property
    def words(self) -> str:
        return ", ".join(f"{name} {value}" for name, value in self.detail.items())


class Report(Shape):
    """What the auditor has to say."""

    rules: list[Rule]
    readings: list[Reading]
    findings: list[Finding]

    @property
    def open(self) -> int:
        return sum(rule.open for rule in self.rules)

    @property
    def last_round(self) -> datetime | None:
        """When the slowest book came to its end; None while one never did."""
        ends = [reading.ended_at for reading in self.readings]
        return min((end for end in ends if end), default=None) if all(ends) else None


class Entry(Shape):
    """Something that was done by a right that travellers do not have."""

    id: int
    at: datetime
    actor: str
    role: str
    act: str
    subject: str
    reason: str | None
    correlation_id: str
    detail: dict[str, Any]


@blueprint.get("/ops/audit")
def report() -> Response:
    """Show what does not agree between the services, and what to do about it."""
    resolved = request.args.get("resolved") == "yes"
    told = operations().get("auditor", "/report", resolved="true" if resolved else "false", limit=_COUNT)
    return make_response(
        render_template(
            "ops/audit.html",
            report=Report.model_validate(told),
            resolved=resolved,
            advice=ADVICE,
            leads=_PLACES,
            count=_COUNT,
        )
    )


@blueprint.get("/ops/audit/log")
def log() -> Response:
    """Show who did what in all services, newest first; of one subject if the query names it."""
    service, subject = request.args.get("service", ""), request.args.get("subject", "").strip()
    if service not in ("", *SERVICES):
        abort(404)
    answers = operations().of_all("/audit", subject=subject[:120], count=_COUNT)
    wanted = {name: answer for name, answer in answers.items() if service in ("", name)}
    found = _entries({name: answer.body for name, answer in wanted.items() if answer.is_good})
    return make_response(
        render_template(
            "ops/audit_log.html",
            found=found[:_COUNT],
            silent=[name for name, answer in wanted.items() if not answer.is_good],
            services=SERVICES,
            asked={"service": service, "subject": subject},
        )
    )


def _entries(told: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[tuple[str, Entry]]:
    found = [(name, Entry.model_validate(row)) for name, rows in told.items() for row in rows]
    return sorted(found, key=lambda each: each[1].at, reverse=True)

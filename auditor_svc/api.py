"""Endpoints of auditor_svc: parse, call one function, present."""

from typing import Any

from flask.views import MethodView
from prometheus_client import CollectorRegistry, Gauge

from auditor_svc import schemas
from auditor_svc.domain import Rule
from auditor_svc.models import database
from auditor_svc.service import findings
from common.api import ServiceBlueprint
from common.auth import for_operators

blueprint = ServiceBlueprint("auditor", __name__, description="What does not agree between the services")


@blueprint.route("/report")
class Report(MethodView):
    @for_operators
    @blueprint.arguments(schemas.FindingFilterSchema, location="query")
    @blueprint.response(200, schemas.ReportSchema)
    def get(self, query: dict[str, Any]) -> Any:
        """Show every rule with what was found against it, and when each book was read last (operators)"""
        counted = database.read(findings.count_open)
        return {
            "rules": [{"rule": rule, "promise": rule.promise, "open": counted[rule]} for rule in Rule],
            "readings": database.read(findings.readings),
            "findings": database.read(findings.listing, also_resolved=query["resolved"], count=query["limit"]),
        }


def add_metrics(registry: CollectorRegistry) -> None:
    """Add open findings and the age of the last rounds to what Prometheus is told."""
    opened = Gauge("aerosaga_audit_findings", "Open findings of the auditor", ["rule"], registry=registry)
    for rule, count in database.read(findings.count_open).items():
        opened.labels(rule=rule).set(count)
    age = Gauge("aerosaga_audit_age_seconds", "Since a book was read to its end", ["book"], registry=registry)
    for reading in database.read(findings.readings):
        if reading["age_seconds"] is not None:
            age.labels(book=reading["book"]).set(reading["age_seconds"])

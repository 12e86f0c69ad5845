"""Endpoints of flight_svc: parse, call one function, present."""

from datetime import date
from typing import Any

from flask import abort, g
from flask.views import MethodView
from flask_smorest.pagination import PaginationParameters

from common import audit
from common.api import ServiceBlueprint
from common.auth import caller, for_operators
from flight_svc import schemas
from flight_svc.domain.times import duration_minutes
from flight_svc.models import Departure, database
from flight_svc.service import disrupting, finding, scheduling

blueprint = ServiceBlueprint("flight", __name__, description="Departures and the schedule")


@blueprint.route("/departures")
class Departures(MethodView):
    @blueprint.arguments(schemas.SearchSchema, location="query")
    @blueprint.response(200, schemas.DepartureSchema(many=True))
    @blueprint.paginate(page_size=20)
    def get(self, query: dict[str, Any], pagination_parameters: PaginationParameters) -> Any:
        """Find the departures of a day between two airports, earliest first"""
        found, pagination_parameters.item_count = database.read(
            finding.search,
            first=pagination_parameters.first_item,
            count=pagination_parameters.page_size,
            **query,
        )
        return _shown(found)


@blueprint.route("/departures/<int:departure_id>")
class DepartureById(MethodView):
    @blueprint.response(200, schemas.DepartureSchema)
    def get(self, departure_id: int) -> Any:
        """Show a departure"""
        return _shown([database.read(finding.find, departure_id=departure_id)])[0]


@blueprint.route("/departures/<int:departure_id>/delays")
class Delays(MethodView):
    @for_operators
    @blueprint.arguments(schemas.DelaySchema)
    @blueprint.response(200, schemas.DepartureSchema)
    @blueprint.alt_response(409, description="The departure is cancelled")
    def post(self, body: dict[str, Any], departure_id: int) -> Any:
        """Delay a departure, or correct its delay (operators); the same delay again changes nothing"""
        by = caller()
        delayed = database.write(
            disrupting.delay,
            departure_id=departure_id,
            by=by,
            correlation_id=g.correlation_id,
            **body,
        )
        return _shown([delayed])[0]


@blueprint.route("/departures/<int:departure_id>/cancellation")
class Cancellation(MethodView):
    @for_operators
    @blueprint.arguments(schemas.CancellationSchema)
    @blueprint.response(200, schemas.DepartureSchema)
    def post(self, body: dict[str, Any], departure_id: int) -> Any:
        """Cancel a departure for good (operators): every reservation on it is cancelled, its money given back"""
        by = caller()
        cancelled = database.write(
            disrupting.cancel,
            departure_id=departure_id,
            by=by,
            correlation_id=g.correlation_id,
            **body,
        )
        return _shown([cancelled])[0]


@blueprint.route("/schedule/<day>")
class Schedule(MethodView):
    @for_operators
    @blueprint.arguments(schemas.ScheduleRowSchema(many=True))
    @blueprint.response(200, schemas.ScheduleResultSchema)
    def put(self, rows: list[dict[str, Any]], day: str) -> Any:
        """Put a local date's departures on sale (operators); what is on sale already stays as it is"""
        try:
            local_date = date.fromisoformat(day)
        except ValueError:
            abort(404, "A date looks like 2026-12-01.")
        put = audit.acted(
            scheduling.schedule,
            by=caller(),
            act="put schedule",
            subject=f"schedule of {local_date}",
            correlation_id=g.correlation_id,
        )
        return database.write(put, day=local_date, rows=rows, correlation_id=g.correlation_id)


def _shown(found: list[Departure]) -> list[Departure]:
    names = database.read(finding.airline_names)
    for departure in found:
        departure.airline_name = names.get(departure.flight.airline, departure.flight.airline)  # type: ignore[attr-defined]
        departure.duration_minutes = duration_minutes(  # type: ignore[attr-defined]
            departs_at=departure.departs_at, arrives_at=departure.arrives_at
        )
    return found

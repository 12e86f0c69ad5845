"""Operators' endpoints of a service that leads sagas: its runs, and what may be done to them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask.views import MethodView
from flask_smorest.pagination import PaginationParameters
from marshmallow import fields, validate

from common.api import ServiceBlueprint
from common.auth import caller, for_operators
from common.db import Database
from common.fields import Moment, Schema, Text, Whole
from common.saga import operating
from common.saga.runs import runs
from common.saga.steps import Saga

_STATES = ["running", "completing", "rewinding", "finished", "rewound"]


class RunFilterSchema(Schema):
    state = fields.String(validate=validate.OneOf([*_STATES, operating.STUCK, operating.FAILED]))


class ReasonSchema(Schema):
    reason = Text(longest=200, required=True, metadata={"description": "why; kept in the audit log"})


class StepSchema(Schema):
    does = fields.String()
    undoes = fields.String(allow_none=True)
    times = fields.Integer(metadata={"description": "how many commands of this step run side by side"})
    tasks = fields.List(
        fields.String(), metadata={"description": "ids of its tasks as the run was sent last; empty if it sends none"}
    )


class RunSchema(Schema):
    run_id = Whole(attribute="id")
    saga = fields.String()
    subject_id = Whole(metadata={"description": "key of what it is about: a reservation's reservationId"})
    correlation_id = fields.UUID()
    state = fields.String(metadata={"enum": _STATES})
    stuck = fields.Boolean(metadata={"description": "out of time or sent again and again, and not at an end"})
    reason = fields.String(allow_none=True)
    attempts = fields.Integer()
    began_at = Moment()
    deadline = Moment()
    wake_at = Moment(allow_none=True)
    ended_at = Moment(allow_none=True)
    steps = fields.List(fields.Nested(StepSchema))


def saga_blueprint(service: str, *, database: Database, sagas: Mapping[str, Saga]) -> ServiceBlueprint:
    """Return the endpoints under /sagas of the `service` that leads these `sagas`."""
    blueprint = ServiceBlueprint("sagas", __name__, description=f"Runs of the sagas {service}_svc leads (operators)")

    def shown(run: Mapping[str, Any]) -> dict[str, Any]:
        saga, payload = sagas[run["saga"]], run["payload"]
        back = run["state"] in {"rewinding", "rewound"}
        tasks = saga.tasks(run_id=run["id"], attempt=run["attempts"], payload=payload, back=back)
        steps = [
            {"does": step.does, "undoes": step.undoes, "times": step.times(payload), "tasks": ids}
            for step, ids in zip(saga.steps, tasks, strict=True)
        ]
        return {**run, "steps": steps}

    @blueprint.route("/sagas")
    class Runs(MethodView):
        @for_operators
        @blueprint.arguments(RunFilterSchema, location="query")
        @blueprint.response(200, RunSchema(many=True))
        @blueprint.paginate()
        def get(self, filters: dict[str, Any], pagination_parameters: PaginationParameters) -> Any:
            """List saga runs, newest first: all, those of one state, the stuck or the failed ones (operators)"""
            rows, pagination_parameters.item_count = database.read(
                operating.listing,
                state=filters.get("state"),
                first=pagination_parameters.first_item,
                count=pagination_parameters.page_size,
            )
            return [shown(row) for row in rows]

    @blueprint.route("/sagas/<uuid:correlation_id>")
    class RunsOfRequest(MethodView):
        @for_operators
        @blueprint.response(200, RunSchema(many=True))
        def get(self, correlation_id: UUID) -> Any:
            """Show the saga runs of one correlation id, with the steps of their sagas (operators)"""
            return [shown(run) for run in database.read(runs, correlation_id=correlation_id)]

    @blueprint.route("/sagas/runs/<int:run_id>")
    class Run(MethodView):
        @for_operators
        @blueprint.response(200, RunSchema)
        def get(self, run_id: int) -> Any:
            """Show a saga run (operators)"""
            return shown(database.read(operating.find, run_id=run_id))

    @blueprint.route("/sagas/runs/<int:run_id>/retries")
    class Retries(MethodView):
        @for_operators
        @blueprint.arguments(ReasonSchema)
        @blueprint.response(202, RunSchema)
        @blueprint.alt_response(409, description="It has ended, or waits for an event")
        def post(self, body: dict[str, Any], run_id: int) -> Any:
            """Send the steps of a run again now, ahead or back, whichever way it is on (operators)"""
            order = database.write(operating.retry, run_id=run_id, sagas=sagas, by=caller(), **body)
            order.send(sagas)
            return shown(database.read(operating.find, run_id=run_id))

    @blueprint.route("/sagas/runs/<int:run_id>/rewinds")
    class Rewinds(MethodView):
        @for_operators
        @blueprint.arguments(ReasonSchema)
        @blueprint.response(202, RunSchema)
        @blueprint.alt_response(409, description="It has ended, is on its way back, or has no way back")
        def post(self, body: dict[str, Any], run_id: int) -> Any:
            """Turn a run round: undo what it did and fail its reservation (operators)"""
            order = database.write(operating.rewind, run_id=run_id, sagas=sagas, by=caller(), **body)
            order.send(sagas)
            return shown(database.read(operating.find, run_id=run_id))

    return blueprint

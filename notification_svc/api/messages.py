"""Endpoints of what is written to travellers: parse, call one function, present."""

from typing import Any

from flask import g
from flask.views import MethodView

from common.api import ServiceBlueprint
from common.auth import caller, for_operators
from common.idempotency import HEADER, once
from notification_svc.models import database
from notification_svc.schemas import messages as schemas
from notification_svc.service import logbook

blueprint = ServiceBlueprint("notification", __name__, description="What was written to travellers")


@blueprint.route("/messages")
class Messages(MethodView):
    @for_operators
    @blueprint.arguments(schemas.MessageFilterSchema, location="query")
    @blueprint.response(200, schemas.MessageSchema(many=True))
    def get(self, query: dict[str, Any]) -> Any:
        """List what was written about a reservation, oldest first (operators)"""
        return database.read(logbook.of_reservation, locator=query["reservation"])


@blueprint.route("/messages/<name>/redeliveries")
class Redeliveries(MethodView):
    @for_operators
    @blueprint.doc(parameters=[HEADER])
    @blueprint.response(202, schemas.MessageSchema)
    @blueprint.alt_response(409, description="It is still on its way, or what it said is forgotten")
    def post(self, name: str) -> Any:
        """Send a message once more (operators)"""
        return once(
            database,
            logbook.redeliver,
            present=lambda message: (schemas.MessageSchema().dump(message), 202, {}),
            name=name,
            by=caller(),
            correlation_id=g.correlation_id,
        )

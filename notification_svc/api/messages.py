"""Endpoints of what is written to travellers: parse, call one function, present."""

from typing import Any

from flask.views import MethodView

from common.api import ServiceBlueprint
from common.auth import for_operators
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

"""Endpoints of airline_svc: parse, call one function, present."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import g
from flask.views import MethodView
from flask_smorest.pagination import PaginationParameters

from airline_svc import schemas, service
from airline_svc.models import database
from common import audit
from common.api import ServiceBlueprint
from common.auth import caller, for_operators

T = TypeVar("T")

blueprint = ServiceBlueprint("airline", __name__, description="Airlines and airports")


@blueprint.route("/airlines")
class Airlines(MethodView):
    @blueprint.response(200, schemas.AirlineSchema(many=True))
    @blueprint.paginate()
    def get(self, pagination_parameters: PaginationParameters) -> Any:
        """List the airlines by code"""
        rows, pagination_parameters.item_count = database.read(
            service.airlines, first=pagination_parameters.first_item, count=pagination_parameters.page_size
        )
        return rows

    @for_operators
    @blueprint.arguments(schemas.AirlineSchema(many=True))
    @blueprint.response(200, schemas.PutResultSchema)
    def put(self, rows: list[dict[str, Any]]) -> Any:
        """Make airlines be as told (operators); the same again changes nothing"""
        put = _noted(service.put_airlines, "airlines", len(rows))
        return database.write(put, rows=rows, correlation_id=g.correlation_id)


@blueprint.route("/airlines/<code>")
class AirlineByCode(MethodView):
    @blueprint.response(200, schemas.AirlineSchema)
    def get(self, code: str) -> Any:
        """Show an airline"""
        return database.read(service.airline, code=code)


@blueprint.route("/airports")
class Airports(MethodView):
    @blueprint.arguments(schemas.AirportQuerySchema, location="query")
    @blueprint.response(200, schemas.AirportSchema(many=True))
    @blueprint.paginate()
    def get(self, query: dict[str, Any], pagination_parameters: PaginationParameters) -> Any:
        """Find airports by how their code, city or name begins"""
        rows, pagination_parameters.item_count = database.read(
            service.airports,
            text=query.get("q"),
            first=pagination_parameters.first_item,
            count=pagination_parameters.page_size,
        )
        return rows

    @for_operators
    @blueprint.arguments(schemas.AirportSchema(many=True))
    @blueprint.response(200, schemas.PutResultSchema)
    def put(self, rows: list[dict[str, Any]]) -> Any:
        """Make airports be as told (operators); the same again changes nothing"""
        return database.write(_noted(service.put_airports, "airports", len(rows)), rows=rows)


@blueprint.route("/airports/<code>")
class AirportByCode(MethodView):
    @blueprint.response(200, schemas.AirportSchema)
    def get(self, code: str) -> Any:
        """Show an airport"""
        return database.read(service.airport, code=code)


def _noted(use_case: Callable[..., T], what: str, count: int) -> Callable[..., T]:
    return audit.acted(
        use_case, by=caller(), act=f"put {what}", subject=f"{count} {what}", correlation_id=g.correlation_id
    )

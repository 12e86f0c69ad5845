"""Endpoints of fare_svc: parse, call one function, present."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import flask
from flask import g
from flask.views import MethodView
from flask_smorest.pagination import PaginationParameters

from common import audit
from common.api import ServiceBlueprint
from common.auth import caller, for_operators
from common.config import settings
from common.signatures import KeyRing, PrivateKey
from fare_svc import schemas
from fare_svc.domain.itineraries import Connecting
from fare_svc.models import database
from fare_svc.service import fares, offering

T = TypeVar("T")

blueprint = ServiceBlueprint("fare", __name__, description="Fares, seasons, rules and offers")


@blueprint.route("/offers")
class Offers(MethodView):
    @blueprint.arguments(schemas.OfferQuerySchema, location="query")
    @blueprint.response(200, schemas.OfferSchema(many=True))
    @blueprint.paginate(page_size=20)
    def get(self, query: dict[str, Any], pagination_parameters: PaginationParameters) -> Any:
        """
        Find priced itineraries, direct or by one or two connections, each an offer that can be bought as it is

        Of the journeys of a day the 200 shortest are priced, with a return the 40 shortest each way.
        """
        limits = settings()
        found, pagination_parameters.item_count = database.read(
            offering.offers,
            first=pagination_parameters.first_item,
            count=pagination_parameters.page_size,
            currency=limits.currency,
            connecting=Connecting(
                least=timedelta(minutes=limits.min_connection_minutes),
                most=timedelta(minutes=limits.max_connection_minutes),
            ),
            valid=timedelta(seconds=limits.offer_seconds),
            key=_key(),
            **query,
        )
        return found


@blueprint.route("/fares")
class Fares(MethodView):
    @blueprint.arguments(schemas.FareFilterSchema, location="query")
    @blueprint.response(200, schemas.FareSchema(many=True))
    @blueprint.paginate()
    def get(self, query: dict[str, Any], pagination_parameters: PaginationParameters) -> Any:
        """List fares by airline and route, the cheapest of a cabin first"""
        rows, pagination_parameters.item_count = database.read(
            fares.listing,
            wanted=query,
            first=pagination_parameters.first_item,
            count=pagination_parameters.page_size,
        )
        return rows

    @for_operators
    @blueprint.arguments(schemas.FareRowSchema(many=True))
    @blueprint.response(200, schemas.PutResultSchema)
    def put(self, rows: list[dict[str, Any]]) -> Any:
        """Make fares be as told (operators); the same again changes nothing, withdrawn ones stay withdrawn"""
        put = _noted(fares.put_fares, "put fares", f"{len(rows)} fares")
        return database.write(put, rows=rows, correlation_id=g.correlation_id)


@blueprint.route("/fares/<int:fare_id>")
class FareById(MethodView):
    @blueprint.response(200, schemas.FareSchema)
    def get(self, fare_id: int) -> Any:
        """Show a fare"""
        return database.read(fares.find, fare_id=fare_id)

    @for_operators
    @blueprint.response(204)
    def delete(self, fare_id: int) -> None:
        """Withdraw a fare (operators): it and offers of it can no longer be bought; doing it again changes nothing"""
        withdraw = _noted(fares.withdraw, "withdraw fare", f"fare {fare_id}")
        database.write(withdraw, fare_id=fare_id, correlation_id=g.correlation_id)


@blueprint.route("/seasons")
class Seasons(MethodView):
    @blueprint.response(200, schemas.StoredSeasonSchema(many=True))
    @blueprint.paginate()
    def get(self, pagination_parameters: PaginationParameters) -> Any:
        """List the seasons by when they start"""
        rows, pagination_parameters.item_count = database.read(
            fares.seasons, first=pagination_parameters.first_item, count=pagination_parameters.page_size
        )
        return rows

    @for_operators
    @blueprint.arguments(schemas.SeasonSchema(many=True))
    @blueprint.response(200, schemas.PutResultSchema)
    def put(self, rows: list[dict[str, Any]]) -> Any:
        """Make seasons be as told (operators); those that overlap multiply, and a factor of 1 ends one"""
        put = _noted(fares.put_seasons, "put seasons", f"{len(rows)} seasons")
        return database.write(put, rows=rows, correlation_id=g.correlation_id)


@blueprint.route("/rules")
class Rules(MethodView):
    @blueprint.response(200, schemas.StoredRuleSchema(many=True))
    @blueprint.paginate()
    def get(self, pagination_parameters: PaginationParameters) -> Any:
        """List the rules by code"""
        rows, pagination_parameters.item_count = database.read(
            fares.rules, first=pagination_parameters.first_item, count=pagination_parameters.page_size
        )
        return rows

    @for_operators
    @blueprint.arguments(schemas.RuleSchema(many=True))
    @blueprint.response(200, schemas.PutResultSchema)
    def put(self, rows: list[dict[str, Any]]) -> Any:
        """Make rules be as told (operators); fares that follow a changed one are told anew"""
        put = _noted(fares.put_rules, "put rules", f"{len(rows)} rules")
        return database.write(put, rows=rows, correlation_id=g.correlation_id)


@blueprint.route("/.well-known/offer-keys.json")
class PublicKeys(MethodView):
    @blueprint.response(200)
    def get(self) -> Any:
        """Publish the public keys that offers are signed with (RFC 7517), the present one first"""
        ring = KeyRing([_key().public, *KeyRing.of(settings().offer_public_keys)])
        return flask.jsonify(ring.to_jwks())


def _noted(use_case: Callable[..., T], act: str, subject: str) -> Callable[..., T]:
    return audit.acted(use_case, by=caller(), act=act, subject=subject, correlation_id=g.correlation_id)


def _key() -> PrivateKey:
    key = settings().offer_key
    if not key:
        raise LookupError("Offers cannot be signed: set AEROSAGA_OFFER_KEY to 64 random hexadecimal digits.")
    return PrivateKey(key)

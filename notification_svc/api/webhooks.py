"""Endpoints of webhooks: parse, call one function, present."""

from typing import Any

from flask import g, url_for
from flask.views import MethodView
from flask_smorest.pagination import PaginationParameters

from common.api import ServiceBlueprint
from common.auth import Role, Scope, allowed, caller
from common.config import settings
from common.idempotency import HEADER, once
from notification_svc.models import Delivery, Webhook, database
from notification_svc.schemas import webhooks as schemas
from notification_svc.service.webhooks import logbook, owning

blueprint = ServiceBlueprint("webhooks", __name__, description="Webhooks: what happens, told to your own URL")

#: Integrators are service accounts with a key for it, and agents; operators run the system.
for_integrators = allowed(Role.AGENT, Role.SERVICE, Role.OPERATOR, Role.ADMIN, scope=Scope.WEBHOOKS)


@blueprint.route("/webhooks")
class Webhooks(MethodView):
    @for_integrators
    @blueprint.arguments(schemas.WebhookRequestSchema)
    @blueprint.response(201, schemas.MadeWebhookSchema)
    @blueprint.doc(parameters=[HEADER])
    @blueprint.alt_response(409, description="You have as many webhooks as one may have")
    @blueprint.alt_response(422, description="Nothing is sent to such a URL, or an event is not one you may hear")
    def post(self, body: dict[str, Any]) -> Any:
        """Have events sent to a URL of yours; the answer alone shows the secret that they are signed with"""
        return once(
            database,
            owning.add_webhook,
            present=_made,
            secret=True,
            who=caller(),
            private=_private(),
            **body,
        )

    @for_integrators
    @blueprint.response(200, schemas.WebhookSchema(many=True))
    @blueprint.paginate()
    def get(self, pagination_parameters: PaginationParameters) -> Any:
        """List your webhooks, oldest first (operators: everybody's)"""
        rows, pagination_parameters.item_count = database.read(
            owning.list_webhooks,
            who=caller(),
            first=pagination_parameters.first_item,
            count=pagination_parameters.page_size,
        )
        return rows


@blueprint.route("/webhooks/<webhook_id>")
class WebhookById(MethodView):
    @for_integrators
    @blueprint.response(200, schemas.WebhookSchema)
    def get(self, webhook_id: str) -> Webhook:
        """Show a webhook, and whether and why it is switched off"""
        return database.read(owning.find_webhook, who=caller(), webhook_id=webhook_id)

    @for_integrators
    @blueprint.arguments(schemas.WebhookChangeSchema)
    @blueprint.response(200, schemas.WebhookSchema)
    def patch(self, body: dict[str, Any], webhook_id: str) -> Webhook:
        """Change a webhook; `enabled` switches it off, or on again"""
        return database.write(
            owning.change_webhook,
            who=caller(),
            webhook_id=webhook_id,
            correlation_id=g.correlation_id,
            changes=body,
            private=_private(),
        )

    @for_integrators
    @blueprint.response(204)
    def delete(self, webhook_id: str) -> None:
        """Remove a webhook and its deliveries"""
        database.write(owning.remove_webhook, who=caller(), webhook_id=webhook_id, correlation_id=g.correlation_id)


@blueprint.route("/webhooks/<webhook_id>/secret-rotations")
class SecretRotations(MethodView):
    @for_integrators
    @blueprint.response(201, schemas.MadeWebhookSchema)
    @blueprint.doc(parameters=[HEADER])
    def post(self, webhook_id: str) -> Any:
        """Make a new secret; for 24 hours deliveries are signed with the old one too"""
        return once(
            database,
            owning.rotate_secret,
            present=_made,
            secret=True,
            who=caller(),
            webhook_id=webhook_id,
            correlation_id=g.correlation_id,
        )


@blueprint.route("/webhooks/<webhook_id>/deliveries")
class Deliveries(MethodView):
    @for_integrators
    @blueprint.arguments(schemas.DeliveryFilterSchema, location="query")
    @blueprint.response(200, schemas.DeliverySchema(many=True))
    @blueprint.paginate()
    def get(self, filters: dict[str, Any], webhook_id: str, pagination_parameters: PaginationParameters) -> Any:
        """List deliveries of a webhook with every attempt, newest first"""
        rows, pagination_parameters.item_count = database.read(
            logbook.list_deliveries,
            who=caller(),
            webhook_id=webhook_id,
            state=filters.get("state"),
            first=pagination_parameters.first_item,
            count=pagination_parameters.page_size,
        )
        return rows


@blueprint.route("/webhooks/<webhook_id>/deliveries/<delivery_id>/redeliveries")
class Redeliveries(MethodView):
    @for_integrators
    @blueprint.response(202, schemas.DeliverySchema)
    @blueprint.alt_response(409, description="The webhook is switched off")
    def post(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Send a delivery now, once more if need be, with the same webhook-id"""
        return database.write(logbook.redeliver, who=caller(), webhook_id=webhook_id, delivery_id=delivery_id)


@blueprint.route("/webhooks/<webhook_id>/tests")
class Tests(MethodView):
    @for_integrators
    @blueprint.response(202, schemas.DeliverySchema)
    @blueprint.doc(parameters=[HEADER])
    @blueprint.alt_response(409, description="The webhook is switched off")
    def post(self, webhook_id: str) -> Any:
        """Send a WebhookPinged, once; see in the deliveries how it went"""
        return once(
            database,
            logbook.send_test,
            present=lambda delivery: (schemas.DeliverySchema().dump(delivery), 202, {}),
            who=caller(),
            webhook_id=webhook_id,
            correlation_id=g.correlation_id,
        )


def _made(made: tuple[Webhook, str]) -> tuple[Any, int, dict[str, str]]:
    webhook, secret = made
    place = url_for(".WebhookById", webhook_id=webhook.webhook_id)
    return {**schemas.WebhookSchema().dump(webhook), "secret": secret}, 201, {"Location": place}


def _private() -> bool:
    return settings().webhook_private_addresses == "allow"

"""What every service tells Prometheus: what waits in its outbox, what is parked, and what it has to tell besides."""

from collections.abc import Callable

from flask import Response
from flask.views import MethodView
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from common.api import ServiceBlueprint
from common.db import Database
from common.statements import messages

#: Adds what only one service has to tell.
Gauges = Callable[[CollectorRegistry], None]

_WAITING = {
    "unpublished": ("aerosaga_outbox_unpublished", "Events that are committed and not published yet"),
    "oldest_seconds": ("aerosaga_outbox_oldest_seconds", "For so long the oldest of them waits"),
    "parked": ("aerosaga_parked_messages", "Messages that wait for an operator"),
}


def metrics_blueprint(service: str, *, database: Database, more: Gauges | None = None) -> ServiceBlueprint:
    """Return the endpoint by which a service tells its metrics, those that `more` adds among them."""
    blueprint = ServiceBlueprint("metrics", __name__, description=f"Metrics of {service}_svc, for Prometheus")

    @blueprint.route("/metrics")
    class Metrics(MethodView):
        @blueprint.doc(responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}})
        def get(self) -> Response:
            """Show what waits here, for Prometheus"""
            registry = CollectorRegistry()
            for name, value in database.read(messages.waiting).items():
                Gauge(*_WAITING[name], registry=registry).set(value)
            if more:
                more(registry)
            return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return blueprint

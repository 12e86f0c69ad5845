"""Entry points of booking_svc: the web application, the worker's Celery app, the consumer."""

from flask import Flask

from booking_svc.api import blueprint
from booking_svc.consumers import HANDLERS
from booking_svc.models import database
from booking_svc.sagas import SAGAS
from booking_svc.service import statements
from common import log, probes
from common.consumer import EventConsumer
from common.contracts.statements import DepartureStatement, ReservationStatement
from common.saga.endpoints import saga_blueprint
from common.service import create_service
from common.statements.endpoints import kept_in
from common.worker import create_worker

celery = create_worker("booking")


def web() -> Flask:
    """Return the web application."""
    books = {
        ReservationStatement.BOOK: kept_in(database, statements.reservations),
        DepartureStatement.BOOK: kept_in(database, statements.departures),
    }
    return create_service(
        "booking",
        database=database,
        blueprints=[blueprint, saga_blueprint("booking", database=database, sagas=SAGAS)],
        handlers=HANDLERS,
        books=books,
        also_needs={"results": probes.results},
        searches=("/departures/<int:departure_id>/seats", "/availability"),
    )


if __name__ == "__main__":
    log.configure(service="booking", role="consumer")
    EventConsumer("booking", HANDLERS, database).run()

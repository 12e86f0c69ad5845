"""Entry points of payment_svc: the web application, the worker's Celery app, the consumer."""

from functools import partial

from flask import Flask

from common import log, probes
from common.consumer import EventConsumer
from common.contracts.statements import AuthorizationStatement, PaymentStatement, ProviderStatement
from common.service import create_service
from common.statements.endpoints import Book, kept_in
from common.worker import create_worker
from payment_svc.api import blueprint
from payment_svc.consumers import HANDLERS
from payment_svc.models import database
from payment_svc.service import statements
from payment_svc.tasks import bank

celery = create_worker("payment")


def web() -> Flask:
    """Return the web application."""
    books: dict[str, Book] = {
        PaymentStatement.BOOK: kept_in(database, statements.payments),
        ProviderStatement.BOOK: partial(statements.provider, database, bank()),
        AuthorizationStatement.BOOK: partial(statements.authorizations, database, bank()),
    }
    return create_service(
        "payment",
        database=database,
        blueprints=[blueprint],
        handlers=HANDLERS,
        books=books,
        also_needs={"results": probes.results},
    )


if __name__ == "__main__":
    log.configure(service="payment", role="consumer")
    EventConsumer("payment", HANDLERS, database).run()

"""The POST endpoints: each reads its body, names one act of the ledger and lets it be answered once."""

from functools import partial
from typing import Any

from flask import Blueprint, Response, request
from pydantic import BaseModel

from sandbox.bank import intake, ledger
from sandbox.bank.answers import Ask, Execute, answer_once
from sandbox.bank.database import Database
from sandbox.bank.schemas import AmountBody, AuthorizeBody, EmptyBody, InvoiceBody
from sandbox.bank.settings import BankSettings


def acts(database: Database, settings: BankSettings) -> Blueprint:
    """Return the endpoints that move money."""
    blueprint = Blueprint("acts", __name__)

    @blueprint.before_request
    def require_a_key() -> None:
        # Before the body is read: a client that forgot the key is told so first.
        intake.idempotency_key()

    def answer(body: BaseModel, execute: Execute, **ask: Any) -> Response:
        answered = answer_once(
            Ask(
                key=intake.idempotency_key(),
                fingerprint=intake.fingerprint(body),
                path=request.path,
                execute=execute,
                **ask,
            ),
            database=database,
            settings=settings,
        )
        kind = "application/json" if answered.status < 400 else "application/problem+json"
        response = Response(answered.body, status=answered.status, content_type=kind)
        if answered.replayed:
            response.headers["Idempotent-Replayed"] = "true"
        return response

    @blueprint.post("/authorizations")
    def authorize() -> Response:
        body = intake.body_as(AuthorizeBody)
        execute = partial(ledger.authorize, **body.model_dump(exclude={"kind"}))
        return answer(body, execute, act="authorize", token=body.token, success=201)

    @blueprint.post("/invoices")
    def invoice() -> Response:
        body = intake.body_as(InvoiceBody)
        return answer(body, partial(ledger.invoice, **body.model_dump()), act="invoice", success=201)

    @blueprint.post("/invoices/<identifier>/pay")
    def pay(identifier: str) -> Response:
        body = intake.body_as(EmptyBody)
        return answer(body, partial(ledger.pay, identifier=identifier), act="pay", authorization=identifier)

    @blueprint.post("/authorizations/<identifier>/capture")
    @blueprint.post("/invoices/<identifier>/capture")
    def capture(identifier: str) -> Response:
        body = intake.body_as(AmountBody)
        execute = partial(ledger.capture, identifier=identifier, amount_minor=body.amount_minor)
        return answer(body, execute, act="capture", authorization=identifier)

    @blueprint.post("/authorizations/<identifier>/void")
    @blueprint.post("/invoices/<identifier>/cancel")
    def void(identifier: str) -> Response:
        body = intake.body_as(EmptyBody)
        return answer(body, partial(ledger.void, identifier=identifier), act="void", authorization=identifier)

    @blueprint.post("/authorizations/<identifier>/refund")
    @blueprint.post("/invoices/<identifier>/refund")
    def refund(identifier: str) -> Response:
        body = intake.body_as(AmountBody)
        execute = partial(ledger.refund, identifier=identifier, amount_minor=body.amount_minor)
        return answer(body, execute, act="refund", authorization=identifier)

    return blueprint

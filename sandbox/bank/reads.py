"""The GET endpoints: what the bank is, what became of an authorization, and the whole ledger."""

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, jsonify, request

from sandbox.bank import ledger
from sandbox.bank.answers import no_such_authorization
from sandbox.bank.database import Database
from sandbox.bank.problems import Problem
from sandbox.bank.schemas import present
from sandbox.bank.tokens import TOKENS

#: The longest page of a list, and how many references may be asked about at once.
MOST, MOST_REFERENCES = 500, 100


def reads(database: Database) -> Blueprint:
    """Return the endpoints that change nothing."""
    blueprint = Blueprint("reads", __name__)

    @blueprint.get("/")
    def describe() -> Any:
        return {
            "name": "Aerosaga sandbox bank",
            "purpose": "A payment provider with play money. It takes tokens, never card numbers.",
            "acts": ["authorize", "capture", "void", "refund", "invoice", "pay"],
            "ledger": "/ledger",
            "tokens": {name: token.meaning for name, token in TOKENS.items()},
        }

    @blueprint.get("/healthz")
    def tell_health() -> Any:
        return {"status": "ok"}

    @blueprint.get("/authorizations")
    def list_authorizations() -> Any:
        now = datetime.now(UTC)
        references = [reference for reference in request.args.getlist("reference") if reference]
        if len(references) > MOST_REFERENCES:
            detail = f"Ask about {MOST_REFERENCES} references at most."
            raise Problem(400, code="too_many_references", detail=detail)
        with database.reading() as db:
            if references:
                return jsonify([present(found, now=now) for found in ledger.find_by_references(db, references)])
            page = ledger.page(db, after=_number("after", 0), limit=min(_number("limit", MOST), MOST))
        return jsonify([{"number": number, **present(found, now=now)} for number, found in page])

    @blueprint.get("/authorizations/<identifier>")
    def show_authorization(identifier: str) -> Any:
        return _find(database, identifier)

    @blueprint.get("/invoices/<identifier>")
    def show_invoice(identifier: str) -> Any:
        found = _find(database, identifier)
        if found["kind"] != "crypto":
            raise no_such_authorization()
        return found

    @blueprint.get("/ledger")
    def show_ledger() -> Any:
        with database.reading() as db:
            entries, found = ledger.entries(db), ledger.authorizations(db)
        now = datetime.now(UTC)
        return {
            "entries": entries,
            "authorizations": [present(authorization, now=now) for authorization in found],
        }

    return blueprint


def _number(name: str, otherwise: int) -> int:
    text = request.args.get(name, str(otherwise))
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Problem(400, code="not_a_number", detail=f"{name} is a whole number, such as 0.")
    return int(text)


def _find(database: Database, identifier: str) -> dict[str, Any]:
    try:
        with database.reading() as db:
            return present(ledger.find(db, identifier), now=datetime.now(UTC))
    except ledger.NoSuchAuthorization:
        raise no_such_authorization() from None

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
    def find_by_reference() -> Any:
        reference = request.args.get("reference")
        if not reference:
            detail = "Say which: GET /authorizations?reference=... (all of them are at GET /ledger)."
            raise Problem(400, code="reference_missing", detail=detail)
        with database.reading() as db:
            found = ledger.find_by_reference(db, reference)
        now = datetime.now(UTC)
        return jsonify([present(authorization, now=now) for authorization in found])

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


def _find(database: Database, identifier: str) -> dict[str, Any]:
    try:
        with database.reading() as db:
            return present(ledger.find(db, identifier), now=datetime.now(UTC))
    except ledger.NoSuchAuthorization:
        raise no_such_authorization() from None

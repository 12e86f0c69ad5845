"""Reads a request: refuses card numbers first, then checks the key and the body."""

import hashlib
import json
from typing import TypeVar
from urllib.parse import unquote

from flask import request
from pydantic import BaseModel, ValidationError

from common.cards import holds_card_number
from sandbox.bank.problems import Problem, invalid_body

_LONGEST_KEY = 255
_B = TypeVar("_B", bound=BaseModel)


def refuse_card_numbers() -> None:
    """
    Refuse a request that holds a card number anywhere, before anything of it is stored or logged.

    :raises Problem: 400 card_number
    """
    body = request.get_data(cache=True).decode("utf-8", errors="replace")
    url = unquote(request.full_path, errors="replace")
    if any(holds_card_number(text) for text in (body, url, request.headers.get("Idempotency-Key", ""))):
        raise Problem(
            400,
            code="card_number",
            detail="The request holds a card number. This bank takes tokens only; nothing was stored. "
            "Tokens are listed at GET /.",
        )


def idempotency_key() -> str:
    """
    Return the request's Idempotency-Key.

    :raises Problem: 400 if it is missing, longer than 255 characters or not printable ASCII
    """
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key:
        raise Problem(
            400,
            code="key_missing",
            detail="Every POST needs an Idempotency-Key header; store the key before the first ask, "
            "and repeat it to ask again.",
        )
    if len(key) > _LONGEST_KEY or not (key.isascii() and key.isprintable()):
        detail = f"An Idempotency-Key is 1 to {_LONGEST_KEY} printable ASCII characters."
        raise Problem(400, code="key_invalid", detail=detail)
    return key


def body_as(schema: type[_B]) -> _B:
    """
    Return the request's JSON body as `schema`; no body counts as an empty object.

    :raises Problem: 400 if it is not JSON or does not fit
    """
    try:
        return schema.model_validate_json(request.get_data(cache=True) or b"{}")
    except ValidationError as error:
        raise invalid_body(error) from None


def fingerprint(body: BaseModel) -> str:
    """Return a digest of what is asked: method, path and body, whatever the order and spacing of the JSON."""
    asked = [request.method, request.path, body.model_dump(mode="json")]
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

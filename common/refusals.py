"""Tells in an OpenAPI document which refusals an operation can have because of what it takes."""

from collections.abc import Iterable, Mapping
from copy import deepcopy
from http import HTTPStatus
from typing import Any

from apispec import BasePlugin

_BODY = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
_KEY = (HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY)


class Refusals(BasePlugin):
    """
    Adds to each operation the refusals nobody would write down at every endpoint.

    What an endpoint says of a status itself stays; refusals by rules of its own it names itself, and need not repeat
    that their `content` is a problem document.
    """

    def __init__(self, content: Mapping[str, Any]) -> None:
        self._content = content

    def operation_helper(self, path: str | None = None, operations: dict[str, Any] | None = None, **_: Any) -> None:
        """Add responses to the operations of a path."""
        for operation in (operations or {}).values():
            responses = operation.setdefault("responses", {})
            known = {str(status) for status in responses}
            for status in _refusals(path or "", operation):
                if str(status.value) not in known:
                    responses[status.value] = status.name
            for status, response in responses.items():
                if isinstance(response, dict) and str(status).isdigit() and int(status) >= 400:
                    response.setdefault("content", deepcopy(self._content))


def _refusals(path: str, operation: dict[str, Any]) -> Iterable[HTTPStatus]:
    if "requestBody" in operation:
        yield from _BODY
    if any(
        isinstance(each, dict) and each.get("name") == "Idempotency-Key" for each in operation.get("parameters", [])
    ):
        yield from _KEY
    if "{" in path:
        yield HTTPStatus.NOT_FOUND
    if "security" in operation:
        yield HTTPStatus.UNAUTHORIZED
    # The database, or whatever else it needs, can be away for a moment.
    yield HTTPStatus.SERVICE_UNAVAILABLE

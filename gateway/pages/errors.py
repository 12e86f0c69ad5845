"""What can go wrong between a page and the API."""

from __future__ import annotations

from typing import Any

from common.errors import AerosagaError, TransientError


class Refused(AerosagaError):
    """Raised when the API refuses: `status`, `code` and `detail` are its problem document's, `extra` all the rest."""

    def __init__(self, *, status: int, code: str, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.extra = extra


class Away(TransientError):
    """Raised when a service does not answer, or says that it cannot just now."""


class Lapsed(AerosagaError):
    """Raised when a booking that was begun is no longer known to this browser."""


class Forged(AerosagaError):
    """Raised when a form was not sent by a page of ours, or by one that is too old."""


class TooMuch(AerosagaError):
    """Raised when something is more than a cookie holds."""

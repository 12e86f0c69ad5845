"""
The one tree of errors.

AerosagaError
+ DomainError          a rule said no; never a bug, never retried
  + NotLoggedIn 401    who calls is not known, or the token is not good
  + NotFound    404    there is no such thing, or it is not yours
  + Conflict    409    true a moment ago, or for somebody else
  + Rejected    422    understood, and refused
  + NotAllowed  403    the caller lacks the right
  + TooOften    429    the same again and again, as one does who guesses
+ TransientError 503   try again: a lock, the broker, a partner that did not answer
  + Overloaded         more is asked for than can be done in time
"""

from typing import Any


class AerosagaError(Exception):
    """Raised for everything this project refuses or cannot do."""


class DomainError(AerosagaError):
    """
    Raised when a rule of the business says no.

    `code` is the stable, machine-readable name of the refusal; `extra` travels in the problem document.
    """

    status = 422
    code = "refused"

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class NotLoggedIn(DomainError):
    """Raised when an act needs somebody who has logged in, and the request does not show who that is."""

    status = 401
    code = "not_logged_in"


class NotFound(DomainError):
    """Raised when a thing does not exist, or must look as if it did not."""

    status = 404
    code = "not_found"


class Conflict(DomainError):
    """Raised when the present state of a thing does not allow the act."""

    status = 409
    code = "conflict"


class Rejected(DomainError):
    """Raised when input is well-formed and still cannot be accepted."""

    status = 422
    code = "rejected"


class NotAllowed(DomainError):
    """Raised when the caller has not shown the right to do this."""

    status = 403
    code = "not_allowed"


class TooOften(DomainError):
    """Raised when something was tried more often than is allowed; it may be tried again after `retry_after` seconds."""

    status = 429
    code = "too_often"

    def __init__(self, detail: str, *, retry_after: int, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.retry_after = retry_after


class TransientError(AerosagaError):
    """Raised when the same act may succeed a little later."""


class Overloaded(TransientError):
    """Raised when more is asked for than can be done in time; it may be asked for again after `retry_after` seconds."""

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry_after = retry_after

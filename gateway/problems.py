"""The problem documents with which the door itself refuses, the same text from nginx and in the embedded way."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A refusal; `retry_after` is in seconds, None where trying again would not help."""

    status: int
    code: str
    detail: str
    retry_after: int | None = None
    #: For 401, as RFC 9110 asks.
    challenge: str | None = None

    def document(self, instance: str) -> str:
        """Return the problem document (RFC 9457) as one line of JSON; `instance` must need no escaping."""
        return json.dumps(
            {
                "type": f"/problems/{self.code}",
                "title": HTTPStatus(self.status).phrase,
                "status": self.status,
                "detail": self.detail,
                "instance": instance,
                "code": self.code,
            },
            separators=(",", ":"),
        )


MALFORMED = Problem(
    status=400,
    code="malformed",
    detail="This is not HTTP as it should be: a header, the path or the length of the body is not well-formed.",
)
NOT_VERIFIED = Problem(
    status=401,
    code="not_authenticated",
    detail="What Authorization holds is not valid, or no longer. Log in again, or leave the header out.",
    challenge='Bearer error="invalid_token"',
)
NOT_FOUND = Problem(status=404, code="not_found", detail="There is nothing at this path; /docs lists what there is.")
METHOD = Problem(status=405, code="method_not_allowed", detail="No path here takes this method.")
SLOW_CLIENT = Problem(status=408, code="too_slow", detail="The request did not arrive in time.")
TOO_LARGE = Problem(status=413, code="too_large", detail="A body may have at most 2 MiB.")
LONG_URL = Problem(status=414, code="too_large", detail="The URL is too long: a request line may have 4,000 bytes.")
TOO_MANY = Problem(
    status=429,
    code="too_many_requests",
    detail="These were too many requests in a short time from one address. Wait as long as Retry-After says, then try "
    "again, with the same Idempotency-Key.",
    retry_after=2,
)
LARGE_HEADERS = Problem(
    status=431, code="too_large", detail="The headers are too large: each may have 4,000 bytes, all of them 16,000."
)
UNVERIFIABLE = Problem(
    status=503,
    code="try_again",
    detail="Credentials cannot be verified just now. Try again; without Authorization, public paths answer.",
    retry_after=2,
)
AWAY = Problem(
    status=503,
    code="try_again",
    detail="The service behind this path is away for a moment, or asked for more than it can answer in time. Wait as "
    "long as Retry-After says, then try again, with the same Idempotency-Key.",
    retry_after=2,
)
SLOW_SERVICE = Problem(
    status=504,
    code="no_answer_in_time",
    detail="The service behind this path did not answer in time. It may still do what was asked: look before you "
    "try again, or repeat with the same Idempotency-Key.",
)

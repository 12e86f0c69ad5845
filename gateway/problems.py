"""The problem documents with which the door itself refuses, the same text from nginx and in the embedded way."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from http import HTTPStatus

# What is said to people, by status: a title, and what to do now.
_SAID = {
    400: ("That request was not readable", "Go back and try again."),
    401: ("Please log in", "This page is only for somebody who is logged in."),
    403: ("This is not yours to open", "Your account does not have the right to see this."),
    404: ("There is nothing here", "The address may be mistyped, or what was here is gone."),
    405: ("That does not work here", "Go back and use the buttons of the page."),
    409: ("That is no longer possible", "Something has changed in the meantime."),
    408: ("That took too long", "What you sent did not arrive in time. Try again."),
    413: ("That was too much", "What you sent is larger than what is taken here."),
    422: ("That was not accepted", "Go back and check what you entered."),
    429: ("A moment, please", "There were too many tries from here. Wait a little, then try again."),
    500: ("This was our mistake", "It was written down. Try again; nothing was lost."),
    503: ("We are back in a moment", "A part of the system does not answer just now. Nothing was lost: try again."),
    504: ("No answer came in time", "It may have been done all the same: look at your trips before you try again."),
}
# Its own, because the stylesheets come from what does not answer just now.
_STYLE = (
    ":root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}"
    "main{max-width:32rem;margin:18vh auto 0;padding:0 1.25rem}h1{margin:0;font-size:1.6rem;line-height:1.25}"
    "a{color:LinkText;margin-right:1rem}small{opacity:.7}"
)
#: What a browser may load for `Problem.page`: that style, known by its digest, and nothing else.
PAGE_POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def to_people(status: int) -> tuple[str, str]:
    """Return what is said to a person of an HTTP status: a title, and what to do now."""
    return _SAID.get(status, _SAID[500 if status >= 500 else 400])


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

    def page(self) -> str:
        """Return the refusal as a page for a person, which needs nothing else to be there: see PAGE_POLICY."""
        title, advice = to_people(self.status)
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{title} · Aerosaga</title><style>{_STYLE}</style></head>"
            f"<body><main><h1>{title}</h1><p>{advice}</p>"
            '<p><a href="">Try again</a><a href="/trips">My trips</a></p>'
            f"<p><small>Error {self.status}</small></p></main></body></html>"
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
    detail="These were too many requests in a short time from one address, or with one credential. Wait as long as "
    "Retry-After says, then try again, with the same Idempotency-Key.",
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

"""What the door lets through and what it adds, the same for nginx and for the embedded way."""

from __future__ import annotations

from common import failures

#: The largest body, in bytes, as the services have it: a day's schedule of a big airport is some 300 kB.
MAX_BODY_BYTES = 2 * 1024 * 1024
#: The longest request line and the longest header, in bytes. Below gunicorn's 4,094 for a request line, so that the
#: door refuses what a service could only refuse with a page of HTML.
MAX_LINE_BYTES = 4000
#: How long, in seconds, the door believes what auth_svc said of a credential: so long a revoked one still works.
VERDICT_SECONDS = 5
#: How long, in seconds, a service may take to take a connection, and to answer.
CONNECT_SECONDS = 2
ANSWER_SECONDS = 60
#: How long, in seconds, a door that stops goes on answering what it has let in: as long as the webs behind it do.
STOP_SECONDS = 30
#: How long, in seconds, an idle connection to a service is kept; less than gunicorn's 15, or it would now and then be
#: closed at the moment of its reuse.
KEEP_ALIVE_SECONDS = 10

#: What of a client's own headers reaches a service, besides Authorization when it was verified. A list of what may pass
#: rather than of what may not: whatever a service comes to believe in a header, a stranger cannot send it.
PASSED_HEADERS = (
    "Accept",
    "Accept-Language",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    "User-Agent",
)

#: What of a browser's headers reaches our own pages besides, and no service: who is logged in there is in the cookie.
PAGE_HEADERS = ("Accept-Encoding", "Cookie", "HX-Request", "Origin", "Sec-Fetch-Site")

#: Where steps may be made to fail, what asks for it.
SWITCH_HEADERS = (failures.HEADER,)

#: The header of auth_svc's verdict: what to send on as Authorization.
VERIFIED_HEADER = "X-Aerosaga-Authorization"

#: On every answer of the door.
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
#: Nothing that is no page of the door's own may run or load anything.
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
#: Swagger UI: our own files only. It sets styles on elements, and its icons are data: URLs.
REFERENCE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
#: Our pages: files of this host and nothing else; no script or style within a page, no frame, forms to us only.
PAGES_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
#: Sent over TLS only: a browser that has seen it never again asks without.
STRICT_TRANSPORT = "max-age=31536000"

#: A raw path in which two readers could see two different places: dots and slashes in disguise, doubled slashes, dots
#: as segments. Honest clients send none of them.
DEVIOUS_PATH = r"^(?=/)[^?]*(//|\\|/\.\.?(/|\?|$)|%2e|%2f|%5c|%00)"
#: What of a raw path may be repeated in a problem document without a thought of quoting.
PLAIN_PATH = r"^(/[A-Za-z0-9/_.~%:@,;=+-]{0,200})(\?|$)"

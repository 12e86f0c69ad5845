"""What every page says of itself: what a browser may load for it, and that nobody keeps it."""

from __future__ import annotations

from flask import Response

from gateway import rules


def finish(response: Response) -> Response:
    """Add them to a response."""
    response.headers["Content-Security-Policy"] = rules.PAGES_POLICY
    # What is on a page is somebody's: no cache keeps it, and going back asks again how things are now.
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["Vary"] = "Cookie, HX-Request, Accept-Encoding"
    return response

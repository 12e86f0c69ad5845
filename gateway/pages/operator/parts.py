"""Parts of pages that ask again how things are: sent only when something has changed, so that nothing jumps."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from flask import Response, make_response, render_template, request

# Stands in a part for the digest of all the rest of it.
_PLACE = "@seen@"
# Ages go on by themselves in the browser; a part that only grew older has not changed.
_AGES = re.compile(r'(data-(?:since|until)="[^"]*">)[^<]*')


def part(template: str, **shown: Any) -> str:
    """Return a part of a page; its template puts `{{ seen }}` into the address that it asks again."""
    text = render_template(template, **shown, seen=_PLACE)
    return text.replace(_PLACE, _digest(text))


def answer(template: str, **shown: Any) -> Response:
    """Answer who has an older form of a part: with the part, or with 204 if it is the same."""
    text = part(template, **shown)
    if f"seen={request.args.get('seen')}" in text:
        return make_response("", 204)
    return make_response(text)


def _digest(text: str) -> str:
    return hashlib.sha256(_AGES.sub(r"\1", text).encode()).hexdigest()[:16]

"""What an operator must say before something is done: the reason, and that it is meant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: As long as the services take a reason.
LONGEST_REASON = 200


@dataclass(frozen=True, kw_only=True)
class Reason:
    """Why an operator wants something done, in the `text` of their form, and what is missing in it by field."""

    text: str
    problems: Mapping[str, str] = field(default_factory=dict)


def reason_of(form: Mapping[str, str], *, longest: int = LONGEST_REASON) -> Reason:
    """Return why something is to be done, and what is wrong with a form that does not say so, or not for sure."""
    text, problems = form.get("reason", "").strip(), {}
    if not text:
        problems["reason"] = "Say why: it is kept in the audit log."
    elif len(text) > longest:
        problems["reason"] = f"Say it in at most {longest} characters."
    if form.get("sure") != "yes":
        problems["sure"] = "Tick the box if you mean it."
    return Reason(text=text, problems=problems)

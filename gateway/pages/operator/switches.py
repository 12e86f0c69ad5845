"""Failure switches, where they are on: what can be made to fail, and how."""

from __future__ import annotations

from flask import make_response, render_template
from werkzeug.wrappers import Response

from gateway.pages.operator.api import operations
from gateway.pages.operator.gate import console_blueprint
from gateway.pages.shapes import Shape
from gateway.pages.traveller.sandbox import TEST_TOKENS

blueprint = console_blueprint("ops-switches", __name__)

#: What happens to a step; docs/how-to/failure-switches.md says more.
BEHAVIOURS = {
    "fail": "It refuses, and nothing is done. Ahead, the saga turns back; past the pivot it is sent again.",
    "slow": "It begins so much later: 3 s unless said, 30 s at most.",
    "repeat": "It is carried out twice.",
    "lose-answer": "It is carried out and nobody hears of it; it is sent again.",
    "stuck": "It is taken up and never done, until an operator retries or rewinds its saga.",
}
#: Of a bank's tokens those that fail later than travellers are offered to try.
LATER_TOKENS = {
    "tok_error_after_success": "is taken, but the first answer is an error",
    "tok_capture_timeout_after_success": "the answer to the capture gets lost",
    "tok_void_timeout_after_success": "the answer to the void gets lost",
    "tok_refund_timeout_after_success": "the answer to the refund gets lost",
    "tok_refund_slow": "is given back after three seconds",
    "tok_refund_fails_twice": "is given back at the third try",
    "tok_expires_at_once": "is taken, and expires before it is captured: the seats are lost again",
}


class Struck(Shape):
    """A step that can be made to fail, and how."""

    saga: str
    step: str
    behaviours: list[str]


class Seat(Shape):
    """A seat whose booking makes a step fail."""

    seat_number: str
    switches: str


class Switches(Shape):
    """What can be made to fail here."""

    on: bool
    header: str
    steps: list[Struck]
    seats: list[Seat]


@blueprint.get("/ops/switches")
def show() -> Response:
    """Show what can be made to fail."""
    return make_response(
        render_template(
            "ops/switches.html",
            switches=Switches.model_validate(operations().get("booking", "/failure-switches")),
            behaviours=BEHAVIOURS,
            tokens=TEST_TOKENS | LATER_TOKENS,
        )
    )

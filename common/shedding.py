"""Load shedding: a request that has waited too long for a thread is refused at once, and searches before all else."""

import threading
from collections.abc import Callable, Collection

from flask import request

from common.errors import Overloaded

# A web that is well has a thread free. A request that has waited so long meets more than can be answered in time: to
# refuse it costs a thousandth of a second, and those behind it are answered in time again.
SEARCH_SECONDS = 0.5
# Whoever pays, or wants to see or cancel what they have, is refused only after what a person would still wait.
OTHER_SECONDS = 4.0
RETRY_SECONDS = 2
# Who asks these wants to know how it is, also when it is not well.
_ALWAYS = frozenset({"/healthz", "/readyz", "/metrics"})

_current = threading.local()


def note_wait(seconds: float) -> None:
    """Remember how long the request that this thread takes up has waited for it."""
    _current.seconds = seconds


def shedder(searches: Collection[str]) -> Callable[[], None]:
    """
    Return what looks at a request before anything is done for it; `searches` are rules of routes that give way first.

    :raises Overloaded: (the returned function) if the request has waited too long
    """
    first = frozenset(searches)

    def shed() -> None:
        waited = getattr(_current, "seconds", 0.0)
        # A thread takes up one request after the other, so what was noted counts once.
        _current.seconds = 0.0
        rule = str(request.url_rule)
        if rule in _ALWAYS or waited <= (SEARCH_SECONDS if rule in first else OTHER_SECONDS):
            return
        raise Overloaded(
            f"More is asked of this service than it can answer in time: this request has waited {waited:.1f} s. Wait "
            "as long as Retry-After says, then try again, with the same Idempotency-Key.",
            retry_after=RETRY_SECONDS,
        )

    return shed

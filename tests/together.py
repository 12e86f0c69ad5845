"""Several things at once, as threads; what one raises, the test raises."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 30


def together(*acts: Callable[[], T]) -> list[T]:
    """Do all of `acts` at the same moment, each in a thread of its own, and return what each returned, in order."""
    start = threading.Barrier(len(acts))

    def begin(act: Callable[[], T]) -> T:
        start.wait(PATIENCE_SECONDS)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        begun = [pool.submit(begin, act) for act in acts]
        return [one.result(PATIENCE_SECONDS) for one in begun]

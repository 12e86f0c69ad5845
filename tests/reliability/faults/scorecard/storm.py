"""The database restarted every 5 to 40 s, down for 0 to 2 s, for as long as a block runs; and many hands at once."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from random import Random

from tests.reliability.faults.chapter import Story
from tests.reliability.faults.kinds.backing import wait_for
from tests.reliability.faults.system import System

HANDS = 8


@contextmanager
def storm(system: System, chance: Random) -> Iterator[list[float]]:
    """Restart MariaDB again and again; yield the seconds each restart took, down time included."""
    ended, restarts = threading.Event(), list[float]()

    def restart() -> None:
        while not ended.wait(chance.uniform(5.0, 40.0)):
            began = time.monotonic()
            system.stop("mariadb")
            time.sleep(chance.uniform(0.0, 2.0))
            system.start("mariadb")
            wait_for(system, "mariadb")
            restarts.append(time.monotonic() - began)

    thread = threading.Thread(target=restart, name="storm")
    thread.start()
    try:
        yield restarts
    finally:
        ended.set()
        thread.join()


def by_many(act: Callable[[int], object], numbers: Iterable[int], *, hands: int = HANDS) -> list[str]:
    """Do something for each number, some at once; return what went wrong, a sentence each."""

    def safely(number: int) -> str | None:
        try:
            act(number)
        except Exception as error:  # what one of thousands meets is a line of the figure
            return f"{number}: {type(error).__name__}: {error}"
        return None

    with ThreadPoolExecutor(hands) as pool:
        return [trouble for trouble in pool.map(safely, numbers) if trouble]


def at_rest(story: Story) -> list[str]:
    """Heal everything, wait for rest and judge; return what is wrong, a sentence each."""
    story.system.heal()
    missing = story.system.wait_until_up()
    moving, _ = story.come_to_rest(time.monotonic())
    _, violations, _ = story.judge()
    return [
        *(f"{name} is not up again" for name in missing),
        *(f"{count} still move in {place}" for place, count in moving.items()),
        *violations,
    ]

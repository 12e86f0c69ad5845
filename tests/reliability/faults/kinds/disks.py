"""A disk that is really full: no block is left, for the databases or for the broker, until there is room again."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.reliability.faults.kinds.backing import wait_for
from tests.reliability.faults.kinds.kind import Kind
from tests.reliability.faults.schedule import Pace, Strike
from tests.reliability.faults.system import System

# What a server gives up while it has no room (a log that it throws away) is taken from it again so often.
AGAIN_SECONDS = 0.25
#: What MariaDB and RabbitMQ say in their logs when there is no room: ENOSPC is error 28. RabbitMQ, which has taken
#: the room for its log before, may only see that no other is left.
NO_ROOM = re.compile(rb"error:? 28\b|enospc|No space left|Free disk space is insufficient", re.IGNORECASE)


@contextmanager
def _full(system: System, strike: Strike) -> Iterator[None]:
    """A server that dies of it is started again by its supervisor, and may die of it again until there is room."""
    with system.alone(strike.target):
        log = Path(system.state.log_dir) / f"{strike.target}.log"
        before = said(log)
        try:
            end = time.monotonic() + strike.lasts
            while time.monotonic() < end:
                system.disks.fill(strike.target)
                time.sleep(AGAIN_SECONDS)
        finally:
            system.disks.free(strike.target)
        if said(log) == before:
            raise LookupError(f"{strike.target} had no room for {strike.lasts:.0f} s, and never wanted any")
    yield
    wait_for(system, strike.target)


def said(log: Path) -> int:
    """Return how often a server's log says that there was no room."""
    return len(NO_ROOM.findall(log.read_bytes()))


KINDS = (
    Kind(
        name="disk-full",
        about="no block left on the disk of MariaDB or of RabbitMQ, for 10 to 20 s",
        deed=_full,
        pace=Pace(targets=("mariadb", "rabbitmq"), every=15.0, lasts=(10.0, 20.0)),
        floor=2,
        small_disks=True,
    ),
)

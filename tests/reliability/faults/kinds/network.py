"""Links that are cut, half-open, one-way, slow, sliced, reset, or lose the answer to a COMMIT."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from random import Random
from typing import Any

from tests.reliability.faults.kinds.kind import Deed, Kind
from tests.reliability.faults.links import Links
from tests.reliability.faults.schedule import Pace, Strike
from tests.reliability.faults.system import System

# The links of the services that carry a reservation, then those all share.
DATABASES = ("booking_database", "payment_database", "flight_database", "notification_database")
LINKS = (*DATABASES, "broker", "result", "bank", "booking", "payment", "auth")
ALL = "all links"


def links_of(system: System) -> Links:
    """Return the system's proxies; without them there is no network to be bad."""
    if system.links is None:
        raise LookupError("This system was started without proxies, so its links cannot be struck.")
    return system.links


def with_toxics(**toxics: Any) -> Deed:
    @contextmanager
    def deed(system: System, strike: Strike) -> Iterator[None]:
        with system.alone(strike.target), links_of(system).poisoned([strike.target], **toxics):
            yield

    return deed


@contextmanager
def _latency(system: System, strike: Strike) -> Iterator[None]:
    slow = links_of(system).poisoned([strike.target], latency_seconds=strike.scale / 1000)
    with system.alone(strike.target), slow:
        yield


@contextmanager
def _reset(system: System, strike: Strike) -> Iterator[None]:
    links_of(system).reset(strike.target)
    yield


@contextmanager
def _swizzle_clog(system: System, strike: Strike) -> Iterator[None]:
    """Links are stopped one by one and let go in another order."""
    chance = Random(f"{strike.at}/{strike.target}")
    order = chance.sample(LINKS, len(LINKS))
    pause = strike.lasts / (2 * len(order))
    clogged: dict[str, ExitStack] = {}
    try:
        for name in order:
            clogged[name] = ExitStack()
            clogged[name].enter_context(links_of(system).poisoned([name], stalls_up=True, stalls_down=True))
            time.sleep(pause)
        for name in chance.sample(order, len(order)):
            clogged[name].close()
            time.sleep(pause)
    finally:
        for stack in clogged.values():
            stack.close()
    yield


_LINK = Pace(targets=LINKS, every=4.0, lasts=(2.0, 6.0))

KINDS = (
    Kind(
        name="cut",
        about="a link refuses connections and resets those there are",
        deed=with_toxics(refusing=True),
        pace=_LINK,
        floor=5,
        short=True,
    ),
    Kind(
        name="half-open",
        about="a link keeps its connections and lets nothing through, for up to 30 s",
        deed=with_toxics(stalls_up=True, stalls_down=True),
        pace=Pace(targets=LINKS, every=5.0, lasts=(5.0, 30.0)),
        floor=5,
    ),
    Kind(
        name="one-way",
        about="what is asked gets through, what is answered does not",
        deed=with_toxics(stalls_down=True),
        pace=Pace(targets=LINKS, every=5.0, lasts=(5.0, 15.0)),
        floor=5,
    ),
    Kind(
        name="latency",
        about="100, 500 or 3,000 ms more each way",
        deed=_latency,
        pace=Pace(targets=LINKS, every=6.0, lasts=(5.0, 10.0), scale=(100.0, 500.0, 3000.0)),
        floor=5,
    ),
    Kind(
        name="slicer",
        about="every message in pieces of 7 bytes",
        deed=with_toxics(slice_bytes=7),
        pace=Pace(targets=LINKS, every=6.0, lasts=(4.0, 8.0)),
        floor=5,
    ),
    Kind(
        name="bandwidth",
        about="1 kB a second for each connection",
        deed=with_toxics(bytes_per_second=1000),
        pace=Pace(targets=LINKS, every=6.0, lasts=(4.0, 8.0)),
        floor=5,
    ),
    Kind(
        name="reset",
        about="every connection of a link ends with RST, once",
        deed=_reset,
        pace=Pace(targets=LINKS, every=2.0),
        floor=10,
    ),
    Kind(
        name="swizzle-clog",
        about="links stop one by one and come back in another order",
        deed=_swizzle_clog,
        pace=Pace(targets=(ALL,), every=30.0, lasts=(15.0, 20.0)),
        floor=1,
    ),
    Kind(
        name="commit-unknown",
        about="the link to a database is reset between a COMMIT and its answer",
        deed=with_toxics(loses_commits=True),
        pace=Pace(targets=DATABASES, every=3.0, lasts=(0.5, 1.5)),
        floor=5,
        short=True,
    ),
)

"""Processes whose clock is wrong: by a second, a minute, almost five minutes, or now this and now that."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.reliability.faults.clones import clone, original
from tests.reliability.faults.kinds.kind import Kind
from tests.reliability.faults.schedule import Pace, Strike
from tests.reliability.faults.system import System

# For programs with threads, from Debian's package faketime.
LIBRARY = "faketime/libfaketimeMT.so.1"
STROBE_SECONDS = 0.5
# What holds, tokens and deadlines are made and judged by.
SKEWED = ("booking-web", "payment-web", "auth-web", "booking-worker", "payment-worker", "booking-sweeper", "beat")


class NoFaketime(LookupError):
    """Raised when the library that moves a process's clock is not installed."""


@contextmanager
def _skewed(system: System, strike: Strike) -> Iterator[None]:
    with _with_clock(system, strike, {"FAKETIME": f"{strike.scale:+g}s"}):
        yield


@contextmanager
def _strobing(system: System, strike: Strike) -> Iterator[None]:
    """The clock jumps to and fro every half second."""
    clock = system.run_dir / f"clock-{strike.target}"
    clock.write_text("+0s")
    with _with_clock(system, strike, {"FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1"}):
        end = time.monotonic() + strike.lasts
        sign = 1
        while time.monotonic() < end:
            sign = -sign
            clock.write_text(f"{sign * strike.scale:+g}s")
            time.sleep(STROBE_SECONDS)
        yield


@contextmanager
def _with_clock(system: System, strike: Strike, clock: dict[str, str]) -> Iterator[None]:
    """The supervised process makes room for one of the same kind with another clock."""
    with system.alone(strike.target):
        kind = original(system.run_dir, strike.target)
        wrong = {"LD_PRELOAD": library(), "FAKETIME_DONT_FAKE_MONOTONIC": "1", **clock}
        system.stop(strike.target)
        try:
            with clone(kind, name=f"{strike.target}-skewed", log_dir=system.run_dir / "log", differing=wrong):
                yield
        finally:
            system.start(strike.target)


def library() -> str:
    """
    Return the path of libfaketime.

    :raises NoFaketime: if it is not installed
    """
    for place in (Path("/usr/lib"), Path("/usr/local/lib"), Path("/lib")):
        for found in (*place.glob(LIBRARY), *place.glob(f"*/{LIBRARY}")):
            return str(found)
    raise NoFaketime(
        "libfaketime is not installed, so no clock can be moved. On Debian run `deploy/bootstrap.sh faults` as root, "
        "or `apt-get install --no-install-recommends faketime`."
    )


KINDS = (
    Kind(
        name="clock-skew",
        about="one process's clock 1, 60 or 288 s ahead or behind",
        deed=_skewed,
        pace=Pace(targets=SKEWED, every=8.0, lasts=(12.0, 20.0), scale=(-288.0, -60.0, -1.0, 1.0, 60.0, 288.0)),
        floor=4,
    ),
    Kind(
        name="clock-strobe",
        about="one process's clock jumps to and fro by 1 to 288 s every half second",
        deed=_strobing,
        pace=Pace(targets=SKEWED, every=15.0, lasts=(12.0, 20.0), scale=(1.0, 60.0, 288.0)),
        floor=2,
    ),
)

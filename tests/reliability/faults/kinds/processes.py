"""Processes that die, are stopped, are paused, come twice, or come all at once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import Random

from tests.reliability.faults.clones import clone, original
from tests.reliability.faults.kinds.kind import Kind
from tests.reliability.faults.schedule import Pace, Strike
from tests.reliability.faults.system import HOLD_SECONDS, OURS, WORKERS, System

WEBS = tuple(name for name in OURS if name.endswith("-web"))


@contextmanager
def _kill(system: System, strike: Strike) -> Iterator[None]:
    """The supervisor starts it again; nobody else does anything."""
    system.signal(strike.target, signal.SIGKILL)
    yield


@contextmanager
def _kill_group(system: System, strike: Strike) -> Iterator[None]:
    system.signal(strike.target, signal.SIGKILL, group=True)
    yield


@contextmanager
def _kill_all_workers(system: System, strike: Strike) -> Iterator[None]:
    for name in WORKERS:
        system.signal(name, signal.SIGKILL, group=True)
    yield


@contextmanager
def _restart_some(system: System, strike: Strike) -> Iterator[None]:
    """A random 20 to 30 % of all workers are told to stop, as a roll-out does; the supervisor starts them again."""
    chance = Random(f"{strike.at}/{strike.target}")
    for name in chance.sample(WORKERS, round(len(WORKERS) * chance.uniform(0.2, 0.3))):
        system.signal(name, signal.SIGTERM)
    yield


@contextmanager
def _pause(system: System, strike: Strike) -> Iterator[None]:
    """Not dead: a second one may have done its work when it goes on."""
    with system.alone(strike.target):
        pid = system.signal(strike.target, signal.SIGSTOP, group=True)
        try:
            yield
        finally:
            if pid is not None:
                with suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGCONT)


@contextmanager
def stopped(system: System, strike: Strike) -> Iterator[None]:
    """A program that does not run for a while."""
    with system.alone(strike.target):
        system.stop(strike.target)
        try:
            yield
        finally:
            system.start(strike.target)


@contextmanager
def _twice(system: System, strike: Strike) -> Iterator[None]:
    """A second one of the same kind, with a schedule of its own where it keeps one."""
    schedule = str(system.run_dir / "data" / "beat-schedule")
    twin = clone(
        original(system.run_dir, strike.target),
        name=f"{strike.target}-twin",
        log_dir=system.run_dir / "log",
        words={schedule: f"{schedule}-twin"},
    )
    with twin:
        yield


KINDS = (
    Kind(
        name="kill",
        about="SIGKILL of one process of ours, of every kind",
        deed=_kill,
        pace=Pace(targets=OURS, every=4.0),
        floor=5,
        short=True,
    ),
    Kind(
        name="kill-group",
        about="SIGKILL of a web process with its children, or of a worker",
        deed=_kill_group,
        pace=Pace(targets=(*WEBS, *WORKERS), every=4.0),
        floor=5,
    ),
    Kind(
        name="kill-all-workers",
        about="SIGKILL of every worker, consumer and sweeper at once",
        deed=_kill_all_workers,
        pace=Pace(targets=("all workers",), every=15.0),
        floor=2,
    ),
    Kind(
        name="restart-some",
        about="SIGTERM to a random 20 to 30 % of the workers",
        deed=_restart_some,
        pace=Pace(targets=("some workers",), every=12.0),
        floor=2,
    ),
    Kind(
        name="pause",
        about="SIGSTOP of one process for 10 to 60 s, then SIGCONT",
        deed=_pause,
        pace=Pace(targets=OURS, every=4.0, lasts=(10.0, 60.0)),
        floor=5,
    ),
    Kind(
        name="beat-down",
        about="no beat for three times as long as a hold lasts",
        deed=stopped,
        pace=Pace(targets=("beat",), every=1000.0, lasts=(3.0 * HOLD_SECONDS, 3.0 * HOLD_SECONDS)),
        floor=1,
    ),
    Kind(
        name="two-beats",
        about="a second beat beside the first",
        deed=_twice,
        pace=Pace(targets=("beat",), every=1000.0, lasts=(40.0, 60.0)),
        floor=1,
    ),
    Kind(
        name="two-sweepers",
        about="a second sweeper or settler beside the first",
        deed=_twice,
        pace=Pace(targets=("booking-sweeper", "payment-sweeper", "payment-settler"), every=10.0, lasts=(20.0, 40.0)),
        floor=2,
    ),
)

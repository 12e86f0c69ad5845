"""One measured phase: the load, the wait until all has ended, what it cost, and whether all is as it must be."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench import processes
from bench.asking import Ask
from bench.figures import calibrate, spread
from bench.load import run
from bench.systems import Lag, Outcome, System
from bench.wire import encode

POLL_SECONDS = 0.1
SAMPLE_SECONDS = 1.0
# Work that is left for after the last commit.
AFTER_SECONDS = 0.5
ENDED_SECONDS = 900.0


@dataclass(frozen=True, kw_only=True)
class Phase:
    """
    What came out of one phase. Times in ms unless they say seconds, CPU in ms a request.

    `cpu_by` is the CPU of each process until nothing waited any more, what follows a saga's end included,
    `cpu_until_ended` that of the whole system until the last saga's end; `groups` says what each process is for.
    `counted` is a request's share of what servers and the machine count. `series` is what was seen every second:
    seconds since the start, what waited where; `ends` is when each saga ended, in seconds since the start; `lags` are
    [seconds since the start, longest lag of that second].
    """

    system: str
    load: str
    requests: int
    accepted: int
    confirmed: int
    failed: int
    refusals: int
    requests_per_second: float
    sagas_per_second: float
    answer: Mapping[str, float]
    end_to_end: Mapping[str, float]
    outbox_lag: Mapping[str, float]
    cpu_by: Mapping[str, float]
    cpu_until_ended: float
    groups: Mapping[str, str]
    machine_cpu: float
    rest_seconds: float
    counted: Mapping[str, float]
    calibration: Sequence[float]
    pss_mb: float
    violations: Sequence[str]
    latencies: Sequence[float]
    ends: Sequence[float]
    series: Sequence[Mapping[str, Any]]
    lags: Sequence[Sequence[float]]


def measure(system: System, asks: Sequence[Ask], *, connections: int, rate: float | None) -> Phase:
    """
    Send the requests, wait until their sagas have ended and all is at rest, and return the figures.

    :raises ConnectionError: if a connection breaks while a request is open
    :raises TimeoutError: if sagas do not end, or the system does not come to rest
    """
    requests = [_encoded(system, ask) for ask in asks]
    roots = system.roots()
    ended_before, counted = system.ended(), dict(system.counters())
    calibration = [calibrate()]
    watch = _Watch(system)
    cpu, machine, before = processes.cpu_by_root(roots), processes.machine_cpu_seconds(), _of_the_machine()
    watch.start()
    sent = run(requests, host=system.host, port=system.port, connections=connections, rate=rate)
    names = [system.accepted(each.answer) for each in sent]
    promised = [name for name in names if name is not None]
    _await_end(system, ended_before + len(promised))
    ended = time.time()
    until_ended = processes.spent(cpu, processes.cpu_by_root(roots))
    _await_empty(system)
    rest = time.time() - ended
    time.sleep(AFTER_SECONDS)
    spent = processes.spent(cpu, processes.cpu_by_root(roots))
    machine_spent = processes.machine_cpu_seconds() - machine
    whole = {name: value - before[name] for name, value in _of_the_machine().items()}
    seen = {name: value - counted[name] for name, value in system.counters().items()}
    pss = sum(map(processes.pss_bytes, processes.trees(roots).values()))
    watch.stop()
    calibration.append(calibrate())

    outcomes = system.outcomes()
    first = min(each.due for each in sent)
    ends = {name: outcomes[name].completed_at for name in promised if name in outcomes}
    last = max((at for at in ends.values() if at), default=first)
    latencies = [
        (at - each.due) * 1000
        for each, name in zip(sent, names, strict=True)
        if name is not None and (at := ends.get(name))
    ]
    lags = system.lags(first)
    return Phase(
        system=system.name,
        load=f"{rate:g}/s" if rate else f"{connections} clients",
        requests=len(asks),
        accepted=len(promised),
        confirmed=sum(outcomes[name].status == "confirmed" for name in promised if name in outcomes),
        failed=sum(outcomes[name].status == "failed" for name in promised if name in outcomes),
        refusals=sum(each.refusals for each in sent),
        requests_per_second=len(asks) / (max(each.answered for each in sent) - first),
        sagas_per_second=len(asks) / (max(last, first + 0.001) - first),
        answer=spread([(each.answered - each.due) * 1000 for each in sent]),
        end_to_end=spread(latencies),
        outbox_lag=spread([each.ms for each in lags]),
        cpu_by={name: round(used * 1000 / len(asks), 3) for name, used in spent.items()},
        cpu_until_ended=sum(until_ended.values()) * 1000 / len(asks),
        groups={name: system.group(name) for name in roots},
        machine_cpu=machine_spent * 1000 / len(asks),
        rest_seconds=rest,
        counted={name: value / len(asks) for name, value in {**seen, **whole}.items()},
        calibration=calibration,
        pss_mb=pss / 1e6,
        violations=complaints_about(asks, names, outcomes),
        latencies=[round(each, 2) for each in sorted(latencies)],
        ends=sorted(round(at - first, 3) for at in ends.values() if at),
        series=watch.series,
        lags=longest_by_second(lags, first),
    )


class _Watch(threading.Thread):
    """Looks every second at what waits where."""

    def __init__(self, system: System) -> None:
        super().__init__(daemon=True)
        self._system = system
        self._end = threading.Event()
        self.series: list[dict[str, Any]] = []

    def run(self) -> None:
        began = time.time()
        while not self._end.wait(SAMPLE_SECONDS):
            self.series.append(
                {
                    "seconds": round(time.time() - began, 2),
                    "waiting": dict(self._system.depths()),
                }
            )

    def stop(self) -> None:
        self._end.set()
        self.join()


def _encoded(system: System, ask: Ask) -> bytes:
    path, body, headers = system.request(ask)
    return encode(host=system.host, port=system.port, path=path, body=body, headers=headers)


def _of_the_machine() -> dict[str, float]:
    return {"disk flushes": processes.disk_flushes(), "loopback kB": processes.loopback_bytes() / 1000}


def _await_end(system: System, wanted: int) -> None:
    deadline = time.monotonic() + ENDED_SECONDS
    while (ended := system.ended()) < wanted:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{ended} of {wanted} reservations had ended after {ENDED_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)


def _await_empty(system: System) -> None:
    deadline = time.monotonic() + ENDED_SECONDS
    while waiting := {place: number for place, number in system.depths().items() if number}:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{waiting} still waited {ENDED_SECONDS:.0f} s after the last saga's end")
        time.sleep(POLL_SECONDS)


def complaints_about(asks: Sequence[Ask], names: Sequence[str | None], outcomes: Mapping[str, Outcome]) -> list[str]:
    """
    Return what did not end as the requests determine, as sentences.

    Of several requests for one seat exactly one is confirmed, whichever it is: who is accepted first need not be
    carried out first. One with a declined card fails.
    """
    found, confirmed = [], dict.fromkeys((ask.place for ask in asks if ask.kind != "declined"), 0)
    for ask, name in zip(asks, names, strict=True):
        status = "refused" if name is None else outcomes[name].status if name in outcomes else "lost"
        if status in {"lost", "pending"} or (ask.kind == "declined" and status != "failed"):
            found.append(f"request {ask.number} ({ask.kind}) is {status}")
        elif status == "confirmed":
            confirmed[ask.place] += 1
    return found + [f"seat {place} is confirmed {times} times" for place, times in confirmed.items() if times != 1]


def longest_by_second(lags: Sequence[Lag], first: float) -> list[list[float]]:
    """Return [second since `first`, longest lag in ms of the events that happened in it], in order."""
    longest: dict[int, float] = {}
    for lag in lags:
        second = int(lag.at - first)
        longest[second] = max(lag.ms, longest.get(second, 0.0))
    return [[second, round(ms, 1)] for second, ms in sorted(longest.items())]


def surroundings() -> dict[str, Any]:
    """Return what of the machine a figure depends on."""
    return {"cores": os.cpu_count(), "load": os.getloadavg()}

"""Waits until every process of a way does its work, and says which one does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping

from deploy.asking import Answer, ask
from deploy.errors import CannotStart, tail
from deploy.supervise import ProgramState, Supervisor

POLL_SECONDS = 0.2
# A slow machine that starts everything at once for the first time, without compiled Python files.
PATIENCE_SECONDS = 300.0
# So many starts that ended too soon are no accident: a port taken, a missing module, a broken setting.
STARTS = 3


def wait_until_ready(
    supervisor: Supervisor,
    *,
    groups: Collection[str],
    urls: Mapping[str, str],
    progress: Callable[[str], None],
    patience_seconds: float = PATIENCE_SECONDS,
) -> None:
    """
    Wait until every program of these groups runs, and those in `urls` answer 200 there.

    :raises CannotStart: with the end of the log of the one to blame, if it keeps ending or takes too long
    """
    began = time.monotonic()
    failed_starts: dict[str, set[int]] = {}
    answers: dict[str, Answer] = {}
    ready: set[str] = set()
    while True:
        programs = [program for program in supervisor.states() if program.group in groups]
        if supervisor.pid is None:
            raise CannotStart(f"Supervisord ended while starting.\n{tail(supervisor.log_dir / 'supervisord.log')}")
        for program in programs:
            _note_failure(program, failed_starts)
            if program.name in ready or program.state not in ("STARTING", "RUNNING"):
                continue
            if program.name in urls:
                answers[program.name] = ask(urls[program.name])
                works = answers[program.name].ok
            else:
                works = program.state == "RUNNING"
            if works:
                ready.add(program.name)
                progress(f"{program.name} is ready ({time.monotonic() - began:.1f} s)")
        waiting = [program for program in programs if program.name not in ready]
        if programs and not waiting:
            return
        if time.monotonic() - began > patience_seconds:
            raise CannotStart(_too_late(waiting, answers=answers, seconds=patience_seconds))
        time.sleep(POLL_SECONDS)


def _note_failure(program: ProgramState, failed_starts: dict[str, set[int]]) -> None:
    if program.state == "FATAL":
        raise CannotStart(f"{program.name} could not be started.\n{tail(program.log)}")
    if program.state == "BACKOFF":
        starts = failed_starts.setdefault(program.name, set())
        starts.add(program.started_at)
        if len(starts) >= STARTS:
            raise CannotStart(f"{program.name} ended {STARTS} times while starting.\n{tail(program.log)}")


def _too_late(waiting: list[ProgramState], *, answers: Mapping[str, Answer], seconds: float) -> str:
    if not waiting:
        return f"Supervisord did not answer within {seconds:.0f} s."
    guilty = waiting[0]
    others = ", ".join(program.name for program in waiting[1:])
    said = answers.get(guilty.name)
    return "\n".join(
        [
            f"{guilty.name} was not ready within {seconds:.0f} s; it is {guilty.state}.",
            *([f"Its last answer: {said.status or 'none'} {said.text}"] if said else []),
            *([f"Not ready either: {others}."] if others else []),
            tail(guilty.log),
        ]
    )

"""Systems of one user on one machine: they start one after another, and leave the ports of those that run alone."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO
from urllib.parse import urlsplit

from deploy import state
from deploy.supervise import Supervisor


class Turn:
    """The right to start a system now, and what is known of those that were started before."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        file.seek(0)
        self._run_dirs = [run_dir for run_dir in map(Path, file.read().splitlines()) if _runs(run_dir)]

    def ports_of_others(self) -> set[int]:
        """Return the ports of those that run, also of a process that is just being started anew and does not listen."""
        return {port for run_dir in self._run_dirs for port in _ports(run_dir)}

    def note(self, run_dir: Path) -> None:
        """Let those who start later know of a system that runs from now on."""
        self._file.truncate(0)
        self._file.write("".join(f"{each}\n" for each in dict.fromkeys([*self._run_dirs, run_dir])))
        self._file.flush()


@contextmanager
def turn(progress: Callable[[str], None]) -> Iterator[Turn]:
    """
    Let one system of this user start at a time on this machine.

    A port is found free now and taken only when its process listens, so that two starts at once would choose the same
    ones; and each would only make the other slower.
    """
    with (Path(tempfile.gettempdir()) / f"aerosaga-start-{os.getuid()}.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("another Aerosaga of yours is just starting; waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield Turn(file)


def _runs(run_dir: Path) -> bool:
    # A system that was stopped has no state file; one that was killed has.
    return (run_dir / state.FILE).exists() and Supervisor(run_dir).pid is not None


def _ports(run_dir: Path) -> set[int]:
    try:
        known = state.read(run_dir)
    except (OSError, ValueError):
        # Of another version, or going away: whatever of it listens is seen to be busy all the same.
        return set()
    return {port for url in known.urls.values() if (port := urlsplit(url).port)} if known else set()

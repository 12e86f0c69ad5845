"""
Ends the workers that a killed nginx left behind, then becomes the new nginx: they would keep its port for ever.

Usage: alone.py PID_FILE COMMAND [ARGUMENT...]; PID_FILE is nginx's own.
nginx's workers do not notice that their master was killed (kill -9). They are known by the process group that they
share with it, since whoever starts it (supervisord, `Daemon`) gives it a group of its own.
"""

import os
import signal
import sys
from pathlib import Path
from typing import NamedTuple


def main(pid_file: str, *command: str) -> None:
    """End what is left of an earlier start, and become `command`."""
    for pid in left_behind(Path(pid_file)):
        os.kill(pid, signal.SIGKILL)
    os.execv(command[0], command)


def left_behind(pid_file: Path) -> list[int]:
    """Return the ids of nginx processes whose master is dead; none while it lives."""
    try:
        master = int(pid_file.read_text())
    except (OSError, ValueError):
        return []  # It was stopped cleanly, or never started.
    # A killed master is listed as a zombie until whoever started it asks for its end.
    if (status := _status(master)) and status.letter not in "ZX":
        return []
    running = {int(entry.name): _status(int(entry.name)) for entry in Path("/proc").glob("[0-9]*")}
    return [
        pid
        for pid, status in running.items()
        if status and pid != master and status.name == "nginx" and status.group == master
    ]


class _Status(NamedTuple):
    name: str
    letter: str
    group: int


def _status(pid: int) -> _Status | None:
    """Return what the kernel says of a process, None if it has ended."""
    try:
        start, _, rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    except OSError:
        return None
    letter, _parent, group = rest.split()[:3]
    return _Status(name=start.partition("(")[2], letter=letter, group=int(group))


if __name__ == "__main__":
    main(*sys.argv[1:])

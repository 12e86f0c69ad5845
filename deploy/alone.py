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
    if Path(f"/proc/{master}").exists():
        return []
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            name, _, rest = (entry / "stat").read_text().rpartition(")")
        except OSError:
            continue  # It has ended meanwhile.
        if name.endswith("(nginx") and int(rest.split()[2]) == master:
            found.append(int(entry.name))
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])

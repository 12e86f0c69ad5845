"""
Runs a command that is told to stop (SIGTERM) by the kernel when its parent dies, even by kill -9.

Usage: tether.py PARENT COMMAND [ARGUMENT...]; PARENT is the parent's process id, or a file that holds it.
{pid} in an argument becomes the id of the process, for names that must differ at each start.
Only the standard library, and as little of it as possible: this runs before every server.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>


def main(parent: str, *command: str) -> None:
    """Tie this process to its parent, then become `command`."""
    tie(parent, command[0])
    words = with_pid(command)
    os.execvp(words[0], words)


def tie(parent: str, name: str) -> None:
    """Let the kernel stop this process when `parent` dies, or leave at once if it is dead already."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    # The parent may have died before the line above, and then no signal will ever come.
    if os.getppid() != _pid(parent):
        sys.exit(f"{name} was not started: its parent is gone.")


def with_pid(words: tuple[str, ...] | list[str]) -> list[str]:
    """Return the words of a command with this process's id in the place of {pid}."""
    return [word.replace("{pid}", str(os.getpid())) for word in words]


def _pid(parent: str) -> int:
    if parent.isdigit():
        return int(parent)
    try:
        with open(parent) as file:
            return int(file.read())
    except FileNotFoundError:
        return 0  # The parent removes the file when it ends.


if __name__ == "__main__":
    main(*sys.argv[1:])

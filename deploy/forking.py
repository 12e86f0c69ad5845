"""Becomes a Python program of ours in a forked process, as `python -m` would after an exec, without importing anew."""

from __future__ import annotations

import atexit
import gc
import os
import runpy
import shlex
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import NoReturn

from setproctitle import setproctitle

from deploy import tether

# Everything supervisord listens to. An exec would put them back; so that nothing else has to be known of it, we do.
_SIGNALS = (
    *(signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP),
    *(signal.SIGCHLD, signal.SIGUSR1, signal.SIGUSR2),
)


def forks(command: Sequence[str]) -> bool:
    """Return whether a command is a Python module for our own interpreter: such a one is forked and not exec'ed."""
    return list(command[:2]) == [sys.executable, "-m"]


def become(command: Sequence[str], environment: Mapping[str, str], *, parent: int) -> NoReturn:
    """
    Turn this process, a fresh fork of `parent`, into `command`; its output and directory are set already.

    It sees the variables of `environment` and no other, is stopped when `parent` dies, and shows in `ps` as the
    command. {pid} in a word becomes the id of the process.
    """
    # What was garbage at the fork stays garbage: a socket of the parent that was collected here would close the file
    # that has its number now. And what nobody collects stays shared with the parent.
    gc.freeze()
    for signum in _SIGNALS:
        signal.signal(signum, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as every Python begins
    os.environ.clear()
    os.environ.update(environment)
    os._exit(_status_of(command, parent))


def _status_of(command: Sequence[str], parent: int) -> int:
    """Run the command to its end, and what was to be done then; return the exit status."""
    try:
        tether.tie(str(parent), command[2])
        words = tether.with_pid(list(command))
        setproctitle(shlex.join(words))
        sys.argv = words[2:]
        sys.path[0] = os.getcwd()
        runpy.run_module(words[2], run_name="__main__", alter_sys=True)
        status: object = None
    except SystemExit as leaving:
        status = leaving.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    # What the interpreter does when a program ends, in its order; multiprocessing ends its forks with these too.
    threading._shutdown()  # type: ignore[attr-defined]  # waits for threads
    atexit._run_exitfuncs()
    if not isinstance(status, int | None):
        sys.stderr.write(f"{status}\n")
        status = 1
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    return status or 0

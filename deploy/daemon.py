"""A background process of our own: started once, known by its process id and start time, stopped by that alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from deploy import private_file

TETHER = Path(__file__).with_name("tether.py")
POLL_SECONDS = 0.05


def tethered(parent: int | Path, command: Sequence[str]) -> list[str]:
    """Return the command that runs `command` until `parent` (a process id, or a file that holds it) dies."""
    # -I -S: no site-packages, nothing from the environment, which makes this start in some 20 ms.
    return [sys.executable, "-I", "-S", str(TETHER), str(parent), *command]


class Daemon:
    """
    One process of a run directory that outlives the command that started it, unless it is tethered to it.

    Its id is kept in `<name>.daemon`, so that a later command finds it; its output goes to `log/<name>.log`.
    """

    def __init__(self, run_dir: Path, name: str) -> None:
        self.name = name
        self.pid_file = run_dir / f"{name}.daemon"
        self.log = run_dir / "log" / f"{name}.log"
        self._child: subprocess.Popen[bytes] | None = None

    def start(
        self, command: Sequence[str], *, environment: Mapping[str, str], directory: Path, tether: bool = False
    ) -> int:
        """
        Start the process and return its id. Its output is appended to the log.

        With `tether`, it is stopped when the calling *thread* ends: call this from a thread that stays.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        words = tethered(os.getpid(), command) if tether else list(command)
        with self.log.open("ab") as output:
            self._child = subprocess.Popen(
                words,
                env=dict(environment),
                cwd=directory,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A session of its own, so that Ctrl-C in a terminal reaches only the command that started it.
                start_new_session=True,
            )
        pid = self._child.pid
        private_file.write(self.pid_file, f"{pid} {_started(pid)}\n")
        return pid

    @property
    def pid(self) -> int | None:
        """The id of the process while it lives, else None. A reused id does not count: its start time differs."""
        if self._child is not None:
            self._child.poll()  # Takes note of its end; a dead child stays in the process table until then.
        try:
            pid, started = self.pid_file.read_text().split()
        except (OSError, ValueError):
            return None
        return int(pid) if _started(int(pid)) == started else None

    def terminate(self) -> None:
        """Ask the process to stop and return at once."""
        pid = self.pid
        if pid is not None:
            os.kill(pid, signal.SIGTERM)

    def stop(self, *, seconds: float) -> None:
        """Ask the process to stop, wait, and kill it with its children if it has not stopped by then."""
        self.terminate()
        deadline = time.monotonic() + seconds
        while self.pid is not None and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End the process and its children at once, as a power cut would."""
        pid = self.pid
        if pid is not None:
            # It leads a process group of its own, see `start`.
            os.killpg(pid, signal.SIGKILL)
            while self.pid is not None:
                time.sleep(POLL_SECONDS)
        self.pid_file.unlink(missing_ok=True)


def _started(pid: int) -> str | None:
    """Return when a process was started, in clock ticks since the machine's boot; None if it is not alive."""
    try:
        # The second field is the command in brackets, and may itself hold brackets and spaces.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    state, started = fields[0], fields[19]
    return None if state in "ZX" else started

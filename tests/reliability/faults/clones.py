"""A process beside the supervised one of its kind, or in its place: the same command, surroundings that differ."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.daemon import tethered
from deploy.programs import ROOT

STOP_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Original:
    """The command and the environment of a running process."""

    command: Sequence[str]
    environment: Mapping[str, str]


def original(pid: int) -> Original:
    """Read what a running process of ours was started with."""
    here = Path(f"/proc/{pid}")
    words = [word.decode() for word in (here / "cmdline").read_bytes().split(b"\0")[:-1]]
    pairs = (pair.decode().partition("=") for pair in (here / "environ").read_bytes().split(b"\0") if pair)
    return Original(
        # The name of a Celery node ends with the id of its process, and two may not have the same.
        command=[word.replace(f"%h-{pid}", "%h-{pid}") for word in words],
        environment={name: value for name, _, value in pairs},
    )


@contextmanager
def clone(
    kind: Original,
    *,
    name: str,
    log_dir: Path,
    differing: Mapping[str, str] | None = None,
    words: Mapping[str, str] | None = None,
) -> Iterator[int]:
    """
    Run a process of this kind while the block runs; yield its id.

    `differing` are variables of its environment; `words` of its command are replaced by others.
    """
    command = [(words or {}).get(word, word) for word in kind.command]
    with (log_dir / f"{name}.log").open("ab") as output:
        process = subprocess.Popen(
            tethered(os.getpid(), command),
            env={**kind.environment, **(differing or {})},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

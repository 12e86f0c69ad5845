"""A process beside the supervised one of its kind, or in its place: the same command, surroundings that differ."""

import configparser
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.daemon import tethered
from deploy.programs import ROOT
from deploy.supervise import Supervisor

STOP_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Original:
    """The command and the environment of a program of ours."""

    command: Sequence[str]
    environment: Mapping[str, str]


def original(run_dir: Path, name: str) -> Original:
    """Read what supervisord starts a program of ours with; the running process, a fork, no longer knows it."""
    configuration = configparser.RawConfigParser(strict=False)
    configuration.read(run_dir / "supervisord.conf")
    section = configuration[f"program:{name}"]
    supervisord = Path(f"/proc/{Supervisor(run_dir).pid}/environ").read_bytes()
    shared = (pair.decode().partition("=") for pair in supervisord.split(b"\0") if pair)
    own = re.findall(r'(\w+)="([^"]*)"', section["environment"])
    return Original(
        command=[_plain(word) for word in shlex.split(section["command"])],
        environment={
            **{name: value for name, _, value in shared},
            **{name: _plain(value) for name, value in own},
        },
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


def _plain(text: str) -> str:
    # As supervisord reads it, which expands %(name)s.
    return text.replace("%%", "%")

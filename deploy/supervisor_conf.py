"""The text of supervisord.conf, written anew at each start from the programs it is to watch."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.daemon import tethered
from deploy.forking import forks

# A process that cannot start is tried for as long as we are up: what it waits for may come back tonight.
# Supervisor waits one second longer before each try.
START_TRIES = 1_000_000
# Shorter-lived than this counts as "did not start".
START_SECONDS = 2
LOG_BYTES = "10MB"
LOG_FILES = 3

# Groups in the order of their start; they are stopped the other way round, one after the other, so that whoever stops
# still finds all that it needs to finish. Nobody is let in while what is behind the door is not there; a web's last
# commands find their workers or wait for them; a worker's last questions find whom they are for.
SERVERS = "servers"
OUTSIDE = "outside"
WORKERS = "workers"
WEBS = "webs"
DOOR = "door"
# Connections of open pages never end by themselves, and the door would wait for them.
NEWS = "news"
#: The groups behind the door; they are started at once, when the servers answer.
PROCESSES = (OUTSIDE, WORKERS, WEBS, NEWS)
IN_ORDER = (SERVERS, OUTSIDE, WORKERS, WEBS, DOOR, NEWS)


@dataclass(frozen=True, kw_only=True)
class Program:
    """
    A command that is restarted whenever it ends.

    `stop_seconds` is how long a clean stop may take, `stop_signal` what asks for one.
    """

    name: str
    group: str
    command: Sequence[str]
    environment: Mapping[str, str]
    directory: Path
    stop_seconds: int
    stop_signal: str = "TERM"
    autostart: bool = False


def render(
    programs: Sequence[Program], *, socket: Path, pid_file: Path, log_dir: Path, shared: Mapping[str, str]
) -> str:
    """
    Return the configuration for these programs.

    `shared` is supervisord's own environment, which its children inherit: what a program has in common with it
    is left out of the program's section.
    """
    groups = [group for group in IN_ORDER if any(program.group == group for program in programs)]
    sections: list[dict[str, object]] = [
        {
            "": "unix_http_server",
            "file": socket,
            # The socket is the password: who may open it may stop and start everything.
            "chmod": "0600",
        },
        {
            "": "supervisord",
            # Its log goes to its output, which `Daemon` sends to a file, as it does a complaint about this file.
            "nodaemon": "true",
            "pidfile": pid_file,
            "logfile": "/dev/null",
            "logfile_maxbytes": 0,
            "umask": "077",
        },
        {
            "": "rpcinterface:supervisor",
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface",
        },
        # Groups are stopped one after the other, the last one first; the programs of one group all at once.
        *(
            {
                "": f"group:{group}",
                "programs": ",".join(program.name for program in programs if program.group == group),
                "priority": position,
            }
            for position, group in enumerate(groups, start=1)
        ),
        *(_program(program, pid_file=pid_file, log_dir=log_dir, shared=shared) for program in programs),
    ]
    return "\n".join(_section(section) for section in sections)


def _program(program: Program, *, pid_file: Path, log_dir: Path, shared: Mapping[str, str]) -> dict[str, object]:
    own = {name: value for name, value in program.environment.items() if shared.get(name) != value}
    return {
        "": f"program:{program.name}",
        # Tethered to supervisord, so that nothing stays behind when it is killed; a fork ties itself.
        "command": _escaped(
            shlex.join(program.command if forks(program.command) else tethered(pid_file, program.command))
        ),
        "environment": ",".join(f"{name}={_quoted(value)}" for name, value in own.items()),
        "directory": program.directory,
        "autostart": str(program.autostart).lower(),
        "autorestart": "true",
        "startsecs": START_SECONDS,
        "startretries": START_TRIES,
        "stopsignal": program.stop_signal,
        "stopwaitsecs": program.stop_seconds,
        # The process itself tells its children to stop: told directly, RabbitMQ's helper would end first and take
        # the broker down with it. What has not stopped in time is killed with its children.
        "stopasgroup": "false",
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": log_dir / f"{program.name}.log",
        "stdout_logfile_maxbytes": LOG_BYTES,
        "stdout_logfile_backups": LOG_FILES,
    }


def _section(values: Mapping[str, object]) -> str:
    lines = [f"[{values['']}]", *(f"{name} = {value}" for name, value in values.items() if name)]
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    if '"' in value or "\\" in value or "\n" in value:
        raise ValueError("supervisord.conf cannot hold a value with a quote, a backslash or a line break.")
    return f'"{_escaped(value)}"'


def _escaped(text: str) -> str:
    if " #" in text or " ;" in text:
        raise ValueError("supervisord.conf would end before a # or ; that follows a space: it begins a comment.")
    # Supervisor expands %(name)s.
    return text.replace("%", "%%")

"""Supervisord, whose Python programs are forks of itself: what they all import is imported once and shared."""

from __future__ import annotations

import gc
import os
import shlex
from collections.abc import Iterator
from contextlib import suppress

from supervisor import supervisord
from supervisor.medusa.asyncore_25 import ExitNow
from supervisor.options import ProcessConfig, ServerOptions

from deploy import preloading
from deploy.forking import become, forks


class ForkingOptions(ServerOptions):  # type: ignore[misc]  # it ships no types
    """Supervisord's way to the operating system, where a Python program of ours becomes a fork instead of an exec."""

    def __init__(self) -> None:
        super().__init__()
        self._pid = os.getpid()

    def execve(self, filename: str, argv: list[str], env: dict[str, str]) -> None:
        """Become a program; supervisord has forked, and has set up its process group, output and directory."""
        if forks(argv):
            become(argv, env, parent=self._pid)
        super().execve(filename, argv, env)


class Forking(supervisord.Supervisor):  # type: ignore[misc]  # it ships no types
    """Supervisord, with everything imported that its programs need."""

    def runforever(self) -> None:
        """Start the servers, import while they come up, and go on as supervisord does."""
        for group in sorted(self.process_groups.values()):
            group.transition()
        if any(forks(shlex.split(program.command)) for program in self._programs()):
            preloading.preload()
            # A fork neither collects nor even looks at what is there now, which would make it a copy of its own.
            gc.collect()
            gc.freeze()
        super().runforever()

    def _programs(self) -> Iterator[ProcessConfig]:
        for group in self.options.process_group_configs:
            yield from group.process_configs


def main() -> None:
    """Run until told to stop; `-c` names the configuration."""
    options = ForkingOptions()
    options.realize(doc=__doc__)
    options.first = True
    options.test = False
    with suppress(ExitNow):
        Forking(options).main()
    options.close_httpservers()
    options.close_logger()


if __name__ == "__main__":
    main()

"""Where DBOS, Restate and what draws plots are installed: an environment and an npm folder, made by the first run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from deploy.programs import ROOT
from deploy.server import find_program

APPS = Path(__file__).with_name("peers")
LOCK = ROOT / "requirements" / "bench.lock"
RESTATE = "@restatedev/restate-server@1.7.12"
DONE = ".installed"


class PeersHome:
    """The folder `directory/peers`; `python` and `restate_server` are the programs in it."""

    def __init__(self, directory: Path) -> None:
        self._directory = (directory / "peers").resolve()
        self.python = self._directory / "venv" / "bin" / "python"
        npm = self._directory / "node_modules" / "@restatedev"
        self.restate_server = npm / "restate-server-linux-x64" / "bin" / "restate-server"

    def install(self, *, with_restate: bool) -> None:
        """Install what is not there yet; PyPI is asked, and npm only for Restate's server."""
        venv = self._directory / "venv"
        self._once(
            "python",
            LOCK.read_text(),
            [sys.executable, "-m", "venv", str(venv)],
            [str(self.python), "-m", "pip", "install", "-q", "-q", "--require-hashes", "-r", str(LOCK)],
        )
        if with_restate:
            npm = find_program("npm", package="npm")
            quietly = ("--no-audit", "--no-fund", "--ignore-scripts")
            self._once("npm", RESTATE, [npm, "install", *quietly, "--prefix", str(self._directory), RESTATE])

    def _once(self, part: str, wanted: str, *commands: list[str]) -> None:
        done = self._directory / f"{DONE}-{part}"
        if done.exists() and done.read_text() == wanted:
            return
        self._directory.mkdir(parents=True, exist_ok=True)
        for command in commands:
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        done.write_text(wanted)

    def versions(self, *names: str) -> dict[str, str]:
        """Return the versions of these Python packages."""
        script = "import sys, importlib.metadata as m; print(*(m.version(name) for name in sys.argv[1:]))"
        said = subprocess.run([str(self.python), "-c", script, *names], capture_output=True, text=True, check=True)
        return dict(zip(names, said.stdout.split(), strict=True))

"""A short fault run, so that `make faults` cannot rot: the worst faults together, once each, and everything judged."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.server import installed
from tests.reliability.faults.kinds.registry import KINDS
from tests.surroundings import outside

ROOT = Path(__file__).resolve().parents[2]
SERVERS = ("mariadbd", "rabbitmq-server", "redis-server", "nginx")


@pytest.mark.timeout(1200)
def test_the_worst_faults_together_lose_nothing_and_do_nothing_twice(tmp_path):
    required = os.environ.get("CI") or os.environ.get("AEROSAGA_REQUIRE_SERVERS")
    absent = [name for name in SERVERS if not installed(name)]
    if absent and not required:
        pytest.skip(f"{', '.join(absent)} is not installed")

    done = subprocess.run(
        [sys.executable, "-m", "tests.reliability.faults", "--short", "--report", str(tmp_path)],
        cwd=ROOT,
        env=outside(),
        capture_output=True,
        text=True,
        check=False,
    )

    shutil.rmtree(tmp_path / "system", ignore_errors=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["verdict"] == "pass"
    (chapter,) = report["chapters"]
    assert set(chapter["fired"]) == {kind.name for kind in KINDS.values() if kind.short}

"""A worker whose loop stands still over real RabbitMQ."""

import os
import subprocess
import sys

from common.looping import STOOD_STILL
from tests.integration.common.conftest import PROGRAMS, ROOT


def test_a_worker_whose_loop_stands_still_ends_to_be_started_again(broker, clean):
    ended = subprocess.run(
        [sys.executable, str(PROGRAMS / "standing_worker.py")],
        env=os.environ | {"PYTHONPATH": str(ROOT), "AEROSAGA_WAY": "servers"},
        timeout=60,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == STOOD_STILL
    assert "the worker's loop stands still" in ended.stderr + ended.stdout
    assert "hub.py" in ended.stderr + ended.stdout

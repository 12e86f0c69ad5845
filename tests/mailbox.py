"""The sandbox's SMTP server, as the process it is."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy import ports
from tests.stack import wait

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def mailbox(folder: Path, *, slow_seconds: float = 3.0) -> Iterator[int]:
    """Run it while the block runs, over this folder; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.mailbox.smtp", "127.0.0.1", str(port)],
        cwd=ROOT,
        env={"AEROSAGA_MAILBOX_FOLDER": str(folder), "AEROSAGA_MAILBOX_SLOW_SECONDS": str(slow_seconds)},
    )
    try:
        wait(lambda: not ports.is_free(port), what="the SMTP server", seconds=60)
        yield port
    finally:
        process.terminate()
        process.wait(10)

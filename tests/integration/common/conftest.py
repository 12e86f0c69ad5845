"""Consumers that hear for a while, and programs that run in a process of their own."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from common.consumer import EventConsumer, Handlers
from common.db import Database

ROOT = Path(__file__).resolve().parents[3]
PROGRAMS = Path(__file__).with_name("programs")

Hearing = Callable[[str, Handlers, Database], AbstractContextManager[None]]


@pytest.fixture
def hearing(monkeypatch: pytest.MonkeyPatch) -> Hearing:
    """Run the consumer of a service, with handlers of the test's, while a block runs."""
    # A consumer is a process of its own elsewhere; in a thread it cannot hear signals, and need not.
    monkeypatch.setattr("common.consumer.signal.signal", lambda *_: None)
    monkeypatch.setattr("common.consumer.GIVE_BACK_SECONDS", 0.05)

    @contextmanager
    def hear(service: str, handlers: Handlers, database: Database) -> Iterator[None]:
        consumer = EventConsumer(service, handlers, database)
        thread = threading.Thread(target=consumer.run, name=f"{service}-consumer")
        thread.start()
        try:
            yield
        finally:
            consumer.stop()
            thread.join(15)
            assert not thread.is_alive()

    return hear


@pytest.fixture
def run_program() -> Callable[..., int]:
    """Run one of `programs/` to its end, with this process's settings, and return its exit status."""

    def run(name: str, *arguments: str) -> int:
        done = subprocess.run(
            [sys.executable, str(PROGRAMS / f"{name}.py"), *arguments],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            timeout=60,
            check=False,
        )
        return done.returncode

    return run

"""A worker goes on when there is nobody to take its results, and keeps no message for ever."""

import os
import subprocess
import sys

import pytest
from celery import Celery

from tests.builders import a_void_command
from tests.integration.common.conftest import PROGRAMS, ROOT
from tests.stack import wait

QUEUE = "payment.commands"
# More than the worker has threads, several times over: one place lost for each would soon leave none.
COMMANDS = 8
NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def resultless(broker, clean):
    """A worker whose results are taken by nobody."""
    started = subprocess.Popen(
        [sys.executable, str(PROGRAMS / "resultless_worker.py")],
        env=os.environ | {"PYTHONPATH": str(ROOT), "AEROSAGA_RESULT_URL": NOBODY},
    )
    yield started
    started.terminate()
    started.wait(30)


class TestWithoutAResultStore:
    def test_every_command_ends_once_and_is_kept_by_nobody(self, broker, resultless):
        sender = Celery("tests")
        sender.config_from_object("celeryconfig")
        sender.conf.broker_url = broker.url
        for number in range(COMMANDS):
            command = a_void_command(reservation_id=number, reason="timeout")
            # With a callback for what is refused, as the steps of a saga have one.
            told = sender.signature("tests.told", queue="booking.commands", immutable=True)
            sender.send_task(command.task, kwargs=command.to_wire(), queue=QUEUE, link_error=told)

        wait(lambda: broker.depth(QUEUE) == 0, what="the worker to take every command", seconds=60)
        wait(
            lambda: broker.depth("booking.commands") == COMMANDS // 2,
            what="somebody to be told of every refusal",
            seconds=60,
        )
        resultless.terminate()
        resultless.wait(30)

        # What it had kept would be back by now.
        assert broker.depth(QUEUE) == 0
        assert broker.depth(f"{QUEUE}.parked") == 0

"""Beat: the one process that asks the services for their sweeps. Running two does no harm."""

import signal
from typing import Any

from celery import Celery, signals

from common import log, stopping
from common.worker import speak_plain_json

app = Celery("beat")
app.config_from_object("celeryconfig")
speak_plain_json(app)


@signals.setup_logging.connect(weak=False)
def _set_up_logging(**_: Any) -> None:
    log.configure(service="beat", role="beat")


@signals.beat_init.connect(weak=False)
def _stop_between_two_orders(sender: Any = None, **_: Any) -> None:
    """
    Let SIGTERM end beat after the order in hand.

    Celery's own handler raises SystemExit wherever beat is, mostly while it waits for the broker's confirm, and what
    came after that was seen to wait until the supervisor killed it.
    """

    def stop(*_: Any) -> None:
        sender.stop()
        stopping.begin()

    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, stop)

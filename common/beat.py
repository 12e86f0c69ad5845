"""Beat: the one process that asks the services for their sweeps. Running two does no harm."""

from typing import Any

from celery import Celery, signals

from common import log
from common.worker import speak_plain_json

app = Celery("beat")
app.config_from_object("celeryconfig")
speak_plain_json(app)


@signals.setup_logging.connect(weak=False)
def _set_up_logging(**_: Any) -> None:
    log.configure(service="beat", role="beat")

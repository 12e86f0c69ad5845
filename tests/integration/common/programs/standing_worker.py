"""A worker whose loop stands still as soon as it runs, and who looks often."""

import time

from celery import signals

from common import looping, worker

looping.TURN_SECONDS = 0.5
app = worker.create_worker("payment")


@signals.worker_ready.connect
def stand_still(sender, **_):
    sender.hub.call_soon(time.sleep, 300)


app.worker_main(["worker", "-Q", "payment.commands", "--concurrency", "2", "-n", "standing@%h", "--without-mingle"])

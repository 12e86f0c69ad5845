"""A worker with the tasks of one of two services, as `canvas_worker.py leader` or `canvas_worker.py other`."""

import sys

import redis
from celery import Celery

from common.config import settings

ROLE = sys.argv[1]
QUEUES = {"leader": "booking.commands", "other": "payment.commands"}

app = Celery(ROLE)
app.config_from_object("celeryconfig")
store = redis.Redis.from_url(settings().result_url)


class Refusal(Exception):
    pass


def do(*_results, case, step, fails):
    store.rpush(f"canvas:{case}", f"{step}!" if fails else step)
    if fails:
        raise Refusal(step)
    return step


app.task(do, name=f"{ROLE}.do", throws=(Refusal,))

if ROLE == "leader":

    @app.task(bind=True, name="leader.rewind", ignore_result=True)
    def rewind(_self, *_, case):
        store.rpush(f"canvas:{case}", "rewind")


app.worker_main(
    ["worker", "-Q", QUEUES[ROLE], "--concurrency", "4", "-n", f"{ROLE}@%h"]
    + ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
)

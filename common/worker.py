"""Celery workers: the app of a service, and the doors by which commands and sweeps come in."""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import suppress
from datetime import timedelta
from functools import partial, wraps
from typing import Any, TypeVar

import structlog
from celery import Celery, current_task, shared_task, signals, signature
from celery.exceptions import Reject

from common import failures, inbox, journal, log, outbox, parking, stopping
from common.bus import Publisher
from common.config import settings
from common.crash import crash_point
from common.db import Database
from common.errors import DomainError, TransientError
from common.failures import acting
from common.messages import Command
from common.parking.draining import Drain
from common.suspects import Gate, is_suspect
from common.watching import Glance, Watch

C = TypeVar("C", bound=Command)
logger = logging.getLogger(__name__)

# A command that met a passing trouble goes back to its queue after this pause, which doubles with each fourth delivery:
# with the queue's delivery limit of 20 that bridges three minutes without a partner. What is parked in the end, the
# saga's sweep sends anew.
GIVE_BACK_SECONDS = 2.0
# A thread waits meanwhile. No longer, so that the first ones go on soon after the partner is back.
LONGEST_PAUSE_SECONDS = 15.0
# While its own database is away a command stays where it is, since each delivery counts towards that limit. For less
# than the half hour after which RabbitMQ takes it for forgotten.
OUTLAST_SECONDS = 20 * 60
LOOK_AGAIN_SECONDS = 1.0

# Long enough for somebody to ask what became of it.
KEEP_CLOSED = timedelta(days=90)

#: The function behind each task that accepts a command, by the task's name.
DOORS: dict[str, Callable[..., Any]] = {}
#: Where the service of this process keeps the errors of commands that it gave back.
_databases: dict[str, Database] = {}
#: Where the commands of this process pass, side by side, or alone if they may have killed who had them.
_gate = Gate()

# An order of a round that nobody took up for so long is worth nothing: there was another one since.
ORDER_SECONDS = 10.0

RELAY_BATCH = 500
# Small enough that nobody waits long for the rows it locks.
PRUNE_BATCH = 2000
KEEP_PUBLISHED = timedelta(days=14)
# Longer than events are kept, so that a replay from an outbox finds its events known.
KEEP_CLAIMS = timedelta(days=30)


def create_worker(service: str) -> Celery:
    """Return the Celery app of `service`, with the tasks of `<service>_svc.tasks` and of no other service."""
    app = Celery(f"{service}_svc", include=[f"{service}_svc.tasks"], events="common.reporting:Telling")
    app.config_from_object("celeryconfig")
    app.conf.task_default_queue = f"{service}.commands"
    speak_plain_json(app)
    stopping.watch()
    _gate.begin()

    @signals.setup_logging.connect(weak=False)
    def _set_up_logging(**_: Any) -> None:
        log.configure(service=service, role="worker")

    @signals.worker_ready.connect(weak=False)
    def _begin(sender: Any, **_: Any) -> None:
        if sender.app is app:
            stand_watch(app, sender.pool.executor)

    return app


def stand_watch(app: Celery, threads: Executor) -> None:
    """Let `threads` look at once for what this process is to look after, as if beat's next order had come already."""
    for entry in app.conf.beat_schedule.values():
        if "every" in entry.get("kwargs", ()) and entry["options"]["queue"] in app.amqp.queues.consume_from:
            threads.submit(app.tasks[entry["task"]].run, **entry["kwargs"])


def speak_plain_json(app: Celery) -> None:
    """
    Let `app` answer remote control in plain JSON.

    Celery would take the serializer of tasks, whose decimals tools such as Flower cannot write again.
    """
    app.control.mailbox.serializer = "json"  # type: ignore[attr-defined]  # celery-types does not know it


def accepts(command: type[C]) -> Callable[[Callable[..., Any]], Any]:
    """
    Make a function `(command, *results)` the door of `command`.

    `results` are what the steps before answered, if the canvas passes them on. A DomainError ends the canvas and calls
    its error callback; a TransientError puts the command back on its queue.
    """

    def make_door(handle: Callable[..., Any]) -> Any:
        DOORS[command.task] = handle

        @shared_task(name=command.task, throws=(DomainError,))
        @wraps(handle)
        def door(*results: Any, **wire: Any) -> Any:
            received = command.from_wire(wire)
            with structlog.contextvars.bound_contextvars(correlation_id=str(received.correlation_id)):
                answer = _struck(partial(_giving_back, _carry_out, handle, received, *results))
                crash_point("command.done", of=command.__name__)
                return answer

        return door

    return make_door


def sweep(
    name: str, *, due: Callable[[], bool] | None = None, queue: str | None = None, on_time: bool = False
) -> Callable[[Callable[[], Any]], Any]:
    """
    Make a function without arguments the task `name`, which beat asks for again and again.

    Asked for with `every` and `seconds` it is carried out every so often for so long, if `due` says that there may be
    anything to do; see `common.watching`, which tells what `on_time` is. One that may take long, and be joined by
    others meanwhile, names its `queue`: it is ordered there then, and who stands watch goes on looking.
    """

    def make_door(handle: Callable[[], Any]) -> Any:
        def once() -> Any:
            crash_point("sweep.begun", of=name)
            try:
                return handle()
            except TransientError as error:
                logger.warning("%s: %s; the next round tries again", name, error)

        def order() -> None:
            try:
                signature(name, queue=queue, expires=ORDER_SECONDS).apply_async(retry=False, confirm_timeout=3)
            except Exception as error:  # whatever the broker or its client says
                logger.warning("%s was not ordered: %s; the next look tries again", name, error)

        def look() -> None:
            if due is None or due():
                (order if queue else once)()

        watch = Watch(look, on_time=on_time)

        # Two dozen sweeps a second would be a hundred events, which nobody looks at: Flower shows commands.
        @shared_task(name=name, acks_late=False, send_events=False)
        @wraps(handle)
        def door(*, every: float | None = None, seconds: float = 0.0) -> Any:
            # Numbers that came over the wire are decimals.
            return once() if every is None else watch.stand(every=float(every), seconds=float(seconds))

        return door

    return make_door


def housekeeping(service: str, database: Database, *also_prune: tuple[Callable[..., int], timedelta]) -> None:
    """
    Register the sweeps every service has: publish the outbox, fetch parked messages, prune what is old.

    `also_prune` are `(prune, keep)` of what only some services have.
    """
    _databases[service] = database
    publishers: list[Publisher] = []  # idle ones; each is used by one thread at a time
    drains: list[Drain] = []  # likewise

    @sweep(f"{service}_svc.relay_outbox", due=Glance(database, outbox.UNPUBLISHED), on_time=True)
    def relay_outbox() -> None:
        publisher = publishers.pop() if publishers else Publisher(settings().broker_url)
        try:
            while database.write(outbox.relay, publish=publisher.publish, limit=RELAY_BATCH) == RELAY_BATCH:
                if stopping.stopping():
                    break  # a full batch: there may be more, for who comes after us
        finally:
            publishers.append(publisher)

    @sweep(f"{service}_svc.drain_parked")
    def drain_parked() -> None:
        drain = drains.pop() if drains else Drain(service, database, broker_url=settings().broker_url)
        try:
            drain()
        finally:
            drains.append(drain)

    @sweep(f"{service}_svc.prune")
    def prune() -> None:
        everywhere: tuple[tuple[Callable[..., int], timedelta], ...] = (
            (outbox.prune, KEEP_PUBLISHED),
            (inbox.prune, KEEP_CLAIMS),
            (journal.prune, KEEP_CLAIMS),
            (parking.prune, KEEP_CLOSED),
            (parking.prune_errors, KEEP_CLAIMS),
        )
        for forget, keep in (*everywhere, *also_prune):
            while not stopping.stopping() and database.write(forget, keep=keep, limit=PRUNE_BATCH) == PRUNE_BATCH:
                pass  # a full batch: there may be more


def _struck(step: Callable[[], Any]) -> Any:
    """Carry out a command, with what a failure switch does to it if this message names one."""
    deed = (current_task.request.headers or {}).get(failures.MESSAGE_HEADER) if failures.on() else None
    return acting.carry_out(deed, step) if deed else step()


def _carry_out(handle: Callable[..., Any], received: Command, *results: Any) -> Any:
    with _gate.passed(alone=_may_kill()):
        crash_point("command.delivered", of=type(received).__name__, message=received.correlation_id)
        return handle(received, *results)


def _may_kill() -> bool:
    """Tell whether the command of this thread came back so often, and never from somebody who could say why."""
    if not is_suspect(_deliveries()):
        return False
    database, message_id = _own_database(), current_task.request.id
    if database is None or message_id is None:
        return True
    while True:
        try:
            return not database.read(parking.is_noted, message_id=message_id)
        except TransientError as error:
            # Not before its database is back: it might kill all others in hand, each time, and none of them could get
            # through meanwhile.
            if not _outlast(error):
                return True


def _giving_back(handle: Callable[..., Any], *args: Any) -> Any:
    while True:
        try:
            return handle(*args)
        except TransientError as error:
            if _outlast(error):
                continue
            logger.warning("giving the command back: %s", error)
            _note(error)
            time.sleep(_pause(deliveries=_deliveries()))
            raise Reject(str(error), requeue=True) from error


def _pause(*, deliveries: int) -> float:
    """Return how many seconds a command is kept before it goes back, after so many deliveries before this one."""
    return min(GIVE_BACK_SECONDS * 2.0 ** (deliveries // 4), LONGEST_PAUSE_SECONDS)


def _deliveries() -> int:
    """Return how often the command of this thread was delivered before, as RabbitMQ counts; 0 where nobody does."""
    return int(current_task.request.get("x-delivery-count") or 0) if current_task else 0


def _outlast(error: TransientError) -> bool:
    """If the database is away, wait until it is back and return True: every command may be carried out again."""
    database = _own_database()
    if database is None or not database.is_away():
        return False
    logger.warning("waiting for the database: %s", error)
    end = time.monotonic() + OUTLAST_SECONDS
    while time.monotonic() < end:
        time.sleep(LOOK_AGAIN_SECONDS)
        if not database.is_away():
            return True
    return False


def _own_database() -> Database | None:
    return _databases.get(str(current_task.name).partition("_svc.")[0])


def _note(error: TransientError) -> None:
    """Leave the error for the day when the broker parks the command, if the database takes it."""
    database = _own_database()
    if database and current_task.request.id:
        with suppress(TransientError):
            said = f"{type(error).__name__}: {error}"
            database.write(parking.note_error, message_id=current_task.request.id, error=said)

"""Celery's settings, shared by every worker, web process and beat; each with its reason."""

from typing import Any

from kombu.serialization import register

from common import codec, queues
from common.config import settings
from common.contracts.subscriptions import SERVICES

# --- Where -----------------------------------------------------------------------------------------------------------

broker_url = settings().broker_url
# Our own class, which does not listen for results: it says why.
result_backend = f"common.results:ResultStore+{settings().result_url}"

# A publish waits for the broker's confirm: without it a command is lost, silently, when a queue is missing or full or
# the broker has an alarm. (Off by default in Celery; Redis has no confirms and ignores it.)
broker_transport_options: dict[str, Any] = {
    "confirm_publish": broker_url.startswith("amqp"),
    **queues.transport_options(broker_url),
}
# Finds a dead broker in seconds; below 5 s a busy one would look dead. RabbitMQ's guide: 5 to 20 s.
broker_heartbeat = 10
# A worker outlives any absence of its broker; the default gives up after 100 attempts.
broker_connection_max_retries = None
broker_connection_retry_on_startup = True
# Publishing fails within seconds, so that a request is answered; a sweep sends later what was not sent.
broker_connection_timeout = 4

# --- What travels ----------------------------------------------------------------------------------------------------

# JSON only: a pickle from the broker would be code. Ours keeps decimals exact, so it has a content type of its own;
# plain JSON stays accepted for Celery's own control messages.
EXACT_JSON = "application/vnd.aerosaga+json"
register("aerosaga-json", codec.dumps, codec.loads, content_type=EXACT_JSON, content_encoding="utf-8")
task_serializer = "aerosaga-json"
accept_content = [EXACT_JSON, "application/json"]
result_serializer = "json"
result_accept_content = ["json"]

# A store that takes a question and never answers holds a request or a worker's thread for so long; Celery's default is
# two minutes. It answers in milliseconds.
redis_socket_timeout = 2.0
redis_socket_connect_timeout = 2.0

# --- Queues ----------------------------------------------------------------------------------------------------------

task_queues = queues.tasks()
# A misspelt queue name is an error, not a new classic queue that nobody reads.
task_create_missing_queues = False
task_default_queue_type = "quorum"
# Delayed delivery on quorum queues needs topic exchanges.
task_default_exchange_type = "topic"
# Quorum queues know no global prefetch; Celery asks each consumer for its own.
worker_detect_quorum_queues = True

# --- How a task is carried out ---------------------------------------------------------------------------------------

# Threads wait for a database and a bank without the memory of processes (docs/adr/0005-thread-pools.md); ours give back
# what Celery's would keep.
worker_pool = "common.pool:Threads"
# Acknowledge after the work: a worker that dies gives its task back. Every task may therefore run twice, and may.
task_acks_late = True
# With late acknowledgement, a child that is killed would be acknowledged all the same; safe only because every queue
# counts deliveries and parks what comes back too often.
task_reject_on_worker_lost = True
# A worker takes what it works on and leaves the rest to others; what it holds is redelivered when it dies.
worker_prefetch_multiplier = 1
# Results live for chords, which count their finished members by themselves, and for telling why a step said no. What a
# step answered when it went well, Celery hands to the next one; nobody would ever fetch it.
task_ignore_result = True
task_store_errors_even_if_ignored = True
result_expires = 3600
# How long somebody waits for a result store that is away; the default is 20 s, and a request waits here when it begins
# a chord. What is lost with a result, the saga's sweep makes good.
result_backend_transport_options = {"retry_policy": {"max_retries": 2, "interval_start": 0.5, "interval_max": 0.5}}
# One error callback hangs on the whole canvas. True would call it twice when a member of a group fails; the table in
# tests/integration/common/test_canvas_callbacks.py holds what this Celery does.
task_allow_error_cb_on_chord_header = False
# SIGQUIT and Ctrl-C: finish what is running for so long, then give it back. SIGTERM: see common/stopping.py.
worker_soft_shutdown_timeout = 10
worker_enable_soft_shutdown_on_idle = True
# Lost connection: let the running task end. It commits or it does not; either way it may run again.
worker_cancel_long_running_tasks_on_connection_loss = False
# Our own log form is set up by `common.log`.
worker_hijack_root_logger = False
# Events for Flower: what each task did and when; not that it was sent, since a request would await that confirm, too.
# Where there is no Flower nobody hears them.
worker_send_task_events = settings().way != "embedded"
task_send_sent_event = False
# All of a second at once; Celery's own would stop for each.
worker_consumer = "common.reporting:Reporter"
enable_utc = True
timezone = "UTC"

# --- What beat asks for ----------------------------------------------------------------------------------------------


# How often who stands watch is asked to stay. A sweeper that starts does so by itself (common/worker.py), and beat
# asks at once for what is overdue when it starts.
ORDER_SECONDS = 20.0


def _every(seconds: float, task: str, service: str, queue: str | None = None) -> dict[str, Any]:
    # An order that nobody took in time expires: after a stop there is one sweep to do, not a thousand. One that the
    # broker does not confirm, on a new connection either, is given up: one queue out of order must not stop beat.
    options = {
        "queue": queue or f"{service}.sweeps",
        "expires": max(10.0, seconds * 2),
        "confirm_timeout": 3.0,
        "retry_policy": {"max_retries": 1},
    }
    return {"task": f"{service}_svc.{task}", "schedule": seconds, "options": options}


def _watch(seconds: float, task: str, service: str, queue: str | None = None) -> dict[str, Any]:
    # Looked at by the sweeper itself, for twice as long as the next order takes to come: one may be late.
    return {**_every(ORDER_SECONDS, task, service, queue), "kwargs": {"every": seconds, "seconds": 2 * ORDER_SECONDS}}


beat_schedule = {
    # The longest an event waits before it is published.
    **{f"{service}: publish the outbox": _watch(0.5, "relay_outbox", service) for service in SERVICES},
    # From the broker's parked queues to where an operator can see them.
    **{f"{service}: fetch parked messages": _watch(5, "drain_parked", service) for service in SERVICES},
    **{f"{service}: prune outbox and inbox": _every(3600, "prune", service) for service in SERVICES},
    # Starts what was not started, sends again what shows no progress, rewinds what ran out of time.
    "booking: wake sagas": _watch(1, "wake_sagas", "booking"),
    # A guest who asked for a code waits for the mail.
    "booking: mail access codes": _watch(1, "mail_access_codes", "booking"),
    # Makes the first key of access tokens, the next one ahead of its time, and takes old ones away after theirs.
    "auth: rotate keys": _every(30, "rotate_keys", "auth"),
    # Tells integrators what is due to be told.
    "notification: send webhooks": _watch(1, "send_webhooks", "notification", queue="notification.webhooks"),
    # Every inconsistency is seen within a minute: it takes two rounds, and what follows by event has its time. While
    # nothing happens every other round is left out.
    "auditor: hold the books against each other": _watch(10, "audit", "auditor"),
    # Captures, voids and refunds that are due; asks after payments whose outcome is unknown.
    "payment: settle": _watch(1, "settle_payments", "payment", queue="payment.settlements"),
    # Looks at reservations that something was heard of; sends what is to be sent.
    "notification: write letters": _watch(1, "write_letters", "notification"),
    "notification: deliver messages": _watch(0.5, "deliver_messages", "notification", queue="notification.messages"),
}
# For so long beat sleeps at most, and so long it may take to stop.
beat_max_loop_interval = 1.0

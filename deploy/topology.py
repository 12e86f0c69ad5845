"""Every process, queue and database of Aerosaga: the one list that all who start, watch or check it read."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from gateway.rules import MAX_LINE_BYTES

Way = Literal["embedded", "servers", "containers"]
Role = Literal["web", "worker", "settler", "deliverer", "webhooks", "sweeper", "consumer", "beat", "smtp", "flower"]

WAYS: tuple[Way, ...] = get_args(Way)
WITH_FLOWER: frozenset[Way] = frozenset({"servers", "containers"})
EVERY_WAY: frozenset[Way] = frozenset(WAYS)

# A service is in this list if it has a database of its own. Its Python package is `<service>_svc`.
SERVICES = ("airline", "flight", "fare", "booking", "payment", "notification", "auth", "auditor")
# Who takes commands, and whose events each service hears.
TAKES_COMMANDS = ("booking", "payment", "notification")
# Who waits for a slow outside party; a queue and a process apart, so that it delays neither commands nor sweeps.
SETTLES = ("payment",)
DELIVERS = ("notification",)
SENDS_WEBHOOKS = ("notification",)
HEARS = MappingProxyType(
    {
        "flight": ("airline",),
        "fare": ("flight",),
        "booking": ("flight", "fare", "payment"),
        "payment": ("booking",),
        "auditor": ("booking",),
        "notification": ("booking", "payment", "flight"),
    }
)

# Tried first; a busy one is replaced by the same port some tens higher.
PREFERRED_PORTS = MappingProxyType(
    {
        "gateway": 8600,
        "pages": 8608,
        "airline": 8601,
        "flight": 8602,
        "booking": 8603,
        "payment": 8604,
        "fare": 8605,
        "auditor": 8609,
        "notification": 8606,
        "auth": 8607,
        "bank": 8690,
        "smtp": 8691,
        "mailbox": 8692,
        "stream": 8611,
        "flower": 8655,
    }
)
# Where nginx is the public door; in the other way the gateway's own process is the whole of it.
WITH_NGINX: frozenset[Way] = frozenset({"servers", "containers"})
# Inside a container nothing else can hold the port, so each web listens on the same one.
CONTAINER_PORT = 8000

EVERY_PROCESS = ("AEROSAGA_WAY", "AEROSAGA_LOG_LEVEL", "AEROSAGA_LOG_FORMAT")
#: Where pages find the sandbox bank as its customers do; whoever has another provider leaves it unset.
SANDBOX_BANK_KEY = "AEROSAGA_SANDBOX_BANK_URL"
MESSAGING = ("AEROSAGA_BROKER_URL", "AEROSAGA_RESULT_URL")


@dataclass(frozen=True, kw_only=True)
class Process:
    """
    One kind of process.

    `command` has placeholders: {host}, {port}, {data} (a directory whose files survive a restart),
    {web_workers} and {unique} (tells two nodes on one host apart).
    `environment` names every AEROSAGA_ variable that the process is given, and it is given no other.
    `live` and `ready` are paths on its HTTP port: 200 when it lives, and when its dependencies answer too.
    """

    name: str
    service: str
    role: Role
    command: tuple[str, ...]
    environment: tuple[str, ...]
    queues: tuple[str, ...] = ()
    live: str | None = None
    ready: str | None = None
    ways: frozenset[Way] = EVERY_WAY

    @property
    def has_port(self) -> bool:
        """True if the process serves HTTP or takes mail."""
        return any("{port}" in word for word in self.command)

    @property
    def node(self) -> str | None:
        """The Celery node name's part before the @, for `inspect ping`; None if it is no Celery node."""
        if self.role == "beat":
            return "celerybeat"
        return self.name if self.role in ("worker", "settler", "deliverer", "webhooks", "sweeper") else None


def scheme(service: str) -> str:
    """Return what the URL of a service begins with."""
    return "smtp" if service == "smtp" else "http"


def database_name(service: str) -> str:
    """Return the name of the service's database, which is also the name of its user."""
    return f"aerosaga_{service}"


def database_key(service: str) -> str:
    """Return the variable that holds the service's database URL."""
    return f"AEROSAGA_{service.upper()}_DATABASE_URL"


def password_key(service: str) -> str:
    """Return the variable that holds the password of the service's database user."""
    return f"AEROSAGA_{service.upper()}_DATABASE_PASSWORD"


def url_key(service: str) -> str:
    """Return the variable that holds the base URL of the service, as the gateway knows it."""
    return f"AEROSAGA_{service.upper()}_URL"


def command_queue(service: str) -> str:
    return f"{service}.commands"


def sweep_queue(service: str) -> str:
    return f"{service}.sweeps"


def settlement_queue(service: str) -> str:
    return f"{service}.settlements"


def message_queue(service: str) -> str:
    return f"{service}.messages"


def webhook_queue(service: str) -> str:
    return f"{service}.webhooks"


def inbox_queue(service: str, publisher: str) -> str:
    return f"{service}.inbox.{publisher}"


def _own(service: str) -> tuple[str, ...]:
    """The variables of every process of a service."""
    more: dict[str, tuple[str, ...]] = {
        # Who signs offers, and who takes them from these keys.
        "fare": ("AEROSAGA_OFFER_KEY", "AEROSAGA_OFFER_PUBLIC_KEYS"),
        # Who signs the access tokens of reservations, and who takes them.
        "booking": (
            *("AEROSAGA_RESERVATION_KEY", "AEROSAGA_RESERVATION_PUBLIC_KEYS"),
            *("AEROSAGA_HOLD_SECONDS", "AEROSAGA_OFFER_PUBLIC_KEYS"),
        ),
        # It reads the books of all of them.
        "auditor": tuple(map(url_key, SERVICES)),
        "payment": ("AEROSAGA_BANK_URL", "AEROSAGA_RESERVATION_PUBLIC_KEYS"),
        # Who keeps the keys that sign access tokens.
        "auth": ("AEROSAGA_KEY_SECRET",),
        "notification": (
            *("AEROSAGA_SMTP_URL", "AEROSAGA_SMS_URL"),
            *("AEROSAGA_KEY_SECRET", "AEROSAGA_WEBHOOK_PRIVATE_ADDRESSES"),
        ),
    }
    common = (*EVERY_PROCESS, *MESSAGING, database_key(service), "AEROSAGA_OPERATOR_TOKEN", "AEROSAGA_JWKS_URL")
    return (*common, *more.get(service, ()))


# Knows how long a request has waited, see common/shedding.py.
_TIMING = "common.serving.TimingWorker"


def _gunicorn(
    app: str, *, workers: str, threads: int, worker_class: str = "gthread", connections: int = 256, finish: int = 30
) -> tuple[str, ...]:
    # The control socket would be shared by every gunicorn of a user, so it is off. Threads rather than more workers,
    # because a request mostly waits for its database. A connection is kept for longer than clients reuse it (httpx:
    # 5 s), because one that is closed at the moment of its reuse is a failed request. A web that stops has so long to
    # answer what it has: longer than any answer takes (common/db.py), shorter than until it is killed.
    return (
        *("gunicorn", app, "--bind", "{host}:{port}", "--worker-class", worker_class),
        *("--workers", workers, "--threads", str(threads)),
        # What may wait: a worker takes so many connections, idle ones too, and the kernel keeps so many for it.
        *("--worker-connections", str(connections), "--backlog", "256"),
        *("--graceful-timeout", str(finish), "--keep-alive", "15", "--no-control-socket"),
    )


def _web(service: str) -> Process:
    return Process(
        name=f"{service}-web",
        service=service,
        role="web",
        command=_gunicorn(f"{service}_svc.app:web()", workers="{web_workers}", threads=8, worker_class=_TIMING),
        environment=_own(service),
        live="/healthz",
        ready="/readyz",
    )


def _celery(service: str, role: Role, queue: str, *, threads: int) -> Process:
    # Two nodes of one name would steal each other's control queue. Gossip and mingle only cost start-up time
    # and traffic here. Flower, which alone hears heartbeats, need not hear them every two seconds.
    return Process(
        name=f"{service}-{role}",
        service=service,
        role=role,
        command=(
            *("celery", "-A", f"{service}_svc.app", "worker", "-Q", queue),
            *("--concurrency", str(threads)),
            *("-n", f"{service}-{role}@%h{{unique}}"),
            *("--without-gossip", "--without-mingle", "--heartbeat-interval", "10"),
        ),
        environment=_own(service),
        queues=(queue,),
    )


def _consumer(service: str) -> Process:
    return Process(
        name=f"{service}-consumer",
        service=service,
        role="consumer",
        command=("python", "-m", f"{service}_svc.app"),
        environment=_own(service),
        queues=tuple(inbox_queue(service, publisher) for publisher in HEARS[service]),
    )


BEAT = Process(
    name="beat",
    service="beat",
    role="beat",
    # Remote control is what lets a health check ask beat whether it still ticks.
    command=("celery", "-A", "common.beat", "beat", "-s", "{data}/beat-schedule", "--enable-remote-control"),
    environment=(*EVERY_PROCESS, *MESSAGING),
)

BANK = Process(
    name="bank",
    service="bank",
    role="web",
    # One worker: the ledger is one SQLite file, and the bank stands for somebody else's system.
    command=_gunicorn("sandbox.bank.app:web()", workers="1", threads=8),
    environment=(*EVERY_PROCESS, "AEROSAGA_BANK_DATABASE"),
    live="/healthz",
    ready="/healthz",
)

# Stands for the mail server of somebody else; the view shows what it was given.
SMTP = Process(
    name="smtp",
    service="smtp",
    role="smtp",
    command=("python", "-m", "sandbox.mailbox.smtp", "{host}", "{port}"),
    environment=(*EVERY_PROCESS, "AEROSAGA_MAILBOX_FOLDER"),
)

MAILBOX = Process(
    name="mailbox",
    service="mailbox",
    role="web",
    command=_gunicorn("sandbox.mailbox.app:web()", workers="1", threads=8),
    environment=(*EVERY_PROCESS, "AEROSAGA_MAILBOX_FOLDER"),
    live="/healthz",
    ready="/healthz",
)

FLOWER = Process(
    name="flower",
    service="flower",
    role="flower",
    # Workers have a new name after each restart, so the old ones are forgotten.
    command=(
        *("celery", "-A", "common.beat", "flower", "--address={host}", "--port={port}"),
        "--purge-offline-workers=60",
    ),
    environment=(*EVERY_PROCESS, *MESSAGING, "AEROSAGA_FLOWER_USER", "AEROSAGA_FLOWER_PASSWORD"),
    live="/healthcheck",
    ready="/healthcheck",
    ways=WITH_FLOWER,
)

_UPSTREAMS = tuple(url_key(service) for service in (*SERVICES, "stream"))

# The door's own pages, which nginx asks for: the traveller's, the console, docs, the OpenAPI document of all services,
# its health. A thread of it mostly waits for a service.
PAGES = Process(
    name="gateway-pages",
    service="pages",
    role="web",
    command=_gunicorn("gateway.app:pages()", workers="1", threads=16),
    environment=(*EVERY_PROCESS, "AEROSAGA_KEY_SECRET", *_UPSTREAMS, SANDBOX_BANK_KEY, url_key("flower")),
    live="/healthz",
    ready="/readyz",
    ways=WITH_NGINX,
)

# News for pages that are open: a connection for each, so it is asynchronous and a process of its own. One worker,
# because each hears everything; to scale, there are more of these processes.
STREAM = Process(
    name="gateway-stream",
    service="stream",
    role="web",
    # Its connections never end by themselves, so that it would wait for them in vain when it stops.
    command=_gunicorn(
        "gateway.stream.app:app()", workers="1", threads=1, worker_class="asgi", connections=5000, finish=2
    ),
    environment=(*EVERY_PROCESS, "AEROSAGA_BROKER_URL", "AEROSAGA_KEY_SECRET", *map(url_key, SERVICES)),
    live="/healthz",
    ready="/readyz",
)

# The whole door in one process, with nginx's limits. A request holds a thread until its service has answered.
DOOR = Process(
    name="gateway",
    service="gateway",
    role="web",
    command=(
        *_gunicorn("gateway.app:door()", workers="{web_workers}", threads=32, worker_class="gateway.worker.DoorWorker"),
        # Nothing stands before it whose word on address and scheme it could take.
        *("--forwarded-allow-ips", ""),
        *("--limit-request-line", str(MAX_LINE_BYTES), "--limit-request-field_size", str(MAX_LINE_BYTES)),
    ),
    environment=(*EVERY_PROCESS, "AEROSAGA_RESULT_URL", "AEROSAGA_KEY_SECRET", *_UPSTREAMS, SANDBOX_BANK_KEY),
    live="/healthz",
    ready="/readyz",
    ways=EVERY_WAY - WITH_NGINX,
)

#: Stand-ins for somebody else's systems.
OUTSIDE = frozenset(process.service for process in (BANK, SMTP, MAILBOX))

# Webs first: they are what `up` waits for.
PROCESSES: tuple[Process, ...] = (
    *(_web(service) for service in SERVICES),
    BANK,
    PAGES,
    STREAM,
    DOOR,
    SMTP,
    MAILBOX,
    *(_celery(service, "worker", command_queue(service), threads=8) for service in TAKES_COMMANDS),
    *(_consumer(service) for service in HEARS),
    # Of most services two threads stand watch, of booking_svc four, of notification_svc three; the others take orders.
    *(_celery(service, "sweeper", sweep_queue(service), threads=6) for service in SERVICES),
    # One stands watch and orders rounds, which the others carry out.
    *(_celery(service, "settler", settlement_queue(service), threads=5) for service in SETTLES),
    *(_celery(service, "deliverer", message_queue(service), threads=2) for service in DELIVERS),
    # Two threads beside the one that stands watch, because while one takes long over its last answers the other takes
    # up what has become due.
    *(_celery(service, "webhooks", webhook_queue(service), threads=3) for service in SENDS_WEBHOOKS),
    BEAT,
    FLOWER,
)

# Run to its end before any process starts. It alone sees every database, because it makes their tables.
MIGRATE = ("python", "-m", "aerosaga.cli", "migrate")
MIGRATE_ENVIRONMENT = (*EVERY_PROCESS, *(database_key(service) for service in SERVICES))


def processes(way: Way) -> tuple[Process, ...]:
    """Return the processes that run in this way, in the order in which they are started."""
    return tuple(process for process in PROCESSES if way in process.ways)


def queues() -> frozenset[str]:
    """Return every queue that somebody takes messages from."""
    return frozenset(queue for process in PROCESSES for queue in process.queues)


def command(process: Process, *, host: str, port: int | None, data: str, web_workers: int, unique: str) -> list[str]:
    """Return the process's command with every placeholder filled in."""
    if process.has_port and port is None:
        raise ValueError(f"{process.name} serves HTTP, so it needs a port.")
    filled = {"host": host, "port": port, "data": data, "web_workers": web_workers, "unique": unique}
    return [word.format_map(filled) for word in process.command]


def health_check(process: Process) -> list[str]:
    """Return the command that tells, inside the process's container, whether it does its work."""
    ask = ["python", "-m", "deploy.health"]
    if process.ready is not None:
        return [*ask, "http", str(CONTAINER_PORT), process.ready]
    if process.node is not None:
        return [*ask, "node", process.node]
    if process.role == "smtp":
        return [*ask, "smtp", str(CONTAINER_PORT)]
    return [*ask, "queues", *process.queues]

"""The environment of each process: its own settings, its own database's URL, and no other's."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from common import clock, failures
from deploy import signing_keys, topology
from deploy.ports import LOOPBACK
from deploy.servers import ServerUrls
from deploy.topology import Process, Way

PREFIX = "AEROSAGA_"
#: Where tests say which process is to die where; see common/crash.py. Nobody else sets it, and no shell can.
CRASH_POINTS = "AEROSAGA_CRASH_POINTS"
#: Whether chosen steps may be made to fail; see common/failures. Only the demo and tests set it, and no shell can.
FAILURE_SWITCHES = failures.VARIABLE
#: The file that tells how far ahead the clock was moved; see common/clock.py. Only the embedded way has one, where
#: failure switches are on, and no shell can name it.
CLOCK = clock.VARIABLE
#: Made once per run directory and kept.
SECRETS = (
    "AEROSAGA_OPERATOR_TOKEN",
    "AEROSAGA_RESERVATION_KEY",
    "AEROSAGA_OFFER_KEY",
    "AEROSAGA_KEY_SECRET",
    "AEROSAGA_FLOWER_PASSWORD",
)
FLOWER_USER = "operator"
#: Whether webhooks may be sent to this machine; elsewhere they may not, unless somebody says so.
PRIVATE_ADDRESSES = "AEROSAGA_WEBHOOK_PRIVATE_ADDRESSES"
#: Settings with good defaults that a person may set for every process by setting them for `up`.
TUNING = (
    "AEROSAGA_LOG_LEVEL",
    "AEROSAGA_LOG_FORMAT",
    "AEROSAGA_CURRENCY",
    "AEROSAGA_OFFER_SECONDS",
    "AEROSAGA_MIN_CONNECTION_MINUTES",
    "AEROSAGA_MAX_CONNECTION_MINUTES",
    "AEROSAGA_PROVIDER_TIMEOUT_SECONDS",
    "AEROSAGA_MAIL_FROM",
    "AEROSAGA_MAIL_TIMEOUT_SECONDS",
    "AEROSAGA_MAILBOX_SLOW_SECONDS",
    "AEROSAGA_BANK_SLOW_SECONDS",
    "AEROSAGA_BANK_TIMEOUT_SECONDS",
    "AEROSAGA_HOLD_CAP",
    "AEROSAGA_SAGA_PATIENCE_SECONDS",
    "AEROSAGA_SAGA_BACKLOG_SECONDS",
    "AEROSAGA_AVRO_EXCHANGES",
    "AEROSAGA_INBOX_PARTS",
    "AEROSAGA_DATABASE_POOL_SIZE",
    "AEROSAGA_RATE_LIMIT",
    "AEROSAGA_CALLER_RATE_LIMIT",
    "AEROSAGA_RESERVATION_RATE_LIMIT",
    "AEROSAGA_GUESS_RATE_LIMIT",
    "AEROSAGA_CONNECTION_LIMIT",
    "AEROSAGA_SEARCH_LANE",
    "AEROSAGA_BOOKING_LANE",
    "AEROSAGA_CRITICAL_LANE",
)


def settings(
    way: Way,
    *,
    urls: ServerUrls,
    secrets: Mapping[str, str],
    http_ports: Mapping[str, int],
    data_dir: Path,
    hold_seconds: int,
    crash_points: Path | None = None,
    failure_switches: bool = False,
) -> dict[str, str]:
    """Return every AEROSAGA_ variable of a way that runs on this machine; `of` picks what a process may see."""
    return {
        "AEROSAGA_WAY": way,
        "AEROSAGA_LOG_LEVEL": "INFO",
        "AEROSAGA_LOG_FORMAT": "json",
        "AEROSAGA_BROKER_URL": urls.broker,
        "AEROSAGA_RESULT_URL": urls.result,
        **{topology.database_key(service): url for service, url in urls.databases.items()},
        **{
            topology.url_key(service): f"http://{LOOPBACK}:{http_ports[service]}"
            for service in (*topology.SERVICES, "stream", "flower")
            if service in http_ports
        },
        "AEROSAGA_BANK_URL": f"http://{LOOPBACK}:{http_ports['bank']}",
        topology.SANDBOX_BANK_KEY: f"http://{LOOPBACK}:{http_ports['bank']}",
        "AEROSAGA_BANK_DATABASE": str(data_dir / "bank.db"),
        "AEROSAGA_JWKS_URL": f"http://{LOOPBACK}:{http_ports['auth']}/.well-known/jwks.json",
        "AEROSAGA_SMTP_URL": os.environ.get("AEROSAGA_SMTP_URL", f"smtp://{LOOPBACK}:{http_ports['smtp']}"),
        "AEROSAGA_SMS_URL": os.environ.get("AEROSAGA_SMS_URL", f"http://{LOOPBACK}:{http_ports['mailbox']}"),
        "AEROSAGA_MAILBOX_FOLDER": str(data_dir / "mailbox"),
        "AEROSAGA_HOLD_SECONDS": str(hold_seconds),
        # Nothing of these ways can be reached from outside the machine, so whoever asks for a webhook is on it already.
        PRIVATE_ADDRESSES: os.environ.get(PRIVATE_ADDRESSES, "allow"),
        "AEROSAGA_FLOWER_USER": FLOWER_USER,
        **secrets,
        **signing_keys.public_of(secrets),
        **{name: os.environ[name] for name in TUNING if name in os.environ},
        **({CRASH_POINTS: str(crash_points)} if crash_points else {}),
        **({FAILURE_SWITCHES: "on"} if failure_switches else {}),
        **({CLOCK: str(data_dir.parent / clock.FILE)} if failure_switches and way == "embedded" else {}),
    }


def of(process: Process, everything: Mapping[str, str]) -> dict[str, str]:
    """Return the whole environment of a process."""
    chosen = only(process.environment, everything)
    if process.role == "flower":
        # Not on its command line, which everybody on the machine can read.
        user, password = everything["AEROSAGA_FLOWER_USER"], everything["AEROSAGA_FLOWER_PASSWORD"]
        chosen["FLOWER_BASIC_AUTH"] = f"{user}:{password}"
    return chosen


def only(names: Iterable[str], everything: Mapping[str, str]) -> dict[str, str]:
    """Return these variables and the caller's tuning, on top of the caller's environment without its own AEROSAGA_."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    scripts = str(Path(sys.executable).parent)
    tuning = {name: everything[name] for name in (*TUNING, CRASH_POINTS, FAILURE_SWITCHES, CLOCK) if name in everything}
    return {
        **inherited,
        "PATH": os.pathsep.join([scripts, os.environ.get("PATH", os.defpath)]),
        # A log line must be in the log when the process is killed the moment after.
        "PYTHONUNBUFFERED": "1",
        **tuning,
        **{name: everything[name] for name in names},
    }

"""
What a container's health check runs; exit status 0 means healthy.

    python -m deploy.health http PORT PATH        the web process answers 200 there
    python -m deploy.health node NAME             the Celery node NAME of this host answers a ping
    python -m deploy.health smtp PORT             the mail server says hello
    python -m deploy.health queues NAME...        somebody takes messages from each of these queues
"""

from __future__ import annotations

import os
import smtplib
import socket
import sys
from collections.abc import Callable
from typing import Any

from deploy.asking import ask
from deploy.ports import LOOPBACK

PING_SECONDS = 5.0


def http(port: str, path: str) -> str | None:
    """Return what is wrong with the web process on this port, or None."""
    answer = ask(f"http://{LOOPBACK}:{port}{path}")
    return None if answer.ok else f"{path} answered {answer.status or 'nothing'}: {answer.text}"


def node(name: str) -> str | None:
    """Return what is wrong with the Celery node of this host, or None."""
    from celery import Celery  # Here, because a web's check runs every few seconds and needs none of it.

    app = Celery()
    app.config_from_object("celeryconfig")
    destination = f"{name}@{socket.gethostname()}"
    answers = app.control.ping(destination=[destination], timeout=PING_SECONDS, limit=1)
    return None if answers else f"{destination} did not answer within {PING_SECONDS:.0f} s"


def queues(*names: str) -> str | None:
    """Return which of these queues nobody takes messages from, or None."""
    from kombu import Connection

    with Connection(os.environ["AEROSAGA_BROKER_URL"], connect_timeout=PING_SECONDS) as connection:
        channel: Any = connection.default_channel
        idle = [name for name in names if not channel.queue_declare(name, passive=True).consumer_count]
    return f"nobody takes messages from {', '.join(idle)}" if idle else None


def smtp(port: str) -> str | None:
    """Return what is wrong with the mail server on this port, or None."""
    with smtplib.SMTP(LOOPBACK, int(port), timeout=PING_SECONDS) as server:
        status, said = server.noop()
    return None if status == 250 else f"it answered {status}: {said.decode()}"


CHECKS: dict[str, Callable[..., str | None]] = {"http": http, "node": node, "smtp": smtp, "queues": queues}


def main(check: str, *arguments: str) -> None:
    """Run one check and leave with its result."""
    try:
        complaint = CHECKS[check](*arguments)
    except Exception as error:
        complaint = f"{type(error).__name__}: {error}"
    sys.exit(complaint)


if __name__ == "__main__":
    main(*sys.argv[1:])

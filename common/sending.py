"""Sends a command that belongs to no saga; only from a process that has a Celery app."""

from typing import Any

from celery import signature

from common.errors import TransientError
from common.messages import Command


class NotSent(TransientError):
    """Raised when the broker did not confirm that it has a command; sending it again is up to the caller."""


def send(command: Command) -> None:
    """
    Put a command on its owner's queue, and return when the broker has confirmed it.

    :raises NotSent: if it did not
    """
    trace = f"00-{command.correlation_id.hex}-{command.correlation_id.hex[:16]}-01"
    order = signature(command.task, kwargs=command.to_wire(), queue=command.queue, headers={"traceparent": trace})
    # Celery writes what it is called with into a header and into its events, where Flower shows it.
    shown: dict[str, Any] = {"kwargsrepr": "personal"} if command.personal else {}
    try:
        order.apply_async(retry=False, confirm_timeout=3, **shown)
    except Exception as error:  # whatever the broker or its client says
        raise NotSent(f"{type(command).__name__} was not sent: {error}") from error

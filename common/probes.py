"""What `/readyz` asks: is the broker there, is the result store there."""

import redis
from kombu import Connection

from common.config import settings


def broker() -> None:
    """Return if the broker takes a connection within two seconds, raise what it says if not."""
    with Connection(settings().broker_url, connect_timeout=2) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=2)


def results() -> None:
    """Return if the result store answers within two seconds, raise what it says if not."""
    with redis.Redis.from_url(settings().result_url, socket_connect_timeout=2, socket_timeout=2) as store:
        store.ping()

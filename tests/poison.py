"""An event that its reader cannot read, for tests of what becomes of it."""

import json
from uuid import uuid4

from tests.broker import Broker


def put_poison(broker_url: str) -> str:
    """Publish that a reservation which never was failed, for no reason; return the id of the event."""
    event_id = str(uuid4())
    body = {
        "type": "ReservationFailed",
        "version": 1,
        "eventId": event_id,
        "correlationId": str(uuid4()),
        "reservationId": 2**40,
        "locator": "ZZZZZZ",
    }
    broker = Broker(broker_url)
    try:
        broker.put(
            json.dumps(body),
            exchange="booking.events",
            routing_key="ReservationFailed.v1",
            message_id=event_id,
            content_type="application/json",
        )
    finally:
        broker.close()
    return event_id

"""airline_svc: the events it publishes."""

from typing import ClassVar

from common.messages import Event, message


@message
class AirlineUpdated(Event):
    """An airline is new or has a new name. `code` is its IATA code."""

    exchange: ClassVar[str] = "airline.events"

    code: str
    name: str

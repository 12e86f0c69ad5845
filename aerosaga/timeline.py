"""The story of a reservation, asked for at every service."""

from __future__ import annotations

from aerosaga.client import Client
from aerosaga.errors import Unreachable
from common.stories import Entry, Story, entry, merged
from deploy.topology import SERVICES


def tell(client: Client, locator: str) -> Story:
    """
    Return the story of a reservation, asked for as an operator.

    :raises Refused: if there is no such reservation
    """
    reservation = client.reservation(locator)
    correlation_id = reservation["correlationId"]
    entries: list[Entry] = []
    silent = []
    for service in SERVICES:
        try:
            entries += [entry(row) for row in client.timeline(service, correlation_id)]
        except Unreachable:
            silent.append(service)
    return Story(
        reservation=reservation,
        entries=merged(entries),
        sagas=client.sagas(correlation_id),
        silent=silent,
    )

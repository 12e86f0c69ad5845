"""Reconciles a restored service whose processes are stopped: `python -m common.restoring.running booking < told`."""

import importlib
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import ModuleType
from typing import Any

from common import codec, log
from common.contracts.statements import READERS
from common.contracts.subscriptions import SERVICES
from common.restoring.differences import Difference, Told
from common.restoring.hearing import hear
from common.restoring.numbers import leap


def reconcile(service: str, told: Told, *, restored: bool) -> list[Difference]:
    """
    Bring a service to what its neighbours state; return every difference there was.

    A service's own `service.restoring` says what it makes good besides hearing, and whom it must hear first. Numbers
    leap only right after its database was `restored`. To do all of it again is safe, and finds less.

    :raises TransientError: if the database or an outside party is away; then do it again
    """
    database = importlib.import_module(f"{service}_svc.models").database
    own = _own(service)
    found: list[Difference] = []
    if restored:
        leap(database)
    first = getattr(own, "HEARS_FIRST", ())
    later = [publisher for publisher in told.events if publisher not in first]
    found += _hear(service, told, [publisher for publisher in first if publisher in told.events])
    if own is not None:
        found += own.restore(database, told)
    found += _hear(service, told, later)
    if own is not None and hasattr(own, "finish"):
        found += own.finish(database, told)
    return found


def parse(said: Mapping[str, Any]) -> Told:
    """Return what neighbours stated, from their answers as they came."""
    return Told(
        since=datetime.fromisoformat(str(said["since"])),
        events=said.get("events", {}),
        letters=READERS["correspondence"].validate_python(said.get("letters", [])),
        departures=READERS["departures"].validate_python(said.get("departures", [])),
        payments=READERS["payments"].validate_python(said.get("payments", [])),
    )


def _hear(service: str, told: Told, publishers: Sequence[str]) -> list[Difference]:
    if not publishers:
        return []
    handlers = importlib.import_module(f"{service}_svc.consumers").HANDLERS
    database = importlib.import_module(f"{service}_svc.models").database
    return [
        found
        for publisher in publishers
        for found in hear(
            database, service=service, handlers=handlers, publisher=publisher, bodies=told.events[publisher]
        )
    ]


def _own(service: str) -> ModuleType | None:
    # A small service has one file `service`, and one without `restoring` makes nothing good besides hearing.
    if not hasattr(importlib.import_module(f"{service}_svc.service"), "__path__"):
        return None
    name = f"{service}_svc.service.restoring"
    return importlib.import_module(name) if importlib.util.find_spec(name) else None


def main() -> None:
    """Read what neighbours stated from the standard input, and write the differences to the standard output."""
    service, *rest = sys.argv[1:]
    assert service in SERVICES, service
    log.configure(service=service, role="restore")
    said = codec.loads(sys.stdin.buffer.read())
    found = reconcile(service, parse(said), restored=rest == ["restored"])
    sys.stdout.write(codec.dumps([each.to_dict() for each in found]) + "\n")


if __name__ == "__main__":
    main()

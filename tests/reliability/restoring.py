"""A small world in which one service loses what it did since a backup."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from booking_svc.service import statements as of_booking
from common import codec
from common.contracts.statements import READERS, Statement
from common.contracts.subscriptions import SUBSCRIPTIONS
from common.restoring import Difference
from common.restoring.running import parse, reconcile
from common.statements import messages
from deploy.dumps import copy_sqlite, put_sqlite
from notification_svc.service import statements as of_notification
from payment_svc.service import statements as of_payment
from tests.reliability.small_world import SmallWorld

#: Everything of a small test is one page.
PAGE = {"after": 0, "limit": 500}


class Backup:
    """Copies of the databases of a small world, as they were when this was made."""

    def __init__(self, world: SmallWorld, folder: Path) -> None:
        folder.mkdir()
        self._world = world
        self._folder = folder
        self.made_at = datetime.now(UTC) - timedelta(seconds=1)
        for service in world.databases:
            copy_sqlite(_file(world, service), folder / f"{service}.db")

    def restore(self, service: str) -> list[Difference]:
        """Put one service back to what it was, and reconcile it."""
        self.put_back(service)
        return self.reconcile(service, restored=True)

    def put_back(self, service: str) -> None:
        """Put one service back to what it was, and leave it at that."""
        self._world.databases[service].engine.dispose()
        put_sqlite(self._folder / f"{service}.db", _file(self._world, service))

    def reconcile(self, service: str, *, restored: bool = False) -> list[Difference]:
        """Hold a service against what the others know since the backup."""
        return reconcile(service, parse(codec.loads(codec.dumps(self.told(service)))), restored=restored)

    def told(self, service: str) -> Mapping[str, Any]:
        read = {name: database.read for name, database in self._world.databases.items()}
        publishers = {event.exchange.removesuffix(".events") for event in SUBSCRIPTIONS.get(service, ())}
        return {
            "since": self.made_at,
            "events": {
                publisher: [
                    row["body"]
                    for row in read[publisher](
                        messages.past, exchange=f"{publisher}.events", to=service, since=self.made_at, **PAGE
                    )
                ]
                for publisher in sorted(publishers)
            },
            "letters": _written("correspondence", read["notification"](of_notification.correspondence, **PAGE)),
            "departures": _written("departures", read["booking"](of_booking.departures, **PAGE)),
            "payments": _written("payments", read["payment"](of_payment.payments, **PAGE)),
        }


def _written(book: str, statements: Any) -> list[Statement]:
    return READERS[book].dump_python(list(statements), by_alias=True, exclude_none=True)


def _file(world: SmallWorld, service: str) -> Path:
    return Path(str(world.databases[service].engine.url.database))

"""The webhooks of notification_svc as a test uses them: an owner, events heard, and senders let loose."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from common.auth import INSTALLATION, Caller, Role
from common.columns import now
from common.db import Database
from common.messages import Event
from notification_svc.models import Delivery, Webhook
from notification_svc.provider.receiver import Receiver
from notification_svc.service.webhooks import hearing, logbook, owning, sending

ADA = Caller(name="svc_ada", role=Role.SERVICE, scopes=frozenset({"webhooks"}))
BOB = Caller(name="svc_bob", role=Role.SERVICE, scopes=frozenset({"webhooks"}))
AGENT = Caller(name="usr_agent", role=Role.AGENT, airline="AA")
OPERATOR = INSTALLATION
TRACE = UUID("0af76519-16cd-43dd-8448-eb211c80319c")


@dataclass
class Hooks:
    """The use cases, and what they left in the tables."""

    database: Database
    timeout_seconds: float = 2.0

    def __post_init__(self) -> None:
        self.receiver = Receiver(private=True, timeout_seconds=self.timeout_seconds)

    def add(self, url: str, *events: str, who: Caller = ADA, description: str | None = None) -> tuple[Webhook, str]:
        """Make a webhook; without `events`, one that hears SeatHeld."""
        return self.database.write(
            owning.add_webhook,
            who=who,
            url=url,
            events=events or ["SeatHeld"],
            description=description,
            private=True,
        )

    def hear(self, *events: Event) -> None:
        """Hear events, all of one kind, as the consumer lets them be heard."""
        self.database.write(hearing.plan_deliveries, list(events))

    def send(self) -> None:
        """Send what is due, to its end."""
        sending.send_due(self.database, self.receiver)

    def send_again(self) -> None:
        """Send whatever waits, however long it was to wait."""
        self.hasten()
        self.send()

    def hasten(self) -> None:
        """Make everything due that is not over."""
        waiting = update(Delivery).where(Delivery.next_attempt_at.is_not(None)).values(next_attempt_at=now(seconds=-1))
        self.database.write(lambda session: session.execute(waiting) and None)

    def webhook(self, webhook: Webhook) -> Webhook:
        """Return a webhook as it is now."""
        return self.database.read(lambda session: session.get_one(Webhook, webhook.id))

    def change(self, webhook: Webhook, *, who: Caller = ADA, **changes: Any) -> Webhook:
        """Change a webhook as its owner, unless somebody else is named."""
        return self.database.write(
            owning.change_webhook,
            who=who,
            webhook_id=webhook.webhook_id,
            correlation_id=TRACE,
            changes=changes,
            private=True,
        )

    def deliveries(self, webhook: Webhook, *, who: Caller = ADA) -> list[Delivery]:
        """Return the deliveries of a webhook with their attempts, newest first."""
        rows, _ = self.database.read(
            logbook.list_deliveries, who=who, webhook_id=webhook.webhook_id, state=None, first=0, count=100
        )
        return list(rows)

    def delivery(self, webhook: Webhook) -> Delivery:
        """Return the only delivery of a webhook."""
        (found,) = self.deliveries(webhook)
        return found

    def set(self, webhook: Webhook, **columns: Any) -> None:
        """Let a webhook have a past."""
        self.database.write(
            lambda session: session.execute(update(Webhook).where(Webhook.id == webhook.id).values(**columns)) and None
        )

    def rows(self) -> list[Delivery]:
        """Return every delivery there is."""
        return self.database.read(lambda session: list(session.scalars(select(Delivery).order_by(Delivery.id))))

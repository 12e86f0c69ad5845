"""payment_svc in MariaDB with a provider in memory, and what can be seen of it afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select, update

from common.applying import give
from common.columns import now
from common.db import Database
from common.outbox import outbox
from payment_svc.consumers import HANDLERS
from payment_svc.models import Payment, Refund
from payment_svc.service import authorizing, settling
from tests.builders import a_confirmed, a_void_command, an_authorize_command
from tests.integration.payment_svc.fake_bank import FakeBank


@dataclass
class Paying:
    """The use cases of payment_svc, and what they left in the tables and at the bank."""

    database: Database
    bank: FakeBank = field(default_factory=FakeBank)

    def authorize(self, **changes: Any) -> dict[str, Any]:
        """Carry out the command of `builders.an_authorize_command`."""
        return authorizing.authorize(self.database, self.bank, an_authorize_command(**changes))

    def void(self, **changes: Any) -> None:
        """Carry out the command of `builders.a_void_command`."""
        settling.void(self.database, self.bank, a_void_command(**changes))

    def hear(self, *events: Any) -> None:
        """Apply events of reservations, all of one kind, in one transaction."""
        (handler,) = HANDLERS[type(events[0])]
        self.database.write(give, handler, events)

    def sweep(self) -> None:
        """Do what is due, whatever was to wait a while longer."""

        def hasten(session: Any) -> None:
            for table in (Payment, Refund):
                session.execute(update(table).where(table.due_at.is_not(None)).values(due_at=now(seconds=-1)))

        self.database.write(hasten)
        settling.settle_due(self.database, self.bank)

    def payments(self) -> list[Payment]:
        """Return every payment, in order of its part."""
        return self.database.read(lambda session: list(session.scalars(select(Payment).order_by(Payment.part))))

    def payment(self) -> Payment:
        """Return the only payment there is."""
        (payment,) = self.payments()
        return payment

    def acts(self) -> list[str]:
        """Return what the bank carried out, in order."""
        return [act for act, _ in self.bank.acts]

    def told(self) -> list[str]:
        """Return the types of the recorded events, in order."""
        return self.database.read(lambda session: list(session.scalars(select(outbox.c.type).order_by(outbox.c.id))))

    def bodies(self, type: str) -> list[dict[str, Any]]:
        """Return the bodies of the recorded events of a type, in order."""
        wanted = select(outbox.c.body).where(outbox.c.type == type).order_by(outbox.c.id)
        return self.database.read(lambda session: list(session.scalars(wanted)))


@pytest.fixture
def pay(clean: Mapping[str, Database]) -> Paying:
    """payment_svc, knowing of nothing yet."""
    return Paying(clean["payment"])


@pytest.fixture
def captured(pay: Paying) -> str:
    """The public name of a payment of 450.00 that is captured."""
    auth_id = str(pay.authorize()["authId"])
    pay.hear(a_confirmed())
    pay.sweep()
    assert pay.payment().status == "captured"
    return auth_id

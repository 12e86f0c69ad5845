"""
All services on SQLite and the sandbox bank, in one process and one thread: what the checker is proved on.

The use cases, consumers and sweeps are the product's own; only what carries messages between them is a loop here.
"""

import importlib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Row, update

from aerosaga.invariants import Evidence, Operation, gather
from booking_svc.models import Reservation
from booking_svc.sagas import BOOK, SAGAS
from booking_svc.service import cancelling, reserving, settling
from common import codec, outbox, saga
from common.auth import INSTALLATION
from common.columns import now
from common.consumer import EventConsumer
from common.contracts.booking import (
    CancellationCloseRequested,
    ReservationConfirmRequested,
    SeatsReleaseRequested,
)
from common.contracts.flight_v2 import seat_map_from_v1
from common.contracts.payment import PaymentAuthorizeRequested, PaymentRefundRequested, PaymentVoidRequested
from common.contracts.subscriptions import SERVICES, SUBSCRIPTIONS
from common.db import Database
from common.saga import StepRefused, saga_run
from payment_svc.models import Payment
from payment_svc.provider import Bank
from payment_svc.service import authorizing, paying, refunding, wallets
from payment_svc.service import settling as payments
from tests.builders import a_departure, a_reservation_request, a_seat_map, the_fares


class SmallWorld:
    """`databases` are open and migrated; departure 17 is on sale."""

    def __init__(self, *, urls: Mapping[str, str], bank_url: str, bank_file: Path) -> None:
        self._urls = urls
        self._bank_file = bank_file
        self.bank = Bank(base_url=bank_url, timeout_seconds=2.0, attempts=4, first_wait_seconds=0.05)
        self.databases: dict[str, Database] = {
            service: importlib.import_module(f"{service}_svc.models").database for service in SERVICES
        }
        self.history: list[Operation] = []
        self._consumers = {
            service: EventConsumer(
                service, importlib.import_module(f"{service}_svc.consumers").HANDLERS, self.databases[service]
            )
            for service in SUBSCRIPTIONS
        }
        self.databases["flight"].write(outbox.record, seat_map_from_v1(a_seat_map()), a_departure())
        self.databases["fare"].write(outbox.record, *the_fares())
        self.deliver()

    def book(self, *seats: str, **wish: Any) -> Reservation:
        """Request a reservation, carry its saga as far as it goes, and let all news of it be heard."""
        reservation = self.request(*seats, **wish)
        self.deliver()
        return reservation

    def request(self, *seats: str, **wish: Any) -> Reservation:
        """Request a reservation and carry its saga as far as it goes; its news wait in the outboxes."""
        reservation, order = self.booking.write(reserving.request_reservation, **a_reservation_request(*seats, **wish))
        told = {"service": "booking", "what": "POST /reservations", "outcome": "ok", "status": 202}
        self.history.append(Operation(**told, locator=reservation.locator, key=reservation.locator, asked="it"))
        if order.saga == BOOK.name:
            self._carry(order)
        return reservation

    def pay(self, reservation: Reservation, token: str = "tok_visa") -> None:
        """Pay a hold."""
        method = {"kind": "card", "token": token}
        wish = {"locator": reservation.locator, "payment_method": method}
        self.payment.write(paying.pay_later, caller=INSTALLATION, token="", **wish)
        self.deliver()

    def let_time_run_out(self, reservation: Reservation) -> None:
        """Put a hold's deadline into the past and let the sweep find it."""

        def age(session: Any) -> None:
            past = now(seconds=-1)
            session.execute(update(Reservation).where(Reservation.id == reservation.id).values(pay_by=past))
            of = saga_run.c.subject_id == reservation.id
            session.execute(update(saga_run).where(of).values(deadline=past, wake_at=past))

        self.booking.write(age)
        self.sweep()

    def sweep(self) -> None:
        """Carry on every saga that is due, as the sweep of sagas does."""
        for order in self.booking.write(saga.due):
            self._carry(order)
        self.deliver()

    def refund(self, reservation: Reservation) -> None:
        """Give the money of a confirmed reservation back, as an operator does."""
        (payment,) = self._payments(reservation)
        self.payment.write(paying.request_refund, auth_id=payment.auth_id, amount=None, reason="goodwill")
        self.deliver()

    def wallet_with(self, amount: int) -> str:
        """Open a wallet with so much money and return its token."""
        wallet = self.payment.write(wallets.open_wallet, owner="usr_test", currency="USD")
        deposit = {"amount": Decimal(amount), "currency": "USD", "reference": "first"}
        self.payment.write(wallets.deposit, token=wallet.token, **deposit)
        return wallet.token

    def deliver(self, times: int = 1) -> None:
        """Publish, hear and settle until nothing moves; each event is heard so many times."""
        while True:
            rows = [row for service in SERVICES for row in self._publish(service)]
            for row in rows * times:
                self._hear(row)
            payments.settle_due(self.payment, self.bank)
            if not rows:
                return

    def evidence(self) -> Evidence:
        """Read everything."""
        return gather(
            databases=self._urls,
            bank=self._bank_file,
            queues={"booking.commands": 0, "booking.commands.parked": 0},
            history=self.history,
            executions={"a poisonous message": 6},
        )

    @property
    def booking(self) -> Database:
        return self.databases["booking"]

    @property
    def payment(self) -> Database:
        return self.databases["payment"]

    def carry_on(self, order: saga.Order | None) -> None:
        """Carry out what goes back of a reservation that was cancelled."""
        if order is None:
            return
        (_, refund, close) = SAGAS[order.saga].steps
        answers = [
            self.payment.write(refunding.order_refund, command)
            for command in refund.commands(PaymentRefundRequested, order.payload)
        ]
        (command,) = close.commands(CancellationCloseRequested, order.payload)
        self.booking.write(cancelling.close, command, answers=answers)

    def _carry(self, order: saga.Order | None) -> None:
        """Carry out a saga's commands in the order of its canvas."""
        if order is None:
            return
        (_, pay, *_) = SAGAS[order.saga].steps
        subject = {"correlation_id": order.payload["correlationId"], "reservation_id": order.payload["reservationId"]}
        if order.back:
            for void in pay.commands(PaymentVoidRequested, order.payload) if pay.undo else []:
                payments.void(self.payment, self.bank, void)
            self.booking.write(settling.release_seats, SeatsReleaseRequested(**subject))
            return
        try:
            asked = pay.commands(PaymentAuthorizeRequested, order.payload)
            answers = [authorizing.authorize(self.payment, self.bank, command) for command in asked]
        except StepRefused as refusal:
            self._carry(self.booking.write(settling.begin_rewind, run_id=order.run_id, reason=str(refusal)))
        else:
            self.booking.write(settling.confirm, ReservationConfirmRequested(**subject), answers=answers)

    def _publish(self, service: str) -> list[Row[Any]]:
        published: list[Row[Any]] = []

        def publish(rows: Any) -> int:
            published.extend(rows)
            return len(rows)

        self.databases[service].write(outbox.relay, publish=publish, limit=1000)
        return published

    def _hear(self, row: Row[Any]) -> None:
        body = codec.dumps(row.body | {"occurredAt": row.occurred_at})
        for service, consumer in self._consumers.items():
            if f"{row.type}.v{row.version}" in {event.routing_key() for event in SUBSCRIPTIONS[service]}:
                self.databases[service].write(
                    consumer._apply, [SimpleNamespace(body=body, content_type="application/json", headers={})]
                )

    def _payments(self, reservation: Reservation) -> list[Payment]:
        wanted = Payment.reservation_id == reservation.id
        return self.payment.read(lambda session: session.query(Payment).filter(wanted).all())

"""The commands payment_svc accepts, and the sweeps beat asks for."""

from functools import cache
from typing import Any

from common import idempotency, queues
from common.config import settings
from common.contracts.payment import PaymentAuthorizeRequested, PaymentRefundRequested, PaymentVoidRequested
from common.watching import Glance
from common.worker import accepts, housekeeping, sweep
from payment_svc.models import database
from payment_svc.provider import Bank
from payment_svc.service import authorizing, refunding, settling

housekeeping("payment", database, (idempotency.prune, idempotency.KEEP))


@cache
def bank() -> Bank:
    """Return the client of the provider, one per process."""
    return Bank(base_url=settings().bank_url, timeout_seconds=settings().provider_timeout_seconds)


@accepts(PaymentAuthorizeRequested)
def authorize_payment(command: PaymentAuthorizeRequested, *_: Any) -> dict[str, Any]:
    return authorizing.authorize(database, bank(), command)


@accepts(PaymentVoidRequested)
def void_payment(command: PaymentVoidRequested, *_: Any) -> None:
    settling.void(database, bank(), command)


@accepts(PaymentRefundRequested)
def refund_payment(command: PaymentRefundRequested, *_: Any) -> dict[str, Any]:
    return database.write(refunding.order_refund, command)


@sweep("payment_svc.settle_payments", due=Glance(database, settling.DUE), queue=queues.settlements("payment").name)
def settle_payments() -> None:
    settling.settle_due(database, bank())

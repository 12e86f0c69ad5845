"""A worker of payment_svc whose partner is away for good: every command to void a payment goes back to its queue."""

from celery import Celery

from common import worker
from common.contracts.payment import PaymentVoidRequested
from common.errors import TransientError
from payment_svc.models import database

# The broker counts deliveries, not time.
worker.GIVE_BACK_SECONDS = 0.0

app = Celery("payment")
app.config_from_object("celeryconfig")
worker.housekeeping("payment", database)


@worker.accepts(PaymentVoidRequested)
def void_payment(command: PaymentVoidRequested, *_: object) -> None:
    raise TransientError("the bank is away for good")


app.worker_main(
    ["worker", "-Q", "payment.commands", "--concurrency", "1", "-n", "refusing@%h"]
    + ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
)

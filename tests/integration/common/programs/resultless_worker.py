"""A worker of payment_svc that finds nobody where its results should go; it refuses every second reservation's void."""

from celery import Celery

from common import worker
from common.contracts.payment import PaymentVoidRequested
from common.saga import StepRefused

app = Celery("payment")
app.config_from_object("celeryconfig")


@worker.accepts(PaymentVoidRequested)
def void_payment(command: PaymentVoidRequested, *_: object) -> str:
    if command.reservation_id % 2:
        raise StepRefused("declined")
    return "voided"


app.worker_main(
    ["worker", "-Q", "payment.commands", "--concurrency", "2", "-n", "resultless@%h"]
    + ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
)

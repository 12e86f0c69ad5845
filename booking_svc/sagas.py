"""
The sagas booking_svc leads. BOOK and HOLD end at their pivot; what follows (capture, e-ticket, mail) hears its event.

BOOK, pay now           undo                HOLD, pay later             undo
  hold seats              release seats       hold seats                  release seats
  authorize payment (1)   void payment        await payment
  confirm reservation     PIVOT               confirm reservation         PIVOT

(1) one command for each payment, side by side. Holding seats happens in the request's own transaction; releasing them
also fails the reservation, with the reason that began the way back.

CANCEL                                          DISRUPT
  release seats           PIVOT                   departure cancelled     PIVOT
  refund payment (1)                              cancel reservations (2)
  close cancellation                              report

(2) one command for each batch of reservations, side by side; each reservation gets a CANCEL of its own. Both begin at
their pivot and only go forward: what was not answered is sent again until it is.
"""

from common.contracts.booking import (
    CancellationCloseRequested,
    DisruptionCloseRequested,
    ReservationConfirmRequested,
    ReservationsDisruptRequested,
    SeatsReleaseRequested,
)
from common.contracts.payment import PaymentAuthorizeRequested, PaymentRefundRequested, PaymentVoidRequested
from common.saga import Saga, Step

_HOLD_SEATS = Step(does="hold seats", undoes="release seats", undo=SeatsReleaseRequested)

BOOK = Saga(
    "book",
    _HOLD_SEATS,
    Step(
        does="authorize payment",
        do=PaymentAuthorizeRequested,
        undoes="void payment",
        undo=PaymentVoidRequested,
        each="payments",
    ),
    Step(does="confirm reservation", do=ReservationConfirmRequested),
    rewind="booking_svc.rewind_saga",
    queue="booking.commands",
)

HOLD = Saga(
    "hold",
    _HOLD_SEATS,
    Step(does="await payment", awaited=True),
    # Confirmed by the event itself; by this command only where a failure switch is to strike it.
    Step(does="confirm reservation", do=ReservationConfirmRequested),
    rewind="booking_svc.rewind_saga",
    queue="booking.commands",
)

CANCEL = Saga(
    "cancel",
    Step(does="cancel reservation"),
    Step(does="refund payment", do=PaymentRefundRequested, each="payments"),
    Step(does="close cancellation", do=CancellationCloseRequested),
    queue="booking.commands",
)

DISRUPT = Saga(
    "disrupt",
    Step(does="cancel departure", awaited=True),
    Step(does="cancel reservations", do=ReservationsDisruptRequested, each="batches"),
    Step(does="report", do=DisruptionCloseRequested),
    queue="booking.commands",
)

SAGAS = {saga.name: saga for saga in (BOOK, HOLD, CANCEL, DISRUPT)}

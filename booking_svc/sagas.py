"""
The sagas booking_svc leads. Each ends at its pivot; what follows (capture, e-ticket, mail) hears the pivot's event.

BOOK, pay now           undo                HOLD, pay later             undo
  hold seats              release seats       hold seats                  release seats
  authorize payment (1)   void payment        await payment
  confirm reservation     PIVOT               confirm reservation         PIVOT

(1) one command for each payment, side by side. Holding seats happens in the request's own transaction; releasing them
also fails the reservation, with the reason that began the way back.
"""

from common.contracts.booking import ReservationConfirmRequested, SeatsReleaseRequested
from common.contracts.payment import PaymentAuthorizeRequested, PaymentVoidRequested
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
    Step(does="await payment"),
    Step(does="confirm reservation"),
    rewind="booking_svc.rewind_saga",
    queue="booking.commands",
)

SAGAS = {saga.name: saga for saga in (BOOK, HOLD)}

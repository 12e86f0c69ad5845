"""What payment_svc hears, and what it does about it."""

from common.consumer import Handlers
from common.contracts.booking import (
    ReservationCancelled,
    ReservationConfirmed,
    ReservationFailed,
    ReservationInitiated,
)
from payment_svc.service import paying

HANDLERS: Handlers = {
    ReservationInitiated: [paying.note_initiated],
    ReservationConfirmed: [paying.note_confirmed],
    ReservationFailed: [paying.note_failed],
    ReservationCancelled: [paying.note_cancelled],
}

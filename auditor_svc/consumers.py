"""What auditor_svc hears, and what it does about it."""

from auditor_svc.service import listening
from common.consumer import Handlers, whole_batches
from common.contracts.booking import (
    ReservationCancelled,
    ReservationConfirmed,
    ReservationFailed,
    ReservationInitiated,
)

_NOTE = [whole_batches(listening.note_status)]

HANDLERS: Handlers = {
    ReservationInitiated: _NOTE,
    ReservationConfirmed: _NOTE,
    ReservationFailed: _NOTE,
    ReservationCancelled: _NOTE,
}

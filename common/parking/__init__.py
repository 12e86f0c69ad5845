"""
Parked messages: what could not be read or carried out, kept with its error where an operator can mend and redrive it.

parked --redrive--> redriven     applied through the consumer's own path (event), sent to its queue again (command)
   |
   +-----drop-----> dropped      with a reason

Nothing is deleted by an act; what is redriven or dropped is pruned much later.
"""

from common.parking.messages import (
    SENT_AGAIN,
    delivery_error,
    is_noted,
    note_error,
    park,
    parked_message,
    prune,
    prune_errors,
)

__all__ = ["SENT_AGAIN", "delivery_error", "is_noted", "note_error", "park", "parked_message", "prune", "prune_errors"]

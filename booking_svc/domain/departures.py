"""What a departure may be, as far as booking on it goes."""

from enum import StrEnum

from common.errors import Conflict, NotFound


class DepartureStatus(StrEnum):
    """scheduled -> delayed -> cancelled, where delayed may be left out."""

    SCHEDULED = "scheduled"
    DELAYED = "delayed"
    CANCELLED = "cancelled"


class DepartureIsCancelled(Conflict):
    """Raised when seats are asked for on a departure that does not fly."""

    code = "departure_cancelled"


class DisruptionNotFound(NotFound):
    """Raised when no cancellation of a departure was heard of."""

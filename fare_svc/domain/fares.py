"""What can be wrong with a fare, a season or a rule."""

from common.errors import NotFound, Rejected


class UnknownFare(NotFound):
    """Raised when there is no fare of a number."""


class BadFare(Rejected):
    """Raised when a row of fares cannot be sold; `row` counts from 1."""

    code = "bad_fare"


class BadSeason(Rejected):
    """Raised when a season ends before it begins; `row` counts from 1."""

    code = "bad_season"

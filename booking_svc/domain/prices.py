"""
The price of a seat, until fares arrive by event: a formula, stated here and shown in the docs.

economy = 45.00 + 0.07 per kilometre, in the sale's currency, rounded to a whole unit; business is 2.2 times and first
3 times that; an exit row costs 25.00 more. The kilometres are those of the great circle.
"""

from decimal import ROUND_HALF_EVEN, Decimal

from common.money import Money

_BASE = Decimal("45")
_PER_KM = Decimal("0.07")
_CABINS = {"economy": Decimal(1), "business": Decimal("2.2"), "first": Decimal(3)}
_EXIT_ROW = Decimal("25")


def price(*, distance_km: int, cabin: str, exit_row: bool, currency: str) -> Money:
    """Return what a seat of `cabin` costs on a departure of `distance_km`."""
    amount = (_BASE + _PER_KM * distance_km) * _CABINS[cabin]
    amount = amount.quantize(Decimal(1), rounding=ROUND_HALF_EVEN) + (_EXIT_ROW if exit_row else 0)
    return Money.of(amount, currency)

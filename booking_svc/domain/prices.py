"""What a seat costs: the fare of its cabin, and more beside an exit."""

from dataclasses import dataclass
from decimal import Decimal

from common.contracts.tariff import Family, Rule
from common.errors import Rejected
from common.money import Money

# In whole units of the sale's currency, whatever the fare and the season: it is for the legroom.
_EXIT_ROW = Decimal("25")


class NoFare(Rejected):
    """Raised when no fare is sold for a seat that exists."""

    code = "no_fare"


@dataclass(frozen=True, kw_only=True)
class BoughtFare:
    """A fare as one passenger buys it for one departure: `price` is of its date, the rule is as it is now."""

    fare_id: int
    family: Family
    price: Money
    rule: Rule


def seat_price(fare: Money, *, exit_row: bool) -> Money:
    """Return what a seat costs whose cabin costs `fare` on that day."""
    return fare + Money.of(_EXIT_ROW, fare.currency) if exit_row else fare

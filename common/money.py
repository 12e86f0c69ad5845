"""Money: an exact amount in minor units with its currency."""

from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow

from common.errors import Rejected

# Decimal places where they are not two; source: ISO 4217, list one.
_PLACES = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND"), 0),
    **dict.fromkeys(("VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}

# Python's usual context rounds what has more than 28 digits: 0.10 with thirty zeros and a 1 would pass as 0.10.
_EXACT = Context(prec=28, traps=[Inexact, InvalidOperation, Overflow])


class WrongAmount(Rejected):
    """Raised when a number is no amount of its currency."""

    code = "wrong_amount"


@dataclass(frozen=True, order=True)
class Money:
    """`minor` counts the smallest unit (cents for USD, yen for JPY); `currency` is an ISO 4217 code."""

    minor: int
    currency: str

    @classmethod
    def of(cls, amount: Decimal, currency: str) -> "Money":
        """
        Return the money that `amount` whole units of `currency` are.

        :raises WrongAmount: if it has more decimal places than the currency or more than 28 digits, or is not finite
        """
        places = _PLACES.get(currency, 2)
        try:
            minor = amount.scaleb(places, context=_EXACT)
        except ArithmeticError:
            minor = Decimal("NaN")
        if not minor.is_finite() or minor != minor.to_integral_value():
            raise WrongAmount(f"{amount} is not an amount of {currency}, which has {places} decimal places.")
        return cls(int(minor), currency)

    @property
    def amount(self) -> Decimal:
        """The number of whole units, with all of the currency's decimal places: what the wire shows."""
        return Decimal(self.minor).scaleb(-_PLACES.get(self.currency, 2))

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other).minor, self.currency)

    def __str__(self) -> str:
        return f"{self.amount:,} {self.currency}"

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise WrongAmount(f"{self.currency} and {other.currency} cannot be added up.")
        return other

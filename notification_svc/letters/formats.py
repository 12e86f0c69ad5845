"""Money, days and times as the reader of a letter writes them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.numbers import format_currency

from notification_svc.letters.airports import zone_of


def instant(text: str | datetime) -> datetime:
    """Return a time of a letter's content, with its zone or offset."""
    return text if isinstance(text, datetime) else datetime.fromisoformat(text)


class Formats:
    """
    The filters of the templates, for one language.

    `zone` is where the journey begins: times that belong to no airport (a seat was released) are told in it.
    """

    def __init__(self, language: str, zone: ZoneInfo) -> None:
        self._language = language
        self._zone = zone

    def money(self, amount: Mapping[str, Any]) -> str:
        """450.00 USD as $450.00, or 450,00 $."""
        return format_currency(Decimal(amount["amount"]), amount["currency"], locale=self._language)

    def day(self, local: str) -> str:
        """The date of a local time, with its weekday."""
        return format_date(instant(local), "full", locale=self._language)

    def time(self, local: str | datetime) -> str:
        """The time of day of a local time, as the clock at its airport shows it."""
        # Without its offset: babel would go to UTC and back by a zone that an offset does not name.
        return format_time(instant(local).replace(tzinfo=None), "short", locale=self._language)

    def clock(self, at: str | datetime) -> str:
        """The time of day of an instant, where the journey begins, with the zone's name."""
        local = instant(at).astimezone(self._zone)
        return f"{self.time(local)} {local.tzname()}"

    def moment(self, at: str | datetime) -> str:
        """The day and time of an instant, where the journey begins, with the zone's name."""
        return f"{format_date(instant(at).astimezone(self._zone), 'long', locale=self._language)}, {self.clock(at)}"

    def filters(self) -> dict[str, Any]:
        """Return them by the names that templates use."""
        return {name: getattr(self, name) for name in ("money", "day", "time", "clock", "moment")}


def zone_of_journey(segments: list[dict[str, Any]]) -> ZoneInfo:
    """Return the zone of the first airport, UTC for one that is not known."""
    return zone_of(segments[0]["origin"]) if segments else ZoneInfo("UTC")

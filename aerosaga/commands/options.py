"""Options and kinds of values that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from aerosaga.client import Client, Json
from aerosaga.errors import Failed
from aerosaga.target import find
from common import clock

_SEAT = re.compile(r"[1-9][0-9]?[A-Z]")
_LOCATOR = re.compile(r"[A-Z2-9]{6}")


def tomorrow() -> date:
    """Return the date after today's on this machine's calendar, by the clock of what runs."""
    with suppress(Failed):
        find()  # whose clock is then followed
    return clock.now().astimezone().date() + timedelta(days=1)


def length(text: str) -> timedelta | None:
    """Return a length of time that is written 30m, 2h or 3d; None if it is not."""
    read = re.fullmatch(r"([0-9]{1,5})([mhd])", text)
    units = {"m": "minutes", "h": "hours", "d": "days"}
    return timedelta(**{units[read[2]]: int(read[1])}) if read else None


def client(way: str | None) -> Client:
    """Return a client of what runs; see `target.find`."""
    return Client(find(way=way))


class DateType(click.ParamType[date]):
    """A date such as 2026-12-01, or the word today or tomorrow."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        words = {"today": tomorrow() - timedelta(days=1), "tomorrow": tomorrow()}
        if value.lower() in words:
            return words[value.lower()]
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no date; write 2026-12-01, today or tomorrow", param, ctx)


class PatternType(click.ParamType[str]):
    """Text of one pattern, in capital letters however it was typed."""

    def __init__(self, name: str, pattern: re.Pattern[str], example: str) -> None:
        self.name = name
        self._pattern = pattern
        self._example = example

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip().upper()
        if not self._pattern.fullmatch(text):
            self.fail(f"{value!r} is no {self.name}; write it like {self._example}", param, ctx)
        return text


class ShareType(click.ParamType[Json]):
    """A payment token, alone (it pays the rest) or with its share of the price: tok_visa or tok_visa=100.00."""

    name = "token[=amount]"

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Json:
        if isinstance(value, dict):
            return value
        token, sign, text = str(value).partition("=")
        method: Json = {"kind": self.kind, "token": token}
        if sign:
            try:
                method["amount"] = Decimal(text)
            except InvalidOperation:
                self.fail(f"{text!r} is no amount; write it like {token}=100.00", param, ctx)
            if not method["amount"].is_finite() or method["amount"] <= 0:
                self.fail(f"{text} is no amount that can be paid", param, ctx)
        return method


AIRPORT = PatternType("airport", re.compile(r"[A-Z0-9]{3}"), "JFK")
SEAT = PatternType("seat", _SEAT, "12A")
LOCATOR = PatternType("locator", _LOCATOR, "K7Q2ZD")
DATE = DateType()


def way_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --way, for a machine where both ways run."""
    return click.option(
        "--way",
        type=click.Choice(["embedded", "servers"]),
        help="Which one to talk to, if two run here; the one started last unless said.",
    )(command)


def payment_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --card, --wallet and --crypto."""
    for option in (
        click.option("--crypto", is_flag=True, help="Pay by an invoice, which somebody pays later."),
        click.option(
            "--wallet",
            "wallets",
            multiple=True,
            type=ShareType("wallet"),
            metavar="TOKEN[=AMOUNT]",
            help="Pay, or pay a part, from a wallet.",
        ),
        click.option(
            "--card",
            "cards",
            multiple=True,
            type=ShareType("card"),
            metavar="TOKEN[=AMOUNT]",
            help="Pay, or pay a part, by card: a token such as tok_visa, never a card number.",
        ),
    ):
        command = option(command)
    return command


def methods(*, cards: tuple[Json, ...], wallets: tuple[Json, ...], crypto: bool) -> list[Json]:
    """Return the payment methods asked for, in the order card, wallet, crypto."""
    return [*cards, *wallets, *([{"kind": "crypto"}] if crypto else [])]

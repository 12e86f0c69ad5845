"""Draws a seat map in the terminal: the aircraft lies on its side, its nose to the left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from aerosaga.client import Json
from aerosaga.wording import clock, count, money

# A row of seats is a column of the drawing.
COLUMN_WIDTH = 3
MARGIN = 4

_SIGNS = {"free": "□", "held": "◪", "taken": "■"}
_PLAIN_SIGNS = {"free": ".", "held": "h", "taken": "X"}
_STYLES = {"free": "green", "held": "yellow", "taken": "red"}


def view(seat_map: Json, *, width: int, encoding: str = "utf-8") -> RenderableType:
    """
    Return the drawing of a seat map for a terminal of `width` columns.

    An encoding that does not know the signs for seats gets letters instead.
    """
    signs = _SIGNS if encoding.lower().replace("-", "").startswith("utf") else _PLAIN_SIGNS
    parts: list[RenderableType] = [_heading(seat_map)]
    for cabin in seat_map["cabins"]:
        parts += [Text(), _cabin_heading(cabin, seat_map["currency"])]
        most = max(1, (width - MARGIN) // COLUMN_WIDTH)
        for first in range(0, len(cabin["rows"]), most):
            parts += _drawn(cabin, cabin["rows"][first : first + most], signs)
    parts += [Text(), _legend(signs)]
    return Group(*parts)


def _heading(seat_map: Json) -> Text:
    departure = seat_map["departure"]
    leaves = f"{departure['departsLocal'][:10]} {clock(departure['departsLocal'])}"
    return Text.assemble(
        (f"{departure['airline']} {departure['flightNumber']}", "bold"),
        f" {departure['origin']} to {departure['destination']}, {leaves}, {seat_map['aircraft']}, ",
        (f"{count(seat_map['free'], 'seat')} free", "green"),
    )


def _cabin_heading(cabin: Json, currency: str) -> Text:
    seats = [seat for row in cabin["rows"] for seat in row["seats"]]
    prices = sorted({seat["price"] for seat in seats if seat["price"] is not None})
    free = Counter(seat["state"] for seat in seats)["free"]
    cost = money(prices[0], currency) if prices else "no Basic fare"
    if len(prices) > 1:
        cost += f", exit rows {money(prices[-1], currency)}"
    return Text.assemble((cabin["name"], "bold"), f"  {free} of {count(len(seats), 'seat')} free, {cost}")


def _drawn(cabin: Json, rows: Sequence[Json], signs: dict[str, str]) -> Iterator[Text]:
    yield Text(" " * MARGIN + "".join(f"{row['number']:<{COLUMN_WIDTH}}" for row in rows), style="dim")
    by_place = {(row["number"], seat["number"][-1]): seat for row in rows for seat in row["seats"]}
    # Sides are drawn as one sits: the right-hand window on top, the left-hand one at the bottom.
    groups = [group[::-1] for group in reversed(cabin["columns"])]
    for place, group in enumerate(groups):
        if place:
            yield Text()
        for letter in group:
            yield _line(letter, [by_place.get((row["number"], letter)) for row in rows], signs)
    if any(row["exitRow"] for row in rows):
        marks = "".join(f"{'EX' if row['exitRow'] else '':<{COLUMN_WIDTH}}" for row in rows)
        yield Text(" " * MARGIN + marks.rstrip(), style="bold")


def _line(letter: str, seats: Sequence[dict[str, Any] | None], signs: dict[str, str]) -> Text:
    text = Text(f"{letter:<{MARGIN}}")
    for seat in seats:
        if seat is None:
            text.append(" " * COLUMN_WIDTH)
        else:
            text.append(f"{signs[seat['state']]:<{COLUMN_WIDTH}}", style=_STYLES[seat["state"]])
    text.rstrip()
    return text


def _legend(signs: dict[str, str]) -> Text:
    text = Text()
    for state, sign in signs.items():
        text.append(f"{sign} {state}   ", style=_STYLES[state])
    text.append("EX exit row", style="bold")
    return text

"""Charts as shapes of a drawing of 600 by 100: bars that stand on each other, and lines with gaps where nothing was."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT = 600.0, 100.0
#: So many series can be told apart by the stylesheet.
MOST_SERIES = 6


@dataclass(frozen=True, kw_only=True)
class Series:
    """A row of figures, one for each minute; None where there is none."""

    name: str
    values: Sequence[float | None]

    @property
    def total(self) -> float:
        return sum(value for value in self.values if value)

    @property
    def last(self) -> float | None:
        """The newest figure there is."""
        return next((value for value in reversed(self.values) if value is not None), None)

    @property
    def most(self) -> float:
        return max((value for value in self.values if value is not None), default=0.0)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A part of a column; `tone` is the place of its series, from 1."""

    x: float
    y: float
    width: float
    height: float
    tone: int


@dataclass(frozen=True, kw_only=True)
class Column:
    """The bars of one minute."""

    at: datetime
    bars: Sequence[Bar]


@dataclass(frozen=True, kw_only=True)
class Line:
    """A series as the `d` of a path, in as many pieces as it has gaps."""

    path: str
    tone: int


@dataclass(frozen=True, kw_only=True)
class Chart:
    """
    What is drawn of some series, and the numbers beside it.

    `top` is what the upper edge stands for. `rows` are the minutes in which there is something, for a table.
    """

    series: Sequence[Series]
    minutes: Sequence[datetime]
    top: float
    columns: Sequence[Column] = ()
    lines: Sequence[Line] = ()

    @property
    def is_empty(self) -> bool:
        return not any(value for each in self.series for value in each.values)

    @property
    def rows(self) -> list[tuple[datetime, list[float | None]]]:
        found = [(at, [each.values[place] for each in self.series]) for place, at in enumerate(self.minutes)]
        return [(at, values) for at, values in reversed(found) if any(values)]


def bars(series: Sequence[Series], minutes: Sequence[datetime]) -> Chart:
    """Return the series as bars that stand on each other, the first one below."""
    sums = [sum(each.values[place] or 0 for each in series) for place in range(len(minutes))]
    top, width = _nice(max(sums, default=0)), WIDTH / max(1, len(minutes))
    columns = []
    for place, at in enumerate(minutes):
        drawn, y = [], HEIGHT
        for tone, each in enumerate(series, start=1):
            height = HEIGHT * (each.values[place] or 0) / top
            if height:
                y -= height
                drawn.append(
                    Bar(
                        x=_round(place * width + 1),
                        y=_round(y),
                        width=_round(width - 2),
                        height=_round(height),
                        tone=tone,
                    )
                )
        if drawn:
            columns.append(Column(at=at, bars=drawn))
    return Chart(series=series, minutes=minutes, top=top, columns=columns)


def lines(series: Sequence[Series], minutes: Sequence[datetime]) -> Chart:
    """Return the series as lines; a figure without neighbours is a short dash."""
    top = _nice(max((each.most for each in series), default=0))
    drawn = [Line(path=_path(each.values, top), tone=tone) for tone, each in enumerate(series, start=1)]
    return Chart(series=series, minutes=minutes, top=top, lines=[line for line in drawn if line.path])


def _path(values: Sequence[float | None], top: float) -> str:
    width, pieces, pen_down = WIDTH / max(1, len(values)), [], False
    for place, value in enumerate(values):
        if value is None:
            pen_down = False
            continue
        x, y = (place + 0.5) * width, HEIGHT * (1 - value / top)
        pieces.append(f"{'L' if pen_down else 'M'}{_round(x - (0 if pen_down else 2))} {_round(y)}")
        if not pen_down:
            pieces.append(f"L{_round(x + 2)} {_round(y)}")
        pen_down = True
    return "".join(pieces)


def _nice(most: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten."""
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    return next(step * power for step in (1, 2, 5, 10) if most <= step * power * 1.0000001)


def _round(number: float) -> float:
    return round(number, 1)

"""A seat map as services tell it to each other: cabins, rows and seats of one aircraft layout, without a framework."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

CabinName = Literal["first", "business", "economy"]
Position = Literal["window", "middle", "aisle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One place: its number is the row's number and the column's letter, such as 12A."""

    number: str
    cabin: CabinName
    position: Position
    exit_row: bool

    @property
    def row(self) -> int:
        """Return the number of the row this seat is in."""
        return int(self.number[:-1])

    @property
    def letter(self) -> str:
        """Return the column's letter."""
        return self.number[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The seats that share a row number, from left to right; a short row has fewer than its cabin has columns."""

    number: int
    exit_row: bool
    seats: tuple[Seat, ...]

    @property
    def letters(self) -> str:
        """Return the letters of this row's seats, from left to right."""
        return "".join(seat.letter for seat in self.seats)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cabin:
    """Rows with one layout; `columns` are the groups of letters between the aisles, such as ("ABC", "DEF")."""

    name: CabinName
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    @classmethod
    def of(
        cls,
        *,
        name: CabinName,
        columns: Iterable[str],
        rows: Iterable[tuple[int, str]],
        exit_rows: Iterable[int] = (),
    ) -> Cabin:
        """
        Build a cabin from (row number, letters of its seats) pairs.

        :raises ValueError: if a row has a letter that the cabin does not have, or the same letter twice
        """
        groups = tuple(columns)
        positions = _positions(groups)
        exits = frozenset(exit_rows)
        built = []
        for number, letters in rows:
            strange = sorted(set(letters) - positions.keys())
            if strange or len(set(letters)) != len(letters):
                raise ValueError(f"row {number} has seats {letters!r}, but its cabin has columns {'-'.join(groups)}")
            seats = tuple(
                Seat(
                    number=f"{number}{letter}",
                    cabin=name,
                    position=positions[letter],
                    exit_row=number in exits,
                )
                for letter in letters
            )
            built.append(Row(number=number, exit_row=number in exits, seats=seats))
        return cls(name=name, columns=groups, rows=tuple(built))


@dataclass(frozen=True, kw_only=True)
class SeatMap:
    """
    The layout of an aircraft with a given number of seats.

    `key` names the layout: the same aircraft and seat count always have the same key, such as
    `boeing-737-800-172`, so that a map can be stored once and shared by every departure that has it.
    """

    key: str
    aircraft: str
    cabins: tuple[Cabin, ...]

    @property
    def seat_count(self) -> int:
        """Return how many seats there are in all cabins."""
        return len(self._by_number)

    def seats(self) -> Iterator[Seat]:
        """Return every seat, front to back and left to right."""
        return iter(self._by_number.values())

    def seat_numbers(self) -> list[str]:
        """Return the number of every seat, front to back and left to right."""
        return list(self._by_number)

    def find(self, number: str) -> Seat | None:
        """Return the seat of exactly this number ("12A", no blanks, capital letter), or None if there is none."""
        return self._by_number.get(number)

    def to_dict(self) -> dict[str, Any]:
        """
        Return this map in its JSON form, about a kilobyte for a narrow-body aircraft.

        {"key", "aircraft", "cabins": [{"name", "columns": ["ABC", "DEF"], "exitRows": [15],
        "rows": [{"number": 5, "seats": "ABCDEF"}]}]}
        """
        return {
            "key": self.key,
            "aircraft": self.aircraft,
            "cabins": [
                {
                    "name": cabin.name,
                    "columns": list(cabin.columns),
                    "exitRows": [row.number for row in cabin.rows if row.exit_row],
                    "rows": [{"number": row.number, "seats": row.letters} for row in cabin.rows],
                }
                for cabin in self.cabins
            ],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SeatMap:
        """
        Build a map from its JSON form; fields that are not known are dropped.

        :raises ValueError: if a field is missing or of the wrong type, or a seat number occurs twice
        """
        try:
            cabins = tuple(_cabin_from(cabin) for cabin in data["cabins"])
            seat_map = cls(key=str(data["key"]), aircraft=str(data["aircraft"]), cabins=cabins)
        except (KeyError, TypeError) as error:
            raise ValueError(f"this is not a seat map: {type(error).__name__}: {error}") from error
        if seat_map.seat_count != sum(len(row.seats) for cabin in cabins for row in cabin.rows):
            raise ValueError(f"seat map {seat_map.key} has a seat number twice")
        return seat_map

    @cached_property
    def _by_number(self) -> dict[str, Seat]:
        return {seat.number: seat for cabin in self.cabins for row in cabin.rows for seat in row.seats}


def _cabin_from(data: dict[str, Any]) -> Cabin:
    name = data["name"]
    if name not in get_args(CabinName):
        raise ValueError(f"there is no cabin called {name!r}; known are {', '.join(get_args(CabinName))}")
    return Cabin.of(
        name=name,
        columns=data["columns"],
        rows=((int(row["number"]), str(row["seats"])) for row in data["rows"]),
        exit_rows=data.get("exitRows", ()),
    )


def _positions(columns: tuple[str, ...]) -> dict[str, Position]:
    letters = "".join(columns)
    if not letters or len(set(letters)) != len(letters):
        raise ValueError(f"columns {list(columns)} must be groups of different letters")
    # A seat beside both a window and an aisle (a single seat on its side) is sold as a window seat.
    edges = {group[0] for group in columns} | {group[-1] for group in columns}
    positions: dict[str, Position] = {letter: "aisle" if letter in edges else "middle" for letter in letters}
    positions[letters[0]] = positions[letters[-1]] = "window"
    return positions

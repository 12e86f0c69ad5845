"""Draws the seat map of an aircraft from its type and its exact number of seats."""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import count, islice

from common.contracts.seat_map import Cabin, CabinName, SeatMap

# The A380-800 is certified for 853 passengers; no airliner has more seats.
MAX_SEATS = 853
# With the number of seats, a key has at most 60 characters.
_LONGEST_SLUG = 56


@dataclass(frozen=True, slots=True, kw_only=True)
class _Front:
    """The better cabin: about a tenth of the seats, in a layout of its own."""

    name: CabinName
    columns: tuple[str, ...]
    # Below this number of seats the aircraft flies with economy only.
    from_seats: int
    max_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """How one family of aircraft is seated."""

    pattern: str
    columns: tuple[str, ...]
    front: _Front | None = None
    # Where the exits are: the share of economy rows that is ahead of each.
    exits: tuple[float, ...] = ()
    # From this number of seats on, each exit has a second row (the longer members of a family have two).
    second_exit_from: int = MAX_SEATS + 1
    from_seats: int = 1


# Letters keep their place across the cabins of an aircraft (A and F are windows in both cabins of a 737), and
# there is no letter I, which reads like a 1: the common practice of airlines.
_NARROW_FIRST = _Front(name="first", columns=("AC", "DF"), from_seats=90, max_rows=6)
_FIVE_FIRST = _Front(name="first", columns=("AB", "EF"), from_seats=90, max_rows=6)
_REGIONAL_FIRST = _Front(name="first", columns=("A", "CD"), from_seats=65, max_rows=4)
_TWIN_AISLE_BUSINESS = _Front(name="business", columns=("AC", "DG", "HK"), from_seats=150, max_rows=8)

# Seats abreast are those of the makers' "Airplane Characteristics for Airport Planning" manuals (chapter 2,
# interior arrangements and cabin cross-sections), in the densest standard layout for two-class service.
# The first pattern that fits wins. Patterns know both marketing names and those of the type certificate.
_LAYOUTS = (
    # Boeing 717, McDonnell Douglas DC-9, MD-80 and MD-90 (one DC-9 cross-section): 2-3, exits above a wing far back.
    _Layout(
        pattern=r"717|MD-?[89]\d|DC-?9",
        columns=("AB", "DEF"),
        front=_FIVE_FIRST,
        exits=(0.55,),
        second_exit_from=110,
    ),
    # Boeing 737 and 757, Airbus A318 to A321: 3-3, one or two exit rows above the wing.
    _Layout(
        pattern=r"7[35]7|A31[89]|A32[01]",
        columns=("ABC", "DEF"),
        front=_NARROW_FIRST,
        exits=(0.4,),
        second_exit_from=150,
    ),
    # Boeing 767: 2-3-2.
    _Layout(
        pattern=r"767",
        columns=("AB", "DEF", "HK"),
        front=_Front(name="business", columns=("AB", "DF", "HK"), from_seats=150, max_rows=8),
        exits=(0.45,),
    ),
    # Airbus A330 and A340 (one cross-section): 2-4-2, doors before and in the middle of economy.
    _Layout(
        pattern=r"A3[34]0",
        columns=("AC", "DEFG", "HK"),
        front=_TWIN_AISLE_BUSINESS,
        exits=(0.0, 0.5),
    ),
    # Boeing 777 with many seats and Boeing 747: 3-4-3.
    _Layout(
        pattern=r"777",
        columns=("ABC", "DEFG", "HJK"),
        front=_TWIN_AISLE_BUSINESS,
        exits=(0.0, 0.5),
        from_seats=360,
    ),
    _Layout(
        pattern=r"747",
        columns=("ABC", "DEFG", "HJK"),
        front=_TWIN_AISLE_BUSINESS,
        exits=(0.0, 0.5),
    ),
    # Boeing 777 as delivered, Boeing 787, Airbus A350: 3-3-3.
    _Layout(
        pattern=r"7[78]7|A350",
        columns=("ABC", "DEG", "HJK"),
        front=_TWIN_AISLE_BUSINESS,
        exits=(0.0, 0.5),
    ),
    # Embraer 170 to 195, Bombardier CRJ (CL-600-2B19, -2C10, -2D24): 2-2, first 1-2, one exit row above the wing.
    _Layout(
        pattern=r"ERJ[ -]?1[79]|EMB-?1[79]|CL-600|CRJ",
        columns=("AB", "CD"),
        front=_REGIONAL_FIRST,
        exits=(0.45,),
    ),
    # Embraer ERJ-135, -140 and -145: 1-2, economy only.
    _Layout(pattern=r"(EMB|ERJ)[ -]?1[34]", columns=("A", "BC"), exits=(0.6,)),
    # De Havilland Canada DHC-8 (Dash 8): 2-2, the emergency exit is opposite the front door.
    _Layout(pattern=r"DHC-?8|DASH ?8", columns=("AB", "CD"), exits=(0.0,)),
    # Business jets: a single seat on either side of the aisle.
    _Layout(pattern=r"GULFSTREAM|MYSTERE|LEARJET", columns=("A", "B")),
)

# Aircraft of no known family, by size: 1-1 up to the 19 seats that may fly without a cabin attendant (14 CFR
# 121.391), then as many abreast as airliners of that size commonly have. Small pistons and helicopters end here.
_BY_SIZE = (
    _Layout(pattern="", columns=("ABC", "DEG", "HJK"), exits=(0.0, 0.5), from_seats=260),
    _Layout(pattern="", columns=("ABC", "DEF"), exits=(0.45,), from_seats=110),
    _Layout(pattern="", columns=("AB", "CD"), exits=(0.45,), from_seats=50),
    _Layout(pattern="", columns=("A", "BC"), exits=(0.45,), from_seats=20),
    _Layout(pattern="", columns=("A", "B")),
)


@lru_cache(maxsize=1024)
def generate(aircraft: str, seats: int) -> SeatMap:
    """
    Return the seat map of `aircraft` ("Boeing 737-800") with exactly `seats` seats.

    The same two arguments always give the same map under the same key. The last row is short where the
    seats do not fill it. There is no row 13.

    :raises ValueError: if `aircraft` is blank or `seats` is not between 1 and MAX_SEATS
    """
    if not aircraft.strip():
        raise ValueError("a seat map needs the type of the aircraft, but it is blank")
    if not 1 <= seats <= MAX_SEATS:
        raise ValueError(f"{aircraft} cannot have {seats} seats; an aircraft has between 1 and {MAX_SEATS}")
    layout = _layout(aircraft, seats)
    row_numbers = (number for number in count(1) if number != 13)
    cabins = []
    front_rows = _front_rows(layout.front, seats)
    if layout.front and front_rows:
        letters = "".join(layout.front.columns)
        rows = [(number, letters) for number in islice(row_numbers, front_rows)]
        cabins.append(Cabin.of(name=layout.front.name, columns=layout.front.columns, rows=rows))
        economy_seats = seats - front_rows * len(letters)
    else:
        economy_seats = seats
    letters = "".join(layout.columns)
    full_rows, rest = divmod(economy_seats, len(letters))
    rows = [(number, letters) for number in islice(row_numbers, full_rows)]
    exit_rows = [rows[index][0] for index in _exit_indexes(layout, seats=seats, full_rows=full_rows)]
    if rest:
        rows.append((next(row_numbers), letters[:rest]))
    cabins.append(Cabin.of(name="economy", columns=layout.columns, rows=rows, exit_rows=exit_rows))
    return SeatMap(key=map_key(aircraft, seats), aircraft=aircraft, cabins=tuple(cabins))


def map_key(aircraft: str, seats: int) -> str:
    """Return the key of the map of `aircraft` with `seats` seats, such as `boeing-737-800-172`."""
    slug = re.sub(r"[^a-z0-9]+", "-", aircraft.lower()).strip("-")
    if len(slug) > _LONGEST_SLUG:
        # Two long names that begin alike still have different keys.
        slug = f"{slug[:40].rstrip('-')}-{hashlib.sha256(slug.encode()).hexdigest()[:8]}"
    return f"{slug or 'aircraft'}-{seats}"


def _layout(aircraft: str, seats: int) -> _Layout:
    name = aircraft.upper()
    for layout in (*_LAYOUTS, *_BY_SIZE):
        if seats >= layout.from_seats and re.search(layout.pattern, name):
            return layout
    raise AssertionError("the last layout fits every aircraft")


def _front_rows(front: _Front | None, seats: int) -> int:
    if front is None or seats < front.from_seats:
        return 0
    width = sum(map(len, front.columns))
    return max(1, min(front.max_rows, round(seats / 10 / width)))


def _exit_indexes(layout: _Layout, *, seats: int, full_rows: int) -> list[int]:
    # A cabin this small is left through its doors; no row of it is beside an emergency exit.
    if full_rows < 4:
        return []
    rows_per_exit = 2 if seats >= layout.second_exit_from else 1
    firsts = (int(share * full_rows) for share in layout.exits)
    return [first + offset for first in firsts for offset in range(rows_per_exit)]

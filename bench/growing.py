"""
Makes a small system a large one: copies of one real booking, row by row, in the databases of all services.

What a booking leaves is whatever the use cases wrote for the first one, so that no table can be forgotten here without
the auditor's rules missing something; only what must differ is named below. A million bookings take minutes, because
MariaDB makes the copies by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from deploy.topology import database_name

#: Seats sold on each copied departure; those that are left can still be booked.
SEATS_TAKEN = 100
# Bookings of one transaction: large enough to be quick, small enough for the undo log and for who waits for it.
CHUNK = 4_000
# Six symbols out of 32 are 2^30 locators; taken in steps of an odd number, no two are the same.
MOST = 2**30
_SYMBOLS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_STEP = 387_420_489
# Leads back from a locator to its number.
_STEP_BACK = pow(_STEP, -1, MOST)
_FLOWN = ("departs_at", "arrives_at", "local_date")
_TIMES = ("created_at", "completed_at", "pay_by")

# How many numbers are left between what is there and the next copies: for what is booked meanwhile.
_GAP = 100_000
# New departures of a measurement are numbered by the time in seconds; copied ones are far from them.
_DEPARTURES_AHEAD = 10**10
#: Which copy it is, from 1 on: a column of MariaDB's own table `seq_<from>_to_<to>`.
_COPY = "copy.seq"


def _uuid(of: str) -> str:
    """Return a UUID that follows from a text; its version is 4 and its variant 8, without which it would be none."""
    digits = f"MD5({of})"
    return f"CONCAT(LEFT({digits}, 12), '4', SUBSTRING({digits}, 14, 3), '8', SUBSTRING({digits}, 18))"


class Numbered:
    """What differs in each copy, as SQL. Keys are the template's plus the copy's number plus `shift`."""

    def __init__(self, shift: int) -> None:
        self.number = f"({_COPY} + {shift})"
        #: Says a copy's rows apart from the others'.
        self.correlation = _uuid(f"CONCAT('booking ', {self.number})")
        step = f"(({self.number} * {_STEP}) MOD {MOST})"
        symbols = (f"SUBSTRING('{_SYMBOLS}', 1 + (({step} >> {5 * place}) & 31), 1)" for place in range(6))
        self.locator = f"CONCAT({', '.join(symbols)})"

    def moved(self, column: str) -> str:
        return f"one.{column} + {self.number}"

    def made_of(self, column: str) -> str:
        return _uuid(f"CONCAT(one.{column}, {self.number})")

    def name(self, kind: str) -> str:
        return f"CONCAT('{kind}', {self.number})"

    @property
    def said(self) -> str:
        """What an event of the copy says: its numbers are those that handlers look up."""
        reservation = f"CAST(JSON_VALUE(one.body, '$.reservationId') AS INTEGER) + {self.number}"
        return f"JSON_SET(one.body, '$.reservationId', {reservation}, '$.correlationId', {self.correlation})"


def number_of(locator: str) -> int:
    """Return the number of the copy that has this locator, or would have it if it is of no copy."""
    step = sum(_SYMBOLS.index(symbol) << (5 * place) for place, symbol in enumerate(locator))
    return step * _STEP_BACK % MOST


def first_free(taken: Iterable[int], *, after: int, count: int) -> int:
    """
    Return the least number from `after` on that `count` numbers follow of which none is taken.

    What is booked meanwhile has a locator by chance: among a million copies each would meet some of a thousand.
    """
    free = after
    for number in sorted(taken):
        if number > free + count:
            break
        free = max(free, number)
    return free


@dataclass(frozen=True, kw_only=True)
class Template:
    """A booking of one passenger on one departure that has come to rest; `seats` are those of the aircraft."""

    reservation_id: int
    correlation_id: str
    departure_id: int
    seats: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Grown:
    """
    How the rows of one table are copied: those that are the template's, and the columns that differ in a copy.

    A `key` that is not in `changes` is numbered by the database. `passing` rows are pruned after days, so that only the
    newest bookings have them.
    """

    of: str
    changes: Mapping[str, str]
    passing: bool = False


def _tables(each: Numbered, *, template: Template) -> dict[str, dict[str, Grown]]:
    mine = f"one.reservation_id = {template.reservation_id}"
    correlated = f"one.correlation_id = '{template.correlation_id}'"
    departure = f"one.departure_id + {_DEPARTURES_AHEAD} + 1 + ({_COPY} - 1) DIV {SEATS_TAKEN}"
    listed = ", ".join(f"'{seat}'" for seat in template.seats[:SEATS_TAKEN])
    seat = f"ELT(1 + ({_COPY} - 1) MOD {SEATS_TAKEN}, {listed})"
    traveller = f"CONCAT({each.name('traveller')}, '@example.org')"
    told = Grown(
        of=correlated, changes={"correlation_id": each.correlation, "event_id": each.made_of("event_id")}, passing=True
    )
    everywhere = {
        "journal": Grown(of=correlated, changes={"correlation_id": each.correlation}, passing=True),
        "outbox": Grown(of=correlated, changes={**told.changes, "body": each.said}, passing=True),
        "inbox": told,
    }
    its = {"reservation_id": each.moved("reservation_id")}
    return {
        "booking": {
            "reservation": Grown(
                of=f"one.id = {template.reservation_id}",
                changes={
                    "id": each.moved("id"),
                    "locator": each.locator,
                    "correlation_id": each.correlation,
                    "contact_email": traveller,
                    # Made yesterday or before: of what is younger the auditor thinks that it may still be on its way.
                    **{name: f"one.{name} - INTERVAL 1 DAY - INTERVAL {_COPY} SECOND" for name in _TIMES},
                },
            ),
            "passenger": Grown(of=mine, changes={"id": each.moved("id"), **its}),
            "coupon": Grown(
                of=mine,
                changes={
                    **its,
                    "passenger_id": each.moved("passenger_id"),
                    "departure_id": departure,
                    "seat_number": seat,
                },
            ),
            "seat": Grown(of=mine, changes={**its, "departure_id": departure, "seat_number": seat}),
            "seen_payment": Grown(of=mine, changes={**its, "auth_id": each.name("pa_copy_")}),
            "saga_run": Grown(
                of=f"one.subject_id = {template.reservation_id}",
                changes={"subject_id": each.moved("subject_id"), "correlation_id": each.correlation},
            ),
            **everywhere,
        },
        "payment": {
            "payment": Grown(
                of=mine,
                changes={
                    **its,
                    "auth_id": each.name("pa_copy_"),
                    "provider_ref": each.name("ref_copy_"),
                    "correlation_id": each.correlation,
                },
            ),
            "payable": Grown(of=mine, changes={**its, "locator": each.locator, "correlation_id": each.correlation}),
            **everywhere,
        },
        "notification": {
            "itinerary": Grown(of=mine, changes={**its, "body": each.said}),
            "stop": Grown(of=mine, changes={**its, "departure_id": departure}),
            "fact": Grown(of=mine, changes={**its, "event_id": each.made_of("event_id"), "body": each.said}),
            "correspondence": Grown(of=mine, changes=its),
            "message": Grown(
                of=mine,
                changes={
                    **its,
                    "name": f"CONCAT({each.name('copy')}, '_', one.id)",
                    "event_id": each.made_of("event_id"),
                    "locator": each.locator,
                    "correlation_id": each.correlation,
                    "recipient": traveller,
                },
            ),
            **everywhere,
        },
        "auditor": {"told_reservation": Grown(of=mine, changes=its), **everywhere},
    }


class Growth:
    """
    Copies of one booking in the databases that `run_sql` reaches; grows in steps and never shrinks.

    The newest `passing` bookings of a step keep their events, claims and journal: the others' would have been pruned.
    """

    def __init__(self, run_sql: Callable[[str], str], *, template: Template, passing: int) -> None:
        self._run_sql = run_sql
        self._template = template
        self._passing = passing
        self.count = 0

    def departures(self) -> range:
        """The numbers of the copied departures, each of which has `SEATS_TAKEN` seats taken."""
        first = self._template.departure_id + _DEPARTURES_AHEAD + 1
        return range(first, first + self.count // SEATS_TAKEN)

    def grow(self, count: int) -> None:
        """
        Have `count` copies, and let MariaDB count anew what it goes by when it chooses an index.

        :raises ValueError: if that is more than there are locators for
        """
        reservations = f"{database_name('booking')}.reservation"
        used = int(self._run_sql(f"SELECT MAX(id) FROM {reservations};")) - self._template.reservation_id
        taken = map(number_of, self._run_sql(f"SELECT locator FROM {reservations};").split())
        shift = first_free(taken, after=used + _GAP, count=count - self.count) - self.count
        if count + shift >= MOST:
            raise ValueError(f"There are locators for {MOST:,} bookings, not for {count:,} more than there are.")
        self._grow_departures(count)
        services = _tables(Numbered(shift), template=self._template)
        for first, last in _chunks(self.count, count):
            for service, tables in services.items():
                for name, grown in tables.items():
                    begin = max(first, count - self._passing + 1) if grown.passing else first
                    if begin <= last:
                        copied = self._statement(service, name, grown, begin, last)
                        self._run_sql(f"{_QUICKLY} USE {database_name(service)};\n{copied}")
        self.count = max(count, self.count)
        for service, tables in services.items():
            for name in tables:
                self._run_sql(f"ANALYZE TABLE {database_name(service)}.{name};")

    def _grow_departures(self, count: int) -> None:
        """Departures until a year ahead, as many as the bookings fill; flown like the template's."""
        grown = Grown(
            of=f"one.id = {self._template.departure_id}",
            changes={
                "id": f"one.id + {_DEPARTURES_AHEAD} + {_COPY}",
                **{name: f"one.{name} + INTERVAL {_COPY} MOD 300 DAY" for name in _FLOWN},
            },
        )
        first, last = (-(-each // SEATS_TAKEN) for each in (self.count, count))
        if first < last:
            copied = self._statement("booking", "departure", grown, first + 1, last)
            self._run_sql(f"USE {database_name('booking')};\n{copied}")

    def _statement(self, service: str, table: str, grown: Grown, first: int, last: int) -> str:
        wanted = (
            "SELECT column_name FROM information_schema.columns"
            f" WHERE table_schema = '{database_name(service)}' AND table_name = '{table}'"
            " AND extra NOT LIKE '%auto_increment%'"
        )
        plain = self._run_sql(wanted + ";").split()
        columns = dict.fromkeys(plain, "") | dict.fromkeys(grown.changes, "")
        values = ", ".join(grown.changes.get(column, f"one.{column}") for column in columns)
        return (
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values}"
            f" FROM {table} AS one JOIN seq_{first}_to_{last} AS copy WHERE {grown.of};"
        )


# The rows are right as they are; what checks each costs half of the time.
_QUICKLY = "SET SESSION foreign_key_checks = 0, unique_checks = 0;"


def _chunks(done: int, count: int) -> Iterator[tuple[int, int]]:
    for first in range(done + 1, count + 1, CHUNK):
        yield first, min(first + CHUNK - 1, count)

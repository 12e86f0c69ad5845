"""
What a booking and a search cost beside ever more reservations, on MariaDB.

    python -m bench.growth [--sizes 0,10000,100000,1000000] [--bookings 200] [--memory 4096]

One booking is made by the use cases of all services, then copied (bench/growing.py). At each size it books and looks at
seat maps, and measures how long a request takes without HTTP, its statements, and the rows that MariaDB reads for one.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from bench import steps
from bench.figures import calibrate, spread, table
from bench.growing import SEATS_TAKEN, Growth, Template
from deploy.servers import Servers

SEARCHES = 200
#: Bookings that keep their events, claims and journal, which are pruned after 14 and 30 days: of a million in a year.
PASSING = 40_000
HEAD = [
    *("reservations", "grown in s", "tables MB", "request of a booking p50, p99 ms", "seat map p50, p99 ms"),
    *("a booking's statements, all services", "rows read by one", "CPU ms of a booking", "calibration ms"),
]


@click.command()
@click.option("--sizes", default="0,10000,100000,1000000", show_default=True, help="Reservations, ascending.")
@click.option("--bookings", default=200, show_default=True, help="How many are made and measured at each size.")
@click.option("--passing", default=PASSING, show_default=True, help="How many keep their events and journal.")
@click.option("--memory", default=4096, show_default=True, help="MB of pages that MariaDB keeps; its own default: 128.")
def main(sizes: str, bookings: int, passing: int, memory: int) -> None:
    """Book and search at each size."""
    with tempfile.TemporaryDirectory(prefix="aerosaga-growth-") as directory:
        servers = Servers(Path(directory))
        servers.start(tether=True)
        try:
            steps.set_up(servers)
            servers.mariadb.run_sql(f"SET GLOBAL innodb_buffer_pool_size = {memory} * 1024 * 1024;")
            rows = list(_sizes(servers, [int(size) for size in sizes.split(",")], bookings, passing))
        finally:
            servers.stop()
    click.echo(table(HEAD, rows))


def _sizes(servers: Servers, sizes: Sequence[int], bookings: int, passing: int) -> Iterator[list[str]]:
    # Imported when the settings are there.
    from booking_svc import app
    from booking_svc.models import Coupon, database
    from tests.builders import LAYOUT

    [(number, correlation_id, _)] = steps.book(1, _ledger(1))
    sold = select(Coupon.departure_id).where(Coupon.reservation_id == number)
    departure_id = int(database.read(lambda session: session.scalar(sold)) or 0)
    template = Template(
        reservation_id=number,
        correlation_id=str(correlation_id),
        departure_id=departure_id,
        seats=LAYOUT.seat_numbers(),
    )
    growth = Growth(servers.mariadb.run_sql, template=template, passing=passing)
    client = app.web().test_client()
    taken = set(LAYOUT.seat_numbers()[:SEATS_TAKEN])
    free = [seat for seat in LAYOUT.seat_numbers() if seat not in taken]
    for size in sizes:
        began = time.monotonic()
        growth.grow(size)
        grown = time.monotonic() - began
        pace = calibrate()
        # The newest first, on which no smaller size has booked.
        flights = growth.departures()[::-1] or [departure_id]
        looked = _timed(lambda number: client.get(f"/departures/{number}/seats"), _spread(flights, SEARCHES))
        places = [(flight, seat) for seat in free for flight in flights][:bookings]
        asked = _timed(lambda place: client.post("/reservations", json=_wish(*place)), places)
        ledger, before = _ledger(bookings), _rows_read(servers)
        steps.book(bookings, ledger)
        read = (_rows_read(servers) - before) / bookings
        cpu, statements = (sum(float(row[place]) for row in ledger.rows) for place in (1, 2))
        line = [f"{size:,}", f"{grown:.0f}", f"{_on_disk(servers.mariadb.data) / 1e6:,.0f}"]
        line += [f"{took['p50']:.1f}, {took['p99']:.1f}" for took in (asked, looked)]
        line += [f"{statements:.1f}", f"{read / statements:.1f}", f"{cpu:.0f}", f"{pace:.0f}"]
        click.echo(" | ".join(line), err=True)
        yield line


def _timed(ask: Callable[[Any], Any], things: Sequence[Any]) -> dict[str, float]:
    took = []
    for thing in things:
        began = time.perf_counter()
        answer = ask(thing)
        took.append((time.perf_counter() - began) * 1000)
        if answer.status_code not in {200, 202}:
            raise ValueError(f"{thing}: {answer.status_code} {answer.get_data(as_text=True)}")
    return spread(took)


def _spread(things: Sequence[int], count: int) -> list[int]:
    """Return `count` of the things, evenly from the first to the last; again from the first where they are fewer."""
    return [things[number * len(things) // count] for number in range(count)]


def _wish(departure_id: int, seat: str) -> dict[str, Any]:
    return {
        "departures": [{"departureId": departure_id, "seats": [seat]}],
        "passengers": [{"firstName": "Ada", "lastName": "Lovelace"}],
        "contact": {"email": "ada@example.org"},
        "payments": [{"kind": "card", "token": "tok_visa"}],
    }


def _ledger(bookings: int) -> steps.Ledger:
    return steps.Ledger(bookings, profiled=None, calls=False)


def _rows_read(servers: Servers) -> int:
    return int(servers.mariadb.run_sql("SHOW GLOBAL STATUS LIKE 'Rows_read';").split()[1])


def _on_disk(data: Path) -> int:
    return sum(file.stat().st_size for file in data.rglob("*.ibd"))


if __name__ == "__main__":
    main()

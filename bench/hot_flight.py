"""
One hot flight: five hundred clients at once want the seats of one departure, through the public door.

    python -m bench.hot_flight [--clients 500]

Each asks for a seat of its choice; told that it is taken, it asks for one of those it is offered instead, until it has
one or nothing is left. Who is told to come again does. Starts the servers way on fresh data, and judges what is left by
every invariant.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import click

from bench.crowd import Client, play
from bench.figures import spread, table
from bench.systems.aerosaga import ACCEPTED, TAKEN, Aerosaga
from bench.wire import encode
from common import codec
from deploy.programs import ROOT
from tests.stack import Stack, read

SEATS = 180


@click.command()
@click.option("--clients", default=500, show_default=True, help="How many want a seat.")
@click.option("--home", type=click.Path(path_type=Path), default=ROOT / ".run" / "bench", help="Data and logs.")
def main(clients: int, home: Path) -> None:
    """Sell one departure to a crowd, and say how it went."""
    system = Aerosaga(home)
    system.start()
    try:
        departure_id, seats = _departure(system)
        click.echo(f"departure {departure_id}: {len(seats)} seats, {clients} clients", err=True)
        load = os.getloadavg()[0]
        began = time.time()
        rng = random.Random(7)
        crowd = [_client(system, departure_id, seats, number, rng.randrange(2**32)) for number in range(clients)]
        heard = play(crowd, host=system.host, port=system.port)
        system.settle()
        ends = [each.completed_at for each in system.outcomes().values() if each.status == "confirmed"]
        last = max((at for at in ends if at), default=began)
        violations = system.violations()
        answers, waits = spread(heard.answers), spread(heard.clients)
        again = heard.statuses[503] + heard.statuses[429]
        rows = [
            ["seats, and how many were sold", f"{len(seats)}, {len(ends)}"],
            ["clients, and how many had their last word", f"{clients}, {len(heard.clients)}"],
            ["seats confirmed a second", f"{len(ends) / (last - began):.1f}"],
            ["an answer took p50, p99", f"{answers['p50']:.0f} ms, {answers['p99']:.0f} ms"],
            ["a client had its last word after p50, p99", f"{waits['p50']:.0f} ms, {waits['p99']:.0f} ms"],
            ["answers by status", ", ".join(f"{status}: {n}" for status, n in sorted(heard.statuses.items()))],
            ["told to come again, with Retry-After", str(again)],
            ["5xx without Retry-After", str(heard.bare_errors)],
            ["violations of invariants", str(len(violations))],
            ["load average before", f"{load:.1f}"],
        ]
        click.echo(table(["one hot flight", ""], rows))
        for violation in violations:
            click.echo(violation, err=True)
        if violations or heard.bare_errors or len(ends) != len(seats):
            raise SystemExit(1)
    finally:
        system.stop()


def _departure(system: Aerosaga) -> tuple[int, list[str]]:
    """Return the departure whose economy cabin has nearest to 180 seats, and these seats, none of which is taken."""
    found = [(each["departureId"], _economy(system.stack, each["departureId"])) for each in system.stack.departures]
    return min(found, key=lambda each: abs(len(each[1]) - SEATS))


def _economy(stack: Stack, departure_id: int) -> list[str]:
    shown = read(stack.ask("GET", "booking", f"/departures/{departure_id}/seats"))
    rows = [row for cabin in shown["cabins"] if cabin["name"] == "economy" for row in cabin["rows"]]
    return [seat["number"] for row in rows for seat in row["seats"]]


def _client(system: Aerosaga, departure_id: int, seats: list[str], number: int, seed: int) -> Client:
    rng = random.Random(seed)
    wanted, tried = rng.choice(seats), set[str]()
    while True:
        body = system.reservation(departure_id, wanted, token="tok_visa", name=f"Crowd {number}")
        answer = yield encode(host=system.host, port=system.port, path=system.path, body=body)
        if answer.status == ACCEPTED:
            return
        if answer.status != TAKEN:
            raise ValueError(f"{answer.status} {answer.body[:300]!r}")
        tried.add(wanted)
        # Any of them, so that not all who missed one seat fight for the same next one.
        offered = [seat for seat in codec.loads(answer.body)["alternatives"][wanted] if seat not in tried]
        if not offered:
            return
        wanted = rng.choice(offered)


if __name__ == "__main__":
    main()

"""The seat map: which seat for whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask import abort, flash, jsonify, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from gateway.pages.api import api
from gateway.pages.blueprints import page_blueprint
from gateway.pages.shapes import Cabin, Passenger, Place, Row, SeatMap
from gateway.pages.traveller import drafts
from gateway.pages.traveller.drafts import Draft
from gateway.pages.traveller.overview import overview, surcharge
from gateway.pages.traveller.passengers import next_step

blueprint = page_blueprint("seating", __name__)


@dataclass(frozen=True)
class Deck:
    """A cabin as it is drawn: each row as groups of places between the aisles, None where there is no seat."""

    cabin: Cabin
    open: bool

    def groups(self, row: Row) -> Iterator[list[Place | None]]:
        by_letter = {place.number[-1]: place for place in row.seats}
        for letters in self.cabin.columns:
            yield [by_letter.get(letter) for letter in letters]

    def is_over_the_wing(self, row: Row) -> bool:
        """Whether a row is drawn between the wings: from two before the first exit to four behind the last."""
        exits = [each.number for each in self.cabin.rows if each.exit_row]
        return bool(exits) and exits[0] - 2 <= row.number <= exits[-1] + 4


@blueprint.get("/book/<name>/seats/<int:leg>")
def choose(name: str, leg: int) -> Response:
    """Show the seat map of a leg (from 1)."""
    draft, departure_id = _leg(name, leg)
    if draft.made or not draft.passengers:
        return redirect(next_step(draft), 303)
    seat_map = api().seat_map(departure_id)
    promise = draft.promise
    people = [Passenger(first_name=first, last_name=last) for first, last in draft.passengers]
    chosen = draft.seats_on(departure_id)
    return make_response(
        render_template(
            "book/seats.html",
            draft=draft,
            leg=leg,
            legs=len(promise.departure_ids),
            seat_map=seat_map,
            decks=[Deck(cabin, cabin.name == promise.cabin) for cabin in seat_map.cabins],
            people=people,
            chosen=chosen,
            turn=_turn(chosen),
            extras=_extras(seat_map, promise.cabin),
            suggested=frozenset(request.args.get("like", "").split(",")),
            overview=overview(draft),
        )
    )


@blueprint.post("/book/<name>/seats/<int:leg>")
def answer(name: str, leg: int) -> Response:
    """Give a passenger a seat (`pick`, `passenger`), or go on when everybody has one."""
    draft, departure_id = _leg(name, leg)
    if draft.made or not draft.passengers:
        return redirect(next_step(draft), 303)
    chosen = draft.seats_on(departure_id)
    here = f"/book/{draft.name}/seats/{leg}"
    if "pick" not in request.form:
        if None in chosen:
            flash("Choose a seat for everybody first.", "bad")
            return redirect(here, 303)
        after = leg + 1
        return redirect(
            f"/book/{draft.name}/seats/{after}" if after <= len(draft.promise.departure_ids) else next_step(draft),
            303,
        )
    problem = None
    number = request.form["pick"]
    place = _find(api().seat_map(departure_id), draft.promise.cabin, number)
    if number in chosen:
        chosen[chosen.index(number)] = None
    elif place is None or place.state != "free":
        problem = f"Seat {number[:4]} is not free. Choose another one."
    else:
        chosen[_whose(chosen)] = number
    changed = draft.seated(departure_id, chosen)
    drafts.save(changed)
    if request.accept_mimetypes.best == "application/json":
        return jsonify(seats=chosen, problem=problem, turn=_turn(chosen))
    if problem:
        flash(problem, "bad")
    return redirect(f"{here}#seat-{number}" if place else here, 303)


def _leg(name: str, leg: int) -> tuple[Draft, int]:
    draft = drafts.load(name)
    departures = draft.promise.departure_ids
    if not 1 <= leg <= len(departures):
        abort(404)
    return draft, departures[leg - 1]


def _turn(chosen: Sequence[str | None]) -> int:
    """Whose seat the next pick is, from 0: the first who has none, else the first."""
    return chosen.index(None) if None in chosen else 0


def _whose(chosen: Sequence[str | None]) -> int:
    asked = request.form.get("passenger", "")
    return int(asked) if asked.isascii() and asked.isdigit() and int(asked) < len(chosen) else _turn(chosen)


def _find(seat_map: SeatMap, cabin: str, number: str) -> Place | None:
    for each in seat_map.cabins:
        if each.name == cabin:
            for row in each.rows:
                for place in row.seats:
                    if place.number == number:
                        return place
    return None


def _extras(seat_map: SeatMap, cabin: str) -> dict[str, Decimal]:
    numbers = [p.number for each in seat_map.cabins if each.name == cabin for row in each.rows for p in row.seats]
    dearer = {number: surcharge(seat_map, cabin, number) for number in numbers}
    return {number: extra for number, extra in dearer.items() if extra}

"""Which reservations this browser has opened: the access token of each, in a cookie for its own pages only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import session

from gateway.pages import cookies
from gateway.pages.logins import token as login_token
from gateway.pages.shapes import Reservation

NAME = "aerosaga_trip"
_MOST = 8
_SECONDS = 60 * 60 * 24 * 30


@dataclass(frozen=True)
class Kept:
    """A trip that was opened here, by what its link says."""

    locator: str
    route: str
    day: str


def keep(reservation: Reservation, token: str) -> None:
    """Remember a reservation with whatever is answered to this request."""
    path = f"/trips/{reservation.locator}"
    cookies.put_later(NAME, {"token": token}, path=path, seconds=_SECONDS)
    flights = reservation.flights
    route = f"{flights[0].origin} – {flights[-1].destination}"
    others = [each for each in session.get("trips", []) if each[0] != reservation.locator]
    session["trips"] = [[reservation.locator, route, flights[0].departs_local[:10]], *others][:_MOST]


def known() -> Sequence[Kept]:
    """Return those that were opened here, the newest first."""
    return [Kept(*each) for each in session.get("trips", [])]


def forget() -> None:
    """Forget their names; their tokens are asked for by no page any more, and end by themselves."""
    session.pop("trips", None)


def token() -> str | None:
    """
    Return what opens the reservation of this page: its own token, else that of who is logged in.

    The own one first: it opens this reservation and no other.
    """
    kept = cookies.read(NAME)
    return str(kept["token"]) if kept and "token" in kept else login_token()

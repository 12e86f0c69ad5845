"""A trip as a calendar file (RFC 5545), each flight under the name it has in the mails as well."""

from __future__ import annotations

from datetime import UTC, datetime

from icalendar import Calendar, Event

from gateway.pages.places import places
from gateway.pages.shapes import Coupon, Reservation


def calendar(reservation: Reservation) -> bytes:
    """Return the flights of a reservation; times are UTC, which every calendar shows in its reader's zone."""
    found = Calendar()
    found.add("prodid", "-//Aerosaga//pages//EN")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    for flight in reservation.flights:
        found.add_component(_event(reservation, flight))
    written: bytes = found.to_ical()
    return written


def _event(reservation: Reservation, flight: Coupon) -> Event:
    seats = [coupon.seat_number for coupon in reservation.seats if coupon.departure_id == flight.departure_id]
    event = Event()
    # The same name as in the mails, so that a calendar that has both shows one event.
    event.add("uid", f"{reservation.locator}-{flight.departure_id}@aerosaga.example")
    event.add("dtstamp", datetime.now(UTC))
    event.add("dtstart", datetime.fromisoformat(flight.departs_local).astimezone(UTC))
    event.add("dtend", datetime.fromisoformat(flight.arrives_local).astimezone(UTC))
    event.add("summary", f"Flight {flight.airline} {flight.flight_number} {flight.origin} - {flight.destination}")
    event.add("location", places().named(flight.origin))
    event.add("description", f"{reservation.locator}, seats {', '.join(seats)}")
    given_up = reservation.status in {"failed", "cancelled"} or flight.departure_status == "cancelled"
    event.add("status", "CANCELLED" if given_up else "CONFIRMED" if reservation.status == "confirmed" else "TENTATIVE")
    return event

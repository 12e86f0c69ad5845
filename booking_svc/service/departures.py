"""What booking_svc knows of departures, and how free they are."""

from collections.abc import Collection, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from booking_svc.domain.departures import DepartureStatus
from booking_svc.domain.prices import seat_price
from booking_svc.domain.reservations import DepartureNotFound
from booking_svc.models import Departure, KnownSeatMap, Seat
from booking_svc.service.changes import apply_changes
from booking_svc.service.fares import Tariffs, database_time, tariffs_for, travel_date
from booking_svc.service.layouts import layout as layout_of
from common.contracts.flight import FlightScheduled, SeatMapGenerated
from common.db import upsert
from common.messages import newest
from common.money import Money


def note_scheduled(session: Session, events: Sequence[FlightScheduled]) -> None:
    """Remember departures, or what has changed about them; older news than what is known changes nothing."""
    upsert(
        session,
        Departure,
        [
            {
                "id": event.departure_id,
                "airline": event.airline,
                "flight_number": event.flight_number,
                "origin": event.origin,
                "destination": event.destination,
                "departs_at": event.departs_at,
                "departs_local": event.departs_local,
                "arrives_at": event.arrives_at,
                "arrives_local": event.arrives_local,
                "distance_km": event.distance_km,
                "seat_map_key": event.seat_map_key,
                "local_date": date.fromisoformat(event.departs_local[:10]),
                "status": DepartureStatus.SCHEDULED,
                "status_reason": None,
                "as_of": event.occurred_at,
            }
            for event in newest(events, of=lambda event: event.departure_id)
        ],
        only_if_newer="as_of",
    )
    apply_changes(session, departure_ids={event.departure_id for event in events})


def note_seat_maps(session: Session, events: Sequence[SeatMapGenerated]) -> None:
    """Remember layouts; the same key always means the same layout, so the order does not matter."""
    maps = {event.seat_map_key: event for event in events}
    upsert(
        session,
        KnownSeatMap,
        [
            {"key": event.seat_map_key, "aircraft": event.aircraft, "seats": event.seats, "layout": event.seat_map}
            for event in maps.values()
        ],
    )


def seat_map(session: Session, *, departure_id: int, currency: str) -> dict[str, Any]:
    """
    Return a departure with its cabins, rows and seats: each seat free, held or taken, and its price.

    The price is that of a plain booking, at the cheapest Basic fare; None where none is sold.

    :raises DepartureNotFound: if there is none of this number, or its layout is not known yet
    """
    departure = session.get(Departure, departure_id)
    layout = layout_of(session, departure.seat_map_key) if departure else None
    if departure is None or layout is None:
        raise DepartureNotFound(f"There is no departure {departure_id} on sale.")
    cancelled = departure.status is DepartureStatus.CANCELLED
    tariffs = tariffs_for(session, departures=[departure], currency=currency, at=database_time(session))
    fares = {cabin.name: _basic(tariffs, departure, cabin.name) for cabin in layout.cabins}
    claims = dict(session.execute(select(Seat.seat_number, Seat.state).where(Seat.departure_id == departure_id)).all())
    shown = {"tentative": "held", "held": "taken"}
    return {
        "departure": departure,
        "aircraft": layout.aircraft,
        "free": 0 if cancelled else layout.seat_count - len(claims),
        "currency": currency,
        "cabins": [
            {
                "name": cabin.name,
                "columns": cabin.columns,
                "rows": [
                    {
                        "number": aisle.number,
                        "exit_row": aisle.exit_row,
                        "seats": [
                            {
                                "number": place.number,
                                "position": place.position,
                                "state": shown[claims[place.number]] if place.number in claims else "free",
                                "price": _amount(fares[cabin.name], exit_row=place.exit_row),
                            }
                            for place in aisle.seats
                        ],
                    }
                    for aisle in cabin.rows
                ],
            }
            for cabin in layout.cabins
        ],
    }


def availability(session: Session, *, departure_ids: Collection[int], currency: str) -> list[dict[str, Any]]:
    """Return for each known departure how many seats are free and what economy costs (None: no Basic fare is sold)."""
    claims = (
        select(Seat.departure_id, func.count().label("claimed"))
        .where(Seat.departure_id.in_(departure_ids))
        .group_by(Seat.departure_id)
        .subquery()
    )
    rows = session.execute(
        select(Departure, KnownSeatMap.seats, func.coalesce(claims.c.claimed, 0).label("claimed"))
        .join(KnownSeatMap, KnownSeatMap.key == Departure.seat_map_key)
        .outerjoin(claims, claims.c.departure_id == Departure.id)
        .where(Departure.id.in_(departure_ids))
        .order_by(Departure.id)
    ).all()
    known = [row.Departure for row in rows]
    tariffs = tariffs_for(session, departures=known, currency=currency, at=database_time(session))
    return [
        {
            "departure_id": row.Departure.id,
            "free": 0 if row.Departure.status is DepartureStatus.CANCELLED else row.seats - row.claimed,
            "from_price": _amount(_basic(tariffs, row.Departure, "economy"), exit_row=False),
            "currency": currency,
        }
        for row in rows
    ]


def _basic(tariffs: Tariffs, departure: Departure, cabin: str) -> Money | None:
    fare = tariffs.basic(departure, cabin)
    return None if fare is None else fare.price(travel_date(departure))


def _amount(fare: Money | None, *, exit_row: bool) -> Decimal | None:
    return None if fare is None else seat_price(fare, exit_row=exit_row).amount

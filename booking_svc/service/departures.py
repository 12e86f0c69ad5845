"""What booking_svc knows of departures, and how free they are."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from booking_svc.domain import prices
from booking_svc.domain.reservations import DepartureNotFound
from booking_svc.models import Departure, KnownSeatMap, Seat
from common.contracts.flight import FlightScheduled, SeatMapGenerated
from common.contracts.seat_map import SeatMap
from common.db import upsert
from common.messages import newest


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
                "as_of": event.occurred_at,
            }
            for event in newest(events, of=lambda event: event.departure_id)
        ],
        only_if_newer="as_of",
    )


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

    :raises DepartureNotFound: if there is none of this number, or its layout is not known yet
    """
    row = session.execute(
        select(Departure, KnownSeatMap)
        .join(KnownSeatMap, KnownSeatMap.key == Departure.seat_map_key)
        .where(Departure.id == departure_id)
    ).one_or_none()
    if row is None:
        raise DepartureNotFound(f"There is no departure {departure_id} on sale.")
    departure = row.Departure
    layout = SeatMap.from_dict(row.KnownSeatMap.layout)
    claims = dict(session.execute(select(Seat.seat_number, Seat.state).where(Seat.departure_id == departure_id)).all())
    shown = {"tentative": "held", "held": "taken"}
    return {
        "departure": departure,
        "aircraft": layout.aircraft,
        "free": layout.seat_count - len(claims),
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
                                "price": prices.price(
                                    distance_km=departure.distance_km,
                                    cabin=cabin.name,
                                    exit_row=place.exit_row,
                                    currency=currency,
                                ).amount,
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
    """Return for each known departure how many seats are free and what the cheapest cabin costs."""
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
    )
    return [
        {
            "departure_id": row.Departure.id,
            "free": row.seats - row.claimed,
            "from_price": prices.price(
                distance_km=row.Departure.distance_km, cabin="economy", exit_row=False, currency=currency
            ).amount,
            "currency": currency,
        }
        for row in rows
    ]

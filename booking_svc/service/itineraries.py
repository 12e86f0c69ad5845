"""Telling who flies when and where, for those who write to the travellers."""

from booking_svc.models import Coupon, Reservation
from common.contracts.booking import Contact, ItineraryRecorded, Segment, Traveller


def recorded(reservation: Reservation, *, payments: int) -> ItineraryRecorded:
    """
    Return the event that tells the itinerary of a reservation as it is now.

    Record it whenever a traveller, a seat, a time or the contact is new. `payments` is how many were asked for with
    the reservation.
    """
    legs: dict[int, list[Coupon]] = {}
    for coupon in reservation.coupons:
        legs.setdefault(coupon.departure_id, []).append(coupon)
    return ItineraryRecorded(
        correlation_id=reservation.correlation_id,
        reservation_id=reservation.id,
        locator=reservation.locator,
        contact=Contact(
            email=reservation.contact_email,
            phone=reservation.contact_phone,
            language=reservation.contact_language,
        ),
        passengers=[
            Traveller(first_name=person.first_name, last_name=person.last_name) for person in reservation.passengers
        ],
        segments=sorted((_segment(coupons) for coupons in legs.values()), key=lambda segment: segment.departs_at),
        amount=reservation.price.amount,
        currency=reservation.currency,
        payments=payments,
    )


def _segment(coupons: list[Coupon]) -> Segment:
    departure = coupons[0].departure
    return Segment(
        departure_id=departure.id,
        airline=departure.airline,
        flight_number=departure.flight_number,
        origin=departure.origin,
        destination=departure.destination,
        departs_at=departure.departs_at,
        departs_local=departure.departs_local,
        arrives_at=departure.arrives_at,
        arrives_local=departure.arrives_local,
        seats=[coupon.seat_number for coupon in sorted(coupons, key=lambda coupon: coupon.passenger.place)],
        cabin=coupons[0].cabin,
    )

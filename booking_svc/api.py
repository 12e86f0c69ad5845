"""Endpoints of booking_svc: parse, call one function, present."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial, wraps
from typing import Any, TypeVar

from flask import Response, g, request, url_for
from flask.views import MethodView
from flask_smorest.pagination import PaginationParameters
from sqlalchemy.orm import Session

from booking_svc import schemas
from booking_svc.domain import magic_seats
from booking_svc.models import Reservation, database
from booking_svc.sagas import BOOK, SAGAS
from booking_svc.service import access, cancelling, departures, disrupting, finding, guests, reserving
from common import audit, failures
from common.api import ServiceBlueprint
from common.auth import BEARER, Role, Scope, allowed, bearer, caller, for_operators
from common.auth.present import client_address
from common.config import settings
from common.contracts.fare import Offer
from common.failures import acting
from common.idempotency import HEADER, once
from common.saga import Order
from common.saga.backlog import Backlog
from common.signatures import KeyRing

T = TypeVar("T")

#: Of the sagas that are paid at once; those that wait for a payment wait for nobody here.
backlog = Backlog(BOOK.name)

# Kept, because making a schema costs more than writing by it.
_MADE = schemas.MadeReservationSchema()

blueprint = ServiceBlueprint("booking", __name__, description="Seat maps and reservations")


@blueprint.route("/reservations")
class Reservations(MethodView):
    @blueprint.arguments(schemas.ReservationRequestSchema)
    @blueprint.response(202, schemas.MadeReservationSchema)
    @blueprint.doc(parameters=[HEADER])
    @blueprint.alt_response(401, description="It needs no token, but the one that was sent is not good")
    @blueprint.alt_response(
        409, description="A seat is taken (`alternatives` names free ones like it), or the offer is over"
    )
    @blueprint.alt_response(422, description="A field is wrong, or names something that cannot be booked")
    @blueprint.alt_response(429, description="Too many seats of one departure are held by the same person, not paid")
    def post(self, body: dict[str, Any]) -> Any:
        """Ask for seats: answers at once; follow `Location` until the reservation is confirmed or failed"""
        saga = "hold" if body.pop("pay_later") else "book"
        token = body.pop("offer", None)
        seats = [seat for leg in body["departures"] for seat in leg["seats"]]
        switches = _switches(saga, "cancel", "disrupt", seats=seats)
        ask = partial(
            once,
            database,
            audit.acted(
                _if_it_can_end_in_time,
                by=caller(),
                act="book",
                subject=lambda made: f"reservation {made[0].locator}",
                correlation_id=g.correlation_id,
            ),
            present=_made,
            then=lambda made: made[1].send(SAGAS),
            correlation_id=g.correlation_id,
            currency=settings().currency,
            hold_seconds=settings().hold_seconds,
            hold_cap=settings().hold_cap if caller().role in {Role.ANONYMOUS, Role.TRAVELLER} else 0,
            offer=None if token is None else _verified(token),
            owner=access.owner_of_new(caller()),
            failures=switches,
            **body,
        )
        return _answer(ask, "booking.hold-seats", switches)

    @allowed(Role.TRAVELLER, Role.AGENT, Role.OPERATOR, Role.ADMIN, Role.SERVICE, scope=Scope.RESERVATIONS_READ)
    @blueprint.arguments(schemas.ReservationFilterSchema, location="query")
    @blueprint.response(200, schemas.ReservationSchema(many=True))
    @blueprint.paginate()
    def get(self, filters: dict[str, Any], pagination_parameters: PaginationParameters) -> Any:
        """List your reservations, newest first: a traveller's own, an agent's airline's, to operators all"""
        rows, pagination_parameters.item_count = _look(
            finding.listing,
            "list reservations",
            "reservations",
            caller=caller(),
            **filters,
            first=pagination_parameters.first_item,
            count=pagination_parameters.page_size,
        )
        return rows


@blueprint.route("/reservations/<locator>")
class ReservationByLocator(MethodView):
    @blueprint.doc(security=BEARER)
    @blueprint.response(200, schemas.ReservationSchema)
    def get(self, locator: str) -> Reservation:
        """Show a reservation to whose it is: its access token, its owner, an agent of its airline, an operator"""
        return _look(
            access.readable,
            "read reservation",
            f"reservation {locator}",
            caller=caller(),
            locator=locator,
            token=bearer(),
        )


@blueprint.route("/reservations/<locator>/codes")
class Codes(MethodView):
    @blueprint.arguments(schemas.CodeRequestSchema)
    @blueprint.response(202, schemas.CodeRequestedSchema)
    @blueprint.alt_response(429, description="Asked too often from this address; see Retry-After")
    def post(self, body: dict[str, Any], locator: str) -> Any:
        """Have a code mailed to the contact of a reservation; the answer is the same whether there is one or not"""
        guests.ask_for_code(
            database, locator=locator, address=client_address(), correlation_id=g.correlation_id, **body
        )
        return {"detail": "If name and locator fit, a code is on its way to the contact of the reservation."}


@blueprint.route("/reservations/<locator>/access")
class Access(MethodView):
    @blueprint.arguments(schemas.CodeAccessSchema)
    @blueprint.response(200, schemas.AccessSchema)
    @blueprint.alt_response(404, description="There is none, or name and code do not fit, or the code is over")
    @blueprint.alt_response(429, description="Tried too often; see Retry-After")
    def post(self, body: dict[str, Any], locator: str) -> Any:
        """Get the access token of a reservation for a passenger's last name and the code that was mailed"""
        return {"access_token": guests.open_by_code(database, locator=locator, address=client_address(), **body)}


@blueprint.route("/reservations/<locator>/cancellation")
class CancellationQuote(MethodView):
    @blueprint.doc(security=BEARER)
    @blueprint.response(200, schemas.QuoteSchema)
    @blueprint.alt_response(409, description="It cannot be given up: it is over, just being paid, or under way")
    def get(self, locator: str) -> Any:
        """Quote what comes back of a reservation if it is given up now, by which rules, and until when"""
        return _look(
            cancelling.quote,
            "quote cancellation",
            f"reservation {locator}",
            caller=caller(),
            locator=locator,
            token=bearer(),
        )


@blueprint.route("/reservations/<locator>/cancellations")
class Cancellations(MethodView):
    @blueprint.arguments(schemas.CancellationRequestSchema)
    @blueprint.response(202, schemas.ReservationSchema)
    @blueprint.doc(security=BEARER, parameters=[HEADER])
    @blueprint.alt_response(409, description="The quote is out of date (`quote` is the new one), or it is over")
    def post(self, body: dict[str, Any], locator: str) -> Any:
        """Give a reservation up by a quote: its seats are free at once, the refunds follow"""
        switches = _switches("cancel")
        ask = partial(
            once,
            database,
            cancelling.cancel,
            present=_cancelled,
            then=lambda cancelled: cancelled[1] and cancelled[1].send(SAGAS),
            caller=caller(),
            locator=locator,
            token=bearer(),
            failures=switches,
            **body,
        )
        return _answer(ask, "booking.cancel-reservation", switches)


@blueprint.route("/disruptions/<int:departure_id>")
class Disruptions(MethodView):
    @for_operators
    @blueprint.response(200, schemas.DisruptionSchema)
    def get(self, departure_id: int) -> Any:
        """Report how far the reservations of a cancelled departure are cancelled and refunded (operators)"""
        return database.read(disrupting.report, departure_id=departure_id)


@blueprint.route("/failure-switches")
class FailureSwitches(MethodView):
    @for_operators
    @blueprint.response(200, schemas.FailureSwitchesSchema)
    def get(self) -> Any:
        """List the steps that can be made to fail and the seats that do so, where switches are on (operators)"""
        if not failures.on():
            return {"on": False, "header": failures.HEADER, "steps": [], "seats": []}
        return {
            "on": True,
            "header": failures.HEADER,
            "steps": [
                {
                    "saga": saga.name,
                    "step": target.name,
                    "behaviours": [each for each in failures.Behaviour if each in target.behaviours],
                }
                for saga in SAGAS.values()
                for target in saga.targets.values()
            ],
            "seats": [
                {"seat_number": seat_number, "switches": switches}
                for seat_number, switches in magic_seats.SWITCHES.items()
            ],
        }


@blueprint.route("/departures/<int:departure_id>/seats")
class SeatMaps(MethodView):
    @blueprint.response(200, schemas.SeatMapSchema)
    def get(self, departure_id: int) -> Any:
        """Show the seat map of a departure: each seat free, held or taken, and its price"""
        return database.read(departures.seat_map, departure_id=departure_id, currency=settings().currency)


@blueprint.route("/availability")
class Availability(MethodView):
    @blueprint.arguments(schemas.AvailabilityQuerySchema, location="query")
    @blueprint.response(200, schemas.AvailabilitySchema(many=True))
    def get(self, query: dict[str, Any]) -> Any:
        """Tell for up to 50 departures how many seats are free and what the cheapest costs"""
        return database.read(departures.availability, departure_ids=query["departure_id"], currency=settings().currency)


def _switches(saga: str, *later: str, seats: Iterable[str] = ()) -> list[str]:
    """
    Return the failure switches of this request, by its header and by the seats it asks for, if there are any here.

    They may name the steps of the `saga` that it begins, and of those that may come `later`.

    :raises BadSwitch: if the header names anything else
    """
    if not failures.on():
        return []
    targets = dict(SAGAS[saga].targets)
    for each in later:
        targets |= {name: target for name, target in SAGAS[each].targets.items() if not target.in_request}
    header = request.headers.get(failures.HEADER)
    asked = [str(switch) for switch in failures.read(header, targets=targets)] if header else []
    return asked + [text for text in magic_seats.switches_of(seats) if text.partition("=")[0] in targets]


def _answer(ask: Callable[[], Response], step: str, switches: Sequence[str]) -> Response:
    """Let a request be answered, with what its switches do to this step of it."""
    response = acting.answer(switches, step, ask)
    if switches:
        response.headers[failures.HEADER] = ", ".join(switches)
    return response


def _look(use_case: Callable[..., T], act: str, subject: str, **arguments: Any) -> T:
    """Read; but what somebody reads by a right that travellers do not have is noted, and the note must stay."""
    by = caller()
    if by.role not in audit.PRIVILEGED:
        return database.read(use_case, **arguments)
    noted = audit.acted(use_case, by=by, act=act, subject=subject, correlation_id=g.correlation_id)
    return database.write(noted, **arguments)


def _made(made: tuple[Reservation, Order]) -> tuple[Any, int, dict[str, str]]:
    reservation, _ = made
    place = url_for(".ReservationByLocator", locator=reservation.locator)
    return _MADE.dump(reservation), 202, {"Location": place}


def _cancelled(cancelled: tuple[Reservation, Order | None]) -> tuple[Any, int, dict[str, str]]:
    reservation, _ = cancelled
    place = url_for(".ReservationByLocator", locator=reservation.locator)
    return schemas.ReservationSchema().dump(reservation), 202, {"Location": place}


def _verified(token: str) -> Offer:
    """Return the offer in a token that fare_svc has signed; its public keys are settings, so that nobody is asked."""
    return Offer.from_wire(KeyRing.of(settings().offer_public_keys).verify(token, kind=Offer.TYPE))


@wraps(reserving.request_reservation)
def _if_it_can_end_in_time(session: Session, **wish: Any) -> tuple[Reservation, Order]:
    """Ask for a reservation, unless its saga would wait too long behind the others; a repeat has its answer already."""
    waits = backlog.seconds(session) if wish.get("payments") else 0.0
    return reserving.request_reservation(session, expected_wait=waits, **wish)

"""A real instance of every message, the same each time: what contracts and pages show as an example."""

import types
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import TypeAdapter, ValidationError

from common import codec
from common.contracts.flight_v2 import cabins_of
from common.contracts.seat_map import Cabin, SeatMap
from common.messages import Event, Message

_MOMENT = datetime(2026, 11, 20, 9, 41, 7, 250000, tzinfo=UTC)
_COMMUTER = SeatMap(
    key="beech-1900d-8",
    aircraft="BEECH 1900D",
    cabins=(Cabin.of(name="economy", columns=("A", "B"), rows=[(row, "AB") for row in range(1, 5)], exit_rows=[3]),),
)

# One story: passengers 3 and 4 of reservation 12345 fly from New York to Los Angeles.
_BY_NAME: dict[str, Any] = {
    "correlation_id": UUID("b9d1f1f2-6c55-4b7e-9a53-0d8f2f1c7a10"),
    "occurred_at": _MOMENT,
    "reservation_id": 12345,
    "locator": "K7Q2ZD",
    "amount": Decimal("450.00"),
    "currency": "USD",
    "pay_by": _MOMENT.replace(minute=56),
    "expires_at": _MOMENT.replace(minute=56),
    "part": 1,
    "auth_id": "pa_kfwqzmtbxrhgvcjdna",
    "token": "tok_visa",
    "metadata": {"passengerId": 3, "flightNumber": 1, "airline": "AA"},
    "reason": "timeout",
    "seat_id": 987,
    "seat_number": "12A",
    "departure_id": 17,
    "flight_id": 4,
    "airline": "AA",
    "flight_number": 1,
    "origin": "JFK",
    "destination": "LAX",
    "departs_at": datetime(2026, 12, 1, 13, 30, tzinfo=UTC),
    "departs_local": "2026-12-01T08:30:00-05:00",
    "arrives_at": datetime(2026, 12, 1, 19, 45, tzinfo=UTC),
    "arrives_local": "2026-12-01T11:45:00-08:00",
    "distance_km": 3983,
    "seat_map_key": "boeing-737-800-172",
    "code": "AA",
    "name": "American Airlines Inc.",
}
# Where the same word means something else.
_BY_TYPE: dict[str, dict[str, Any]] = {
    "PaymentFailed": {"reason": "insufficient_funds"},
    "RefundIssued": {"reason": "voided_late"},
    "SeatReleased": {"reason": "payment_failed"},
    "FareUpdated": {
        "amount": Decimal("372.00"),
        "fare_id": 41,
        "cabin": "economy",
        "family": "standard",
        "refund_fee": Decimal("75.00"),
        "change_fee": Decimal("50.00"),
        "withdrawn": False,
        "advance_purchase_days": 0,
        "valid_from": date(2026, 11, 1),
        "valid_until": date(2027, 10, 31),
    },
    "Contact": {"email": "ada@example.org", "phone": "+12125550142", "language": "en"},
    "Traveller": {"first_name": "Ada", "last_name": "Lovelace"},
    "Segment": {"seats": ["12A"], "cabin": "economy"},
    "ItineraryRecorded": {"payments": 1},
    "AccessCodeMailRequested": {"email": "ada@example.org", "language": "en", "code": "428193"},
    "ReservationsDisruptRequested": {"reservation_ids": [12345, 12346]},
    "PaymentRefundRequested": {"amount": Decimal("375.00"), "reason": "cancelled"},
    "ReservationCancelled": {
        "reason": "cancelled",
        "refund_amount": Decimal("375.00"),
        "fee_amount": Decimal("75.00"),
    },
    "FareSeason": {"starts": date(2026, 12, 18), "ends": date(2027, 1, 3), "factor": Decimal("1.25")},
    "SeatMapGenerated": {
        "seat_map_key": _COMMUTER.key,
        "aircraft": _COMMUTER.aircraft,
        "seats": _COMMUTER.seat_count,
        "seat_map": _COMMUTER.to_dict(),
        "cabins": cabins_of(_COMMUTER),
    },
}
_PLAIN: dict[Any, Any] = {
    bool: True,
    int: 1,
    float: 1.5,
    Decimal: Decimal("1.00"),
    datetime: _MOMENT,
    date: _MOMENT.date(),
    UUID: uuid5(NAMESPACE_URL, "example"),
    Any: {},
}


def example(cls: type[Message]) -> dict[str, Any]:
    """
    Return the wire body of an instance of `cls` with every field set.

    A field gets the value its name has in every message, else one of its type.

    :raises LookupError: if no value of a field's type is known here
    """
    body = _instance(cls).to_wire()
    plain: dict[str, Any] = codec.loads(codec.dumps(body))
    return plain


def _instance(cls: Any) -> Any:
    hints = get_type_hints(cls)
    values = {field.name: _value(cls, field.name, hints[field.name]) for field in fields(cls)}
    try:
        return cls(**values)
    except ValidationError as error:
        raise LookupError(
            f"{cls.__name__} refuses the example made for it: {error.errors(include_url=False)}. Give the field a "
            "value in common/contracts/registry/examples.py."
        ) from error


def _value(cls: type, name: str, hint: Any) -> Any:
    if name == "event_id" and issubclass(cls, Event):
        return uuid5(NAMESPACE_URL, cls.routing_key())
    for known in (_BY_TYPE.get(cls.__name__, {}), _BY_NAME):
        if name in known and _fits(hint, known[name]):
            return known[name]
    return _of(hint, name)


def _fits(hint: Any, value: Any) -> bool:
    try:
        TypeAdapter(hint).validate_python(value, strict=True)
    except ValidationError:
        return False
    return True


def _of(hint: Any, name: str) -> Any:
    """Return some value of a type; `name` is that of the field it is for."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hasattr(hint, "__metadata__"):  # Annotated
        return _of(arguments[0], name)
    if origin in (Union, types.UnionType):
        return _of(next(member for member in arguments if member is not type(None)), name)
    if origin is Literal:
        return arguments[0]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    if is_dataclass(hint):
        return _instance(hint)
    if hint is dict or origin is dict:
        return {}
    if origin in (list, tuple, set, frozenset):
        return origin([_of(arguments[0], name)])
    if hint is str:
        return name.replace("_", " ")
    if hint in _PLAIN:
        return _PLAIN[hint]
    raise LookupError(
        f"No example is known for `{name}: {hint}`. Give it a value in common/contracts/registry/examples.py."
    )

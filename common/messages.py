"""Commands and events: frozen dataclasses in Python, flat camelCase JSON on the wire."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from datetime import UTC, datetime
from typing import Any, ClassVar, Self, TypeVar, dataclass_transform
from uuid import UUID, uuid4

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass as pydantic_dataclass

from common.errors import Rejected

M = TypeVar("M")
E = TypeVar("E", bound="Event")

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

# Fields a reader does not know are dropped: a publisher may add some at any time (design, section 3).
_WIRE = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")


class Unreadable(Rejected):
    """Raised when a message is not what its type and version promise."""

    code = "unreadable_message"


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def message(cls: type[M]) -> type[M]:
    """Make `cls` a frozen, keyword-only dataclass that is validated and written in camelCase."""
    return pydantic_dataclass(frozen=True, kw_only=True, config=_WIRE)(cls)  # type: ignore[return-value]


@message
class Message:
    """What commands and events have in common. `correlation_id` names the request that began it all."""

    version: ClassVar[int] = 1
    #: Whether it says who somebody is or how they are reached: then it is shown to nobody and sent to one service.
    personal: ClassVar[bool] = False

    correlation_id: UUID

    def to_wire(self) -> dict[str, Any]:
        """Return the flat camelCase body, with `type` and `version`; fields that are None are left out."""
        body = _adapter(type(self)).dump_python(self, by_alias=True, exclude_none=True)
        return {"type": type(self).__name__, "version": self.version, **body}

    @classmethod
    def from_wire(cls, body: dict[str, Any]) -> Self:
        """
        Return the message that a body says.

        :raises Unreadable: if it is of another type or version, or a field is missing or wrong
        """
        if (body.get("type"), body.get("version")) != (cls.__name__, cls.version):
            raise Unreadable(f"expected {cls.__name__} v{cls.version}, got {body.get('type')} v{body.get('version')}")
        try:
            read: Self = _adapter(cls).validate_python(body)
        except ValidationError as refusal:
            raise Unreadable(f"{cls.__name__} v{cls.version}: {_wrong(refusal)}") from refusal
        return read

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """Return the JSON Schema of the body."""
        return _adapter(cls).json_schema(by_alias=True)


@message
class Event(Message):
    """
    Something that happened, told by its owner on a topic exchange.

    `occurred_at` is set by the owner's database when the row is written; None until then.
    """

    exchange: ClassVar[str]

    event_id: UUID = field(default_factory=uuid4)
    occurred_at: datetime | None = None

    @classmethod
    def routing_key(cls) -> str:
        """Return `<Type>.v<version>`."""
        return f"{cls.__name__}.v{cls.version}"


def is_personal(type: str) -> bool:
    """Return whether events of this type say who somebody is, or how they are reached."""
    return any(kind.__name__ == type and kind.personal for kind in _kinds(Event))


def _kinds(kind: type[Event]) -> Iterator[type[Event]]:
    for each in kind.__subclasses__():
        yield each
        yield from _kinds(each)


@message
class Command(Message):
    """Something one service is asked to do: a Celery task `task` on that service's `queue`."""

    queue: ClassVar[str]
    task: ClassVar[str]


def newest(events: Sequence[E], *, of: Callable[[E], Any]) -> list[E]:
    """Return the newest of `events`, as received, for each thing that `of` names."""
    latest: dict[Any, E] = {}
    for event in events:
        known = latest.get(of(event))
        if known is None or (event.occurred_at or _LONG_AGO) >= (known.occurred_at or _LONG_AGO):
            latest[of(event)] = event
    return list(latest.values())


_adapters: dict[type, TypeAdapter[Any]] = {}


def _adapter(cls: type) -> TypeAdapter[Any]:
    """Return the reader and writer of a message class; building one costs milliseconds, so each is kept."""
    if cls not in _adapters:
        _adapters[cls] = TypeAdapter(cls)
    return _adapters[cls]


def _wrong(refusal: ValidationError) -> str:
    """Return which field is wrong in which way, and not what it says: that may be personal."""
    found = refusal.errors(include_url=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, each['loc'])) or 'the body'}: {each['msg']}" for each in found)

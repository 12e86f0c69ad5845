"""What a restored service is told by its neighbours, and what it finds that differs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Difference:
    """
    Something in which a restored service differed from what others know.

    `subject` is what it is about, in words ("reservation 17"). `healed` says what was done about it, `todo` what a
    person should do; one of them may be missing, never both.
    """

    subject: str
    what: str
    healed: str | None = None
    todo: str | None = None

    def __post_init__(self) -> None:
        assert self.healed or self.todo, "a difference that nobody does anything about must not be kept"

    def to_dict(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Told:
    """
    What the neighbours state.

    :ivar since: when the backup was made, by the service's database; events are told from a little earlier on
    :ivar events: for each publisher that the service hears, the bodies of what it published since, oldest first
    :ivar letters: what notification_svc knows of reservations, as `CorrespondenceStatement`s
    :ivar departures: what booking_svc knows of departures, as `DepartureStatement`s
    :ivar payments: what payment_svc has of reservations, as `PaymentStatement`s
    """

    since: datetime
    events: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    letters: Sequence[Any] = ()
    departures: Sequence[Any] = ()
    payments: Sequence[Any] = ()

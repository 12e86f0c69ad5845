"""What clients did and were answered: the history that a run records, against which promises are checked."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from common import codec

#: ok: done and told so. fail: refused, nothing done. info: no answer, so it may have been done or not.
Outcome = Literal["ok", "fail", "info"]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """
    One request of a client, in the order in which they were answered.

    `what` is the request ("POST /reservations"), `status` its HTTP status (0: no answer). `locator` is of the
    reservation it is about; `key` its Idempotency-Key, `asked` a text that is the same for the same body.
    """

    service: str
    what: str
    outcome: Outcome
    status: int
    locator: str | None = None
    key: str | None = None
    asked: str | None = None


def write(path: Path, history: Sequence[Operation]) -> None:
    """Keep a history, a line of JSON each."""
    path.write_text("".join(codec.dumps(asdict(operation)) + "\n" for operation in history))


def read(path: Path) -> list[Operation]:
    """Return a history that was kept."""
    return [Operation(**codec.loads(line)) for line in path.read_text().splitlines()]

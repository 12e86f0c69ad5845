"""Bad input as a table: what is changed about a good request, and how the answer must refuse it."""

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx

from tests.e2e.rows import Rows
from tests.stack import Json

PROBLEM_FIELDS = {"type", "title", "status", "detail", "instance", "code"}
#: As a value: the field is left out.
WITHOUT = object()


@dataclass(frozen=True)
class Raw:
    """A piece of JSON as it stands, such as NaN, that no encoder would write."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What there is to book, and what belongs to whom; made once, and left as it is by every refusal."""

    departure_id: int
    seat: str
    next_seat: str
    price: Decimal
    taken_seat: str
    departed_id: int
    #: A confirmed reservation, its captured payment, and somebody else's reservation.
    mine: Json
    auth_id: str
    theirs: Json
    wallet: str
    operator_token: str


Value = Any | Callable[[Facts], Any]


@dataclass(frozen=True)
class Bad:
    """
    One change to a good body, and the refusal it must meet.

    `where` is the way to the field ("payments.0.amount"; "" is the whole body); a `value` that is a function is
    called with the facts.
    """

    what: str
    where: str
    value: Value
    status: int = 422
    code: str = "invalid"

    def body(self, good: Any, facts: Facts) -> Any:
        """Return a copy of a good body with this change."""
        value = self.value(facts) if callable(self.value) else self.value
        if not self.where:
            return value
        changed = copy.deepcopy(good)
        *way, last = [int(part) if part.isdigit() else part for part in self.where.split(".")]
        place = changed
        for part in way:
            place = place[part]
        if value is WITHOUT:
            del place[last]
        else:
            place[last] = value
        return changed

    def __str__(self) -> str:
        return self.what


@dataclass
class Refuser:
    """Sends requests that must be refused, and sees that nothing was stored."""

    urls: Mapping[str, str]
    rows: Rows
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30, trust_env=False))

    def __call__(
        self,
        method: str,
        service: str,
        path: str,
        content: bytes | None = None,
        *,
        status: int,
        code: str,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        """Send a request; return the problem that it is refused with, which must be whole and be all that happened."""
        sent = {} if content is None else {"Content-Type": "application/json"}
        sent |= {"Authorization": f"Bearer {token}"} if token else {}
        before = self.rows.count()

        answer = self.http.request(
            method, self.urls[service] + path, content=content, headers={**sent, **(headers or {})}
        )

        assert answer.status_code == status, f"{answer.status_code} {answer.text}"
        assert answer.headers["Content-Type"] == "application/problem+json"
        problem: Json = json.loads(answer.content)
        assert set(problem) >= PROBLEM_FIELDS, problem
        assert (problem["status"], problem["code"]) == (status, code), problem
        assert problem["type"] == f"/problems/{code}"
        assert all(isinstance(problem[name], str) and problem[name] for name in PROBLEM_FIELDS - {"status"})
        assert UUID(answer.headers["X-Request-Id"])
        assert "Traceback" not in answer.text
        assert self.rows.count() == before
        return problem


def encode(body: Any) -> bytes:
    """Return a body as JSON, in ASCII: lone surrogates as escapes, decimals with their digits, Raw as it stands."""
    literals: list[str] = []

    def literal(text: str) -> str:
        literals.append(text)
        return f"\x00{len(literals) - 1}\x00"

    def default(value: Any) -> str:
        return literal(value.text if isinstance(value, Raw) else str(value))

    text = json.dumps(body, default=default)
    for number, each in enumerate(literals):
        text = text.replace(json.dumps(f"\x00{number}\x00"), each)
    return text.encode("ascii")

"""
The Idempotency-Key header: a request that is repeated with its key is answered as before, and done once.

As in draft-ietf-httpapi-idempotency-key-header-07 and in Stripe's API: the same key with another body is refused
(422), a key whose first request still runs is a conflict (409), and a stored answer is given again for a day. A key is
claimed by one atomic insert. The answer is stored in the transaction of what was done, so that neither can be there
without the other; a claim left by a process that died may be taken over after a minute.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID, uuid4

from flask import Response, request
from sqlalchemy import JSON, Column, Index, MetaData, SmallInteger, String, Table, Uuid, delete, insert, select, update
from sqlalchemy.orm import Session

from common import codec
from common.api import PROBLEM, refuse
from common.auth import Role, bearer, caller
from common.columns import NAMES, UtcDateTime, exact, now
from common.db import Database, changed
from common.errors import Conflict, DomainError, Rejected
from common.sealing import seal, unseal

T = TypeVar("T")

#: Belongs to the services that create or pay.
KEYS = MetaData(naming_convention=NAMES)

idempotency_key = Table(
    "idempotency_key",
    KEYS,
    Column("route", String(60), primary_key=True),
    Column("key", exact(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    #: Whose claim it is: changes when somebody takes it over.
    Column("claim", Uuid(), nullable=False),
    Column("claimed_at", UtcDateTime(), nullable=False),
    #: NULL while the first request runs.
    Column("status", SmallInteger()),
    Column("headers", JSON()),
    Column("body", JSON()),
    Index("ix_idempotency_key_claimed_at", "claimed_at"),
)

KEEP = timedelta(hours=24)
#: What stored answers with a secret in them are sealed for.
PURPOSE = "answers"
# Longer than any request may take: the gateway and gunicorn give up long before.
LEASE_SECONDS = 60.0

#: For the OpenAPI document of an endpoint that answers through `once`.
HEADER = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "A text of your own, such as a UUID. The same request with the same key is done once and answered "
    "alike for 24 hours; another body with the key is refused (422), a repeat while the first runs is a conflict "
    "(409).",
}


class KeyReused(Rejected):
    """Raised when a key comes back with another request."""

    code = "idempotency_key_reused"


class KeyInUse(Conflict):
    """Raised when the first request with this key still runs."""

    code = "idempotency_key_in_use"


class BadKey(Rejected):
    """Raised when a key is not 1 to 255 printable ASCII characters."""

    status = 400
    code = "bad_idempotency_key"


def once(
    database: Database,
    use_case: Callable[..., T],
    *,
    present: Callable[[T], tuple[Any, int, Mapping[str, str]]],
    then: Callable[[T], object] = lambda _: None,
    secret: bool = False,
    **arguments: Any,
) -> Response:
    """
    Run `use_case(session, **arguments)` for this request, or answer as its key was answered before.

    `present` makes body, status and headers of the result; `then` runs after the commit, and not for a repeat. A
    refusal is an answer too, and is stored; a failure of ours is not, so that it can be tried again. Where the
    answer has a `secret` in it, it is stored sealed.

    :raises KeyReused: if the key came with another request before
    :raises KeyInUse: if the first request with the key still runs
    :raises BadKey: if the key is no key
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        result = database.write(use_case, **arguments)
        then(result)
        return _response(*present(result))
    if not (0 < len(key) <= 255 and key.isascii() and key.isprintable()):
        raise BadKey("An Idempotency-Key has 1 to 255 printable ASCII characters.")
    return _with_key(database, use_case, present=present, then=then, key=key, secret=secret, arguments=arguments)


def prune(session: Session, *, keep: timedelta, limit: int) -> int:
    """Forget at most `limit` keys older than `keep`; return how many."""
    old = select(idempotency_key.c.route, idempotency_key.c.key).where(
        idempotency_key.c.claimed_at < now(seconds=-keep.total_seconds())
    )
    rows = session.execute(old.limit(limit)).all()
    for route, key in rows:
        session.execute(delete(idempotency_key).where(idempotency_key.c.route == route, idempotency_key.c.key == key))
    return len(rows)


def _with_key(
    database: Database,
    use_case: Callable[..., T],
    *,
    present: Callable[[T], tuple[Any, int, Mapping[str, str]]],
    then: Callable[[T], object],
    key: str,
    secret: bool,
    arguments: Mapping[str, Any],
) -> Response:
    place = {"route": f"{request.method} {request.url_rule}", "key": key}
    # What was asked, to the letter, and by whom: path, body, caller. A repeat is the same request, not a similar one,
    # and a stored answer is nobody else's.
    who = caller().name if caller().role is not Role.ANONYMOUS else bearer()
    said = b"\n".join([request.full_path.encode(), who.encode(), request.get_data(cache=True)])
    asked = hashlib.sha256(said).hexdigest()

    def store(session: Session, answer: tuple[Any, int, Mapping[str, str]]) -> None:
        body, status, headers = answer
        kept = seal(codec.dumps(body), purpose=PURPOSE) if secret else body
        _store(session, place=place, claim=claim, answer=(kept, status, headers))

    def opened(stored: tuple[Any, int, Mapping[str, str]]) -> tuple[Any, int, Mapping[str, str]]:
        body, status, headers = stored
        return codec.loads(unseal(body, purpose=PURPOSE)) if secret else body, status, headers

    claim, stored = database.write(_claim, place=place, fingerprint=asked)
    if stored is not None:
        body, status, headers = opened(stored)
        return _response(body, status, {**headers, "Idempotency-Replayed": "true"})

    @wraps(use_case)
    def act(session: Session) -> tuple[T, tuple[Any, int, Mapping[str, str]]]:
        result = use_case(session, **arguments)
        answer = present(result)
        store(session, answer)
        return result, answer

    try:
        result, answer = database.write(act)
    except DomainError as refusal:
        said = codec.loads(refuse(refusal).get_data())
        database.write(store, (said, refusal.status, {"Content-Type": PROBLEM}))
        raise
    except BaseException:
        stored = database.write(_release, place=place, claim=claim)
        if stored is None:
            raise
        # The connection was lost at COMMIT, and it counts all the same: what was done is not done again.
        return _response(*opened(stored))
    then(result)
    return _response(*answer)


def _claim(
    session: Session, *, place: Mapping[str, str], fingerprint: str
) -> tuple[UUID, tuple[Any, int, Mapping[str, str]] | None]:
    """Return a claim of our own, or the stored answer."""
    mine = uuid4()
    fresh = (
        insert(idempotency_key)
        .prefix_with("IGNORE", dialect="mariadb")
        .prefix_with("OR IGNORE", dialect="sqlite")
        .values(**place, fingerprint=fingerprint, claim=mine, claimed_at=now())
    )
    if changed(session, fresh) == 1:
        return mine, None
    row = session.execute(
        select(idempotency_key, (idempotency_key.c.claimed_at < now(seconds=-LEASE_SECONDS)).label("left"))
        .where(*_at(place))
        .with_for_update()
    ).one()
    if row.fingerprint != fingerprint:
        raise KeyReused("This Idempotency-Key came with another request before; use a new key for a new request.")
    if row.status is not None:
        return row.claim, (row.body, row.status, row.headers)
    if not row.left:
        raise KeyInUse("The first request with this Idempotency-Key still runs; try again in a moment.")
    session.execute(update(idempotency_key).where(*_at(place)).values(claim=mine, claimed_at=now()))
    return mine, None


def _store(
    session: Session, *, place: Mapping[str, str], claim: UUID, answer: tuple[Any, int, Mapping[str, str]]
) -> None:
    body, status, headers = answer
    mine = update(idempotency_key).where(*_at(place), idempotency_key.c.claim == claim)
    if changed(session, mine.values(body=body, status=status, headers=dict(headers))) != 1:
        # Somebody took the claim over because we were slow: what we did is rolled back, and theirs counts.
        raise KeyInUse("Another request with this Idempotency-Key was quicker; try again in a moment.")


def _release(session: Session, *, place: Mapping[str, str], claim: UUID) -> tuple[Any, int, Mapping[str, str]] | None:
    """Give a claim back, or return its answer if one is stored after all."""
    mine = [*_at(place), idempotency_key.c.claim == claim]
    # A locking read: if a transaction of ours is still ending at the database, this waits for how it ends.
    row = session.execute(select(idempotency_key).where(*mine).with_for_update()).one_or_none()
    if row is not None and row.status is not None:
        return row.body, row.status, row.headers
    session.execute(delete(idempotency_key).where(*mine))
    return None


def _at(place: Mapping[str, str]) -> tuple[Any, ...]:
    return idempotency_key.c.route == place["route"], idempotency_key.c.key == place["key"]


def _response(body: Any, status: int, headers: Mapping[str, str]) -> Response:
    response = Response(codec.dumps(body), status=status, content_type="application/json")
    response.headers.update(headers)
    return response

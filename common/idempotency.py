"""
The Idempotency-Key header: a request that is repeated with its key is answered as before, and done once.

As in draft-ietf-httpapi-idempotency-key-header-07 and in Stripe's API: the same key with another body is refused
(422), a key whose first request still runs is a conflict (409), and a stored answer is given again for a day. A key is
claimed by one atomic insert, in the transaction of what is done: key, effect and answer count together or not at all,
and the database itself lets go of the key of a process that died.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from typing import Any, TypeVar

from flask import Response, request
from sqlalchemy import JSON, Column, Index, MetaData, SmallInteger, String, Table, delete, insert, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from common import codec
from common.api import PROBLEM, refuse
from common.auth import Role, bearer, caller
from common.columns import NAMES, UtcDateTime, exact, now
from common.db import CommitUnknown, Database, is_locked
from common.errors import Conflict, DomainError, Rejected
from common.sealing import seal, unseal

T = TypeVar("T")
#: Body, status and headers of an answer.
Answer = tuple[Any, int, Mapping[str, str]]

#: Belongs to the services that create or pay.
KEYS = MetaData(naming_convention=NAMES)

idempotency_key = Table(
    "idempotency_key",
    KEYS,
    Column("route", String(60), primary_key=True),
    Column("key", exact(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("claimed_at", UtcDateTime(), nullable=False),
    #: NULL, as headers and body, only within the transaction of the first request.
    Column("status", SmallInteger()),
    Column("headers", JSON()),
    Column("body", JSON()),
    Index("ix_idempotency_key_claimed_at", "claimed_at"),
)

KEEP = timedelta(hours=24)
#: What stored answers with a secret in them are sealed for.
PURPOSE = "answers"

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


class _Answered(Exception):
    """Raised to end a transaction that has nothing to do, because its key has an answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("answered before")
        self.answer = answer


def once(
    database: Database,
    use_case: Callable[..., T],
    *,
    present: Callable[[T], Answer],
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
    present: Callable[[T], Answer],
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

    def sealed(answer: Answer) -> Answer:
        body, status, headers = answer
        return seal(codec.dumps(body), purpose=PURPOSE) if secret else body, status, headers

    def opened(stored: Answer) -> Answer:
        body, status, headers = stored
        return codec.loads(unseal(body, purpose=PURPOSE)) if secret else body, status, headers

    def repeated(stored: Answer) -> Response:
        body, status, headers = opened(stored)
        return _response(body, status, {**headers, "Idempotency-Replayed": "true"})

    @wraps(use_case)
    def act(session: Session) -> tuple[T, Answer]:
        _claim(session, place=place, fingerprint=asked)
        result = use_case(session, **arguments)
        answer = present(result)
        _store(session, place=place, answer=sealed(answer))
        return result, answer

    try:
        result, answer = database.write(act)
    except _Answered as repeat:
        return repeated(repeat.answer)
    except (KeyInUse, KeyReused):
        raise
    except DomainError as refusal:
        # What was done was taken back, and the key with it. If somebody has had it since, theirs counts.
        told = codec.loads(refuse(refusal).get_data()), refusal.status, {"Content-Type": PROBLEM}
        try:
            database.write(_keep, place=place, fingerprint=asked, answer=sealed(told))
        except _Answered as repeat:
            return repeated(repeat.answer)
        raise
    except CommitUnknown:
        stored = database.write(_look_up, place=place)
        if stored is None:
            raise
        # The connection was lost at COMMIT, and it counts all the same: what was done is not done again.
        return _response(*opened(stored))
    then(result)
    return _response(*answer)


def _claim(session: Session, *, place: Mapping[str, str], fingerprint: str) -> None:
    """
    Make the key this transaction's own.

    :raises _Answered: if an answer is stored under it
    :raises KeyInUse: if it is another transaction's own, which has not ended
    :raises KeyReused: if it came with another request
    """
    try:
        # A row that is there and cannot be had is one that its transaction has just made.
        row = session.execute(select(idempotency_key).where(*_at(place)).with_for_update(nowait=True)).one_or_none()
    except OperationalError as error:
        if not is_locked(error):
            raise
        raise KeyInUse("The first request with this Idempotency-Key still runs; try again in a moment.") from error
    if row is None:
        # Two that come here at once: one waits, and when the other has ended, runs again and finds its answer.
        session.execute(insert(idempotency_key).values(**place, fingerprint=fingerprint, claimed_at=now()))
        return
    if row.fingerprint != fingerprint:
        raise KeyReused("This Idempotency-Key came with another request before; use a new key for a new request.")
    raise _Answered((row.body, row.status, row.headers))


def _store(session: Session, *, place: Mapping[str, str], answer: Answer) -> None:
    body, status, headers = answer
    values = {"body": body, "status": status, "headers": dict(headers)}
    session.execute(update(idempotency_key).where(*_at(place)).values(**values))


def _keep(session: Session, *, place: Mapping[str, str], fingerprint: str, answer: Answer) -> None:
    _claim(session, place=place, fingerprint=fingerprint)
    _store(session, place=place, answer=answer)


def _look_up(session: Session, *, place: Mapping[str, str]) -> Answer | None:
    """Return the answer that is stored under a key."""
    # A locking read: if a transaction of ours is still ending at the database, this waits for how it ends.
    row = session.execute(select(idempotency_key).where(*_at(place)).with_for_update()).one_or_none()
    return None if row is None else (row.body, row.status, row.headers)


def _at(place: Mapping[str, str]) -> tuple[Any, ...]:
    return idempotency_key.c.route == place["route"], idempotency_key.c.key == place["key"]


def _response(body: Any, status: int, headers: Mapping[str, str]) -> Response:
    response = Response(codec.dumps(body), status=status, content_type="application/json")
    response.headers.update(headers)
    return response

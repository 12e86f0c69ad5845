"""Answers a POST once: claims its key, executes it, stores the answer with it, plays the token's trouble."""

import json
import sqlite3
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from sandbox.bank import keys, ledger
from sandbox.bank.database import Database
from sandbox.bank.problems import Problem
from sandbox.bank.rules import Authorization, Refusal
from sandbox.bank.schemas import present
from sandbox.bank.settings import BankSettings
from sandbox.bank.tokens import Trouble, behaviour

# How long a key stays claimed by a process that died while executing; a live one needs milliseconds.
_LEASE_SECONDS = 5.0
_FAILURES = 2


class Execute(Protocol):
    """Does what is asked, in the transaction and at the time that it is given."""

    def __call__(self, db: sqlite3.Connection, *, now: datetime) -> Authorization: ...


@dataclass(frozen=True, kw_only=True)
class Ask:
    """
    One POST, read and checked.

    :ivar act: the word for it in the table of tokens
    :ivar authorization: the id that it is about; None when it makes a new one
    :ivar token: the token of a new authorization
    :ivar success: the HTTP status when it is done
    """

    key: str
    fingerprint: str
    path: str
    act: str
    execute: Execute
    authorization: str | None = None
    token: str | None = None
    success: int = 200


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A status and a JSON text; `replayed` when it was stored before."""

    status: int
    body: str
    replayed: bool = False


def answer_once(ask: Ask, *, database: Database, settings: BankSettings) -> Answer:
    """
    Return the stored answer of the ask's key, or execute the ask and store its answer in one transaction.

    What the ledger says is stored, refusals and declines included. Nothing is stored of a request that was
    not executed (422, 409 key_in_progress, 503), so that it can be asked again.

    :raises Problem: 422 for a key of another request, 409 key_in_progress, and what the token's trouble makes
    """
    try:
        with database.transaction() as db:
            held = keys.claim(
                db,
                key=ask.key,
                fingerprint=ask.fingerprint,
                lease_seconds=_LEASE_SECONDS + settings.slow_seconds,
                now=datetime.now(UTC),
            )
            if isinstance(held, keys.StoredAnswer):
                return Answer(status=held.status, body=held.body, replayed=True)
            trouble = _trouble(ask, db)
        _before(trouble, held, database=database, settings=settings)
        answer = _execute(ask, held, database=database)
    except keys.KeyReused:
        detail = "This Idempotency-Key belongs to another request; use a new key for a new request."
        raise Problem(422, code="key_reused", detail=detail) from None
    except keys.KeyInProgress:
        detail = "A request with this Idempotency-Key is being executed; ask again for its answer."
        raise Problem(409, code="key_in_progress", detail=detail, retry_after=1) from None
    _after(trouble, settings=settings)
    return answer


def _trouble(ask: Ask, db: sqlite3.Connection) -> Trouble | None:
    token = ask.token
    if ask.authorization is not None:
        try:
            token = ledger.find(db, ask.authorization).token
        except ledger.NoSuchAuthorization:
            return None
    return behaviour(token).trouble_at(ask.act)


def _before(trouble: Trouble | None, held: keys.Claim, *, database: Database, settings: BankSettings) -> None:
    if trouble is Trouble.SLOW:
        time.sleep(settings.slow_seconds)
    if trouble is Trouble.FAILS_TWICE and held.asks <= _FAILURES:
        with database.transaction() as db:
            keys.release(db, held)
        detail = f"Failure {held.asks} of {_FAILURES}: nothing was executed; ask again with the same key."
        raise Problem(503, code="try_again", detail=detail)


def _execute(ask: Ask, held: keys.Claim, *, database: Database) -> Answer:
    try:
        with database.transaction() as db:
            answer = _result(ask, db)
            keys.store(db, held, status=answer.status, body=answer.body)
            return answer
    except Exception:
        # Nothing was committed, so the next ask of the key need not wait until the claim lapses.
        with database.transaction() as db:
            keys.release(db, held)
        raise


def _result(ask: Ask, db: sqlite3.Connection) -> Answer:
    now = datetime.now(UTC)
    try:
        done = ask.execute(db, now=now)
    except ledger.Declined as declined:
        problem = Problem(402, code="declined", detail=str(declined), reason=declined.reason)
    except Refusal as refusal:
        # The rules refuse before anything is written, so this transaction holds nothing but the answer.
        problem = Problem(
            409,
            code="refused",
            detail=refusal.detail,
            reason=refusal.reason,
            authorization=present(refusal.authorization, now=now),
        )
    except ledger.NoSuchAuthorization:
        problem = no_such_authorization()
    else:
        return Answer(status=ask.success, body=json.dumps(present(done, now=now)))
    return Answer(status=problem.status, body=problem.body(ask.path))


def _after(trouble: Trouble | None, *, settings: BankSettings) -> None:
    # The answer is stored by now: whoever asks again with the key has it at once.
    if trouble is Trouble.ANSWER_LOST:
        time.sleep(settings.timeout_seconds)
    if trouble is Trouble.ERROR_AFTER_SUCCESS:
        detail = "The answer was lost on its way; ask again with the same key."
        raise Problem(500, code="internal_error", detail=detail)


def no_such_authorization() -> Problem:
    """Return the problem that says that the id is not known."""
    return Problem(
        404,
        code="no_such_authorization",
        detail="There is no authorization or invoice with this id.",
        reason="no_such_authorization",
    )

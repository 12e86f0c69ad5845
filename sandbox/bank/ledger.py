"""The bank's ledger: every act adds entries in the caller's transaction, nothing is ever changed."""

import secrets
import sqlite3
import string
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol

from sandbox.bank import rules, tokens
from sandbox.bank.rules import Act, Authorization

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_SELECT = """
SELECT a.*, COALESCE(SUM(e.act = 'authorize'), 0) AS authorized, COALESCE(SUM(e.act = 'void'), 0) AS voided,
       COALESCE(SUM(CASE e.act WHEN 'capture' THEN e.amount_minor END), 0) AS captured_minor,
       COALESCE(SUM(CASE e.act WHEN 'refund' THEN e.amount_minor END), 0) AS refunded_minor
FROM authorization a LEFT JOIN entry e ON e.authorization = a.id
"""


class _Rule(Protocol):
    def __call__(self, authorization: Authorization, *, now: datetime) -> int | None: ...


class Declined(Exception):
    """Raised when the payer's side says no; `reason` is one word, for example insufficient_funds."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"The card was declined: {reason}.")
        self.reason = reason


class NoSuchAuthorization(Exception):
    """Raised when no authorization has the id."""


def authorize(
    db: sqlite3.Connection,
    *,
    reference: str,
    token: str,
    amount_minor: int,
    currency: str,
    expires_in_seconds: int | None,
    now: datetime,
) -> Authorization:
    """
    Set money of a card aside.

    :raises Declined: if the token is one that is declined, or is unknown
    """
    behaviour = tokens.behaviour(token)
    if behaviour.decline:
        raise Declined(behaviour.decline)
    window = behaviour.window_seconds if expires_in_seconds is None else expires_in_seconds
    identifier = _open(
        db,
        reference=reference,
        kind="card",
        token=token,
        amount_minor=amount_minor,
        currency=currency,
        address=None,
        now=now,
        window=window,
    )
    _record(db, act=Act.AUTHORIZE, authorization=identifier, amount_minor=amount_minor, now=now)
    return find(db, identifier)


def invoice(
    db: sqlite3.Connection,
    *,
    reference: str,
    amount_minor: int,
    currency: str,
    expires_in_seconds: int,
    now: datetime,
) -> Authorization:
    """Ask for a payment in crypto currency to an address made for it; open until paid, voided or expired."""
    identifier = _open(
        db,
        reference=reference,
        kind="crypto",
        token=None,
        amount_minor=amount_minor,
        currency=currency,
        address=f"sandbox:{_random_letters(32)}",
        now=now,
        window=expires_in_seconds,
    )
    _record(db, act=Act.INVOICE, authorization=identifier, amount_minor=amount_minor, now=now)
    return find(db, identifier)


def pay(db: sqlite3.Connection, *, identifier: str, now: datetime) -> Authorization:
    """Do what the payer's wallet would do: pay an open invoice, which sets its money aside."""
    return _apply(db, identifier, act=Act.AUTHORIZE, rule=rules.pay, now=now)


def capture(db: sqlite3.Connection, *, identifier: str, amount_minor: int, now: datetime) -> Authorization:
    """Take money that was set aside; once."""
    rule = partial(rules.capture, amount_minor=amount_minor)
    return _apply(db, identifier, act=Act.CAPTURE, rule=rule, now=now)


def void(db: sqlite3.Connection, *, identifier: str, now: datetime) -> Authorization:
    """Set money free that was not captured, or withdraw an invoice that was not paid."""
    return _apply(db, identifier, act=Act.VOID, rule=rules.void, now=now)


def refund(db: sqlite3.Connection, *, identifier: str, amount_minor: int, now: datetime) -> Authorization:
    """Give captured money back, in full or in part."""
    rule = partial(rules.refund, amount_minor=amount_minor)
    return _apply(db, identifier, act=Act.REFUND, rule=rule, now=now)


def find(db: sqlite3.Connection, identifier: str) -> Authorization:
    """
    Return the authorization with this id.

    :raises NoSuchAuthorization: if there is none
    """
    row = db.execute(f"{_SELECT} WHERE a.id = ? GROUP BY a.id", (identifier,)).fetchone()
    if row is None:
        raise NoSuchAuthorization(identifier)
    return _authorization(row)


def find_by_references(db: sqlite3.Connection, references: Sequence[str]) -> list[Authorization]:
    """Return the authorizations made under any of these references of the client, oldest first."""
    marks = ", ".join("?" * len(references))
    query = f"{_SELECT} WHERE a.reference IN ({marks}) GROUP BY a.id ORDER BY a.created_at, a.id"
    return [_authorization(row) for row in db.execute(query, tuple(references))]


def authorizations(db: sqlite3.Connection) -> list[Authorization]:
    """Return every authorization with its totals, oldest first."""
    return [_authorization(row) for row in db.execute(f"{_SELECT} GROUP BY a.id ORDER BY a.created_at, a.id")]


def page(db: sqlite3.Connection, *, after: int, limit: int) -> list[tuple[int, Authorization]]:
    """Return at most `limit` authorizations, each with its number, in the order of numbers beyond `after`."""
    # Nothing is ever deleted, so that the row numbers SQLite gives only grow.
    query = f"{_SELECT} WHERE a.rowid > ? GROUP BY a.id ORDER BY a.rowid LIMIT ?".replace(
        "a.*", "a.*, a.rowid AS number"
    )
    return [(row["number"], _authorization(row)) for row in db.execute(query, (after, limit))]


def entries(db: sqlite3.Connection) -> list[dict[str, Any]]:
    """Return every entry in the order in which it happened, shaped as GET /ledger answers it."""
    query = """
        SELECT e.seq, e.at, e.act, e.authorization, a.reference, e.amount_minor, a.currency
        FROM entry e JOIN authorization a ON a.id = e.authorization ORDER BY e.seq
    """
    return [
        {
            "seq": row["seq"],
            "at": timestamp(_time(row["at"])),
            "act": row["act"],
            "authorization": row["authorization"],
            "reference": row["reference"],
            "amountMinor": row["amount_minor"],
            "currency": row["currency"],
        }
        for row in db.execute(query)
    ]


def timestamp(moment: datetime) -> str:
    """Return a UTC time as it is written on the wire, with microseconds and a Z."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _apply(db: sqlite3.Connection, identifier: str, *, act: Act, rule: _Rule, now: datetime) -> Authorization:
    amount_minor = rule(find(db, identifier), now=now)
    if amount_minor is not None:
        _record(db, act=act, authorization=identifier, amount_minor=amount_minor, now=now)
    return find(db, identifier)


def _open(
    db: sqlite3.Connection,
    *,
    reference: str,
    kind: str,
    token: str | None,
    amount_minor: int,
    currency: str,
    address: str | None,
    now: datetime,
    window: int,
) -> str:
    identifier = f"bank_{_random_letters(20)}"
    expires_at = _number(now + timedelta(seconds=window))
    db.execute(
        "INSERT INTO authorization"
        " (id, reference, kind, token, amount_minor, currency, address, created_at, expires_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (identifier, reference, kind, token, amount_minor, currency, address, _number(now), expires_at),
    )
    return identifier


def _record(db: sqlite3.Connection, *, act: Act, authorization: str, amount_minor: int, now: datetime) -> None:
    db.execute(
        "INSERT INTO entry (at, act, authorization, amount_minor) VALUES (?, ?, ?, ?)",
        (_number(now), act.value, authorization, amount_minor),
    )


def _authorization(row: sqlite3.Row) -> Authorization:
    return Authorization(
        id=row["id"],
        reference=row["reference"],
        kind=row["kind"],
        token=row["token"],
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        address=row["address"],
        created_at=_time(row["created_at"]),
        expires_at=_time(row["expires_at"]),
        authorized=bool(row["authorized"]),
        voided=bool(row["voided"]),
        captured_minor=row["captured_minor"],
        refunded_minor=row["refunded_minor"],
    )


def _random_letters(count: int) -> str:
    # Letters only: an id with many digits could look like a card number to whoever scans for them.
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(count))


def _number(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _time(number: int) -> datetime:
    return _EPOCH + number * _MICROSECOND

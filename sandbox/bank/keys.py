"""Idempotency keys: who claims one first executes, everyone else gets the stored answer."""

import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta


class KeyReused(Exception):
    """Raised when a key comes again with another request than its first."""


class KeyInProgress(Exception):
    """Raised when a request with this key is being executed."""


@dataclass(frozen=True, kw_only=True)
class Claim:
    """
    The right to execute the request of a key.

    :ivar asks: how many times the key has been asked without an answer being stored, this time included
    """

    key: str
    owner: str
    asks: int


@dataclass(frozen=True, kw_only=True)
class StoredAnswer:
    status: int
    body: str


def claim(
    db: sqlite3.Connection, *, key: str, fingerprint: str, lease_seconds: float, now: datetime
) -> Claim | StoredAnswer:
    """
    Claim `key` for the request with this fingerprint, or return the answer that it has.

    A claim lapses after `lease_seconds`, so that a key is not lost with a process that died while executing.

    :raises KeyReused: if the key's first request was another one
    :raises KeyInProgress: if somebody holds the claim
    """
    owner = secrets.token_hex(16)
    until = _microseconds(now + timedelta(seconds=lease_seconds))
    inserted = db.execute(
        "INSERT INTO idempotency_key (key, fingerprint, asks, owner, claimed_until) VALUES (?, ?, 1, ?, ?)"
        " ON CONFLICT (key) DO NOTHING",
        (key, fingerprint, owner, until),
    )
    if inserted.rowcount == 1:
        return Claim(key=key, owner=owner, asks=1)
    row = db.execute("SELECT * FROM idempotency_key WHERE key = ?", (key,)).fetchone()
    if row["fingerprint"] != fingerprint:
        raise KeyReused(key)
    if row["body"] is not None:
        return StoredAnswer(status=row["status"], body=row["body"])
    if row["claimed_until"] > _microseconds(now):
        raise KeyInProgress(key)
    db.execute(
        "UPDATE idempotency_key SET owner = ?, claimed_until = ?, asks = asks + 1 WHERE key = ?",
        (owner, until, key),
    )
    return Claim(key=key, owner=owner, asks=row["asks"] + 1)


def store(db: sqlite3.Connection, held: Claim, *, status: int, body: str) -> None:
    """
    Store the answer, in the transaction of the act that it answers.

    :raises KeyInProgress: if the claim lapsed and somebody else took it; the transaction must not commit then
    """
    stored = db.execute(
        "UPDATE idempotency_key SET status = ?, body = ? WHERE key = ? AND owner = ? AND body IS NULL",
        (status, body, held.key, held.owner),
    )
    if stored.rowcount != 1:
        raise KeyInProgress(held.key)


def release(db: sqlite3.Connection, held: Claim) -> None:
    """Give the claim back unanswered, so that the next ask of the key may execute."""
    db.execute("UPDATE idempotency_key SET claimed_until = 0 WHERE key = ? AND owner = ?", (held.key, held.owner))


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)

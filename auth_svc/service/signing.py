"""The keys that sign access tokens: made ahead, published before they sign and after, and taken away in the end."""

import logging
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from auth_svc.domain.signing import (
    ACCESS_TOKEN_SECONDS,
    KEY_DAYS,
    LEAD_SECONDS,
    TAIL_SECONDS,
)
from auth_svc.models import SigningKey
from common import audit, sealing
from common import clock as system
from common.auth import Caller
from common.auth.tokens import AUDIENCE, ISSUER, KIND
from common.columns import now
from common.sealing import Unsealable
from common.signatures import KeyRing, PrivateKey, PublicKey

logger = logging.getLogger(__name__)

_PURPOSE = "signing keys"


def published(session: Session) -> KeyRing:
    """Return the public keys by which access tokens are verified: those that sign, will sign, or have signed."""
    return KeyRing(PublicKey(text) for text in session.scalars(select(SigningKey.public).order_by(SigningKey.made_at)))


def access_token(session: Session, *, claims: Mapping[str, Any]) -> str:
    """Return an access token with these claims, and those that every one has."""
    # Whoever verifies it goes by the machine's clock, which the demo's is moved ahead of.
    issued = int(clock(session).timestamp()) - system.ahead()
    fixed = {"iss": ISSUER, "aud": AUDIENCE, "iat": issued, "exp": issued + ACCESS_TOKEN_SECONDS, "jti": str(uuid4())}
    filled = {name: value for name, value in claims.items() if value is not None}
    return _signer(session).sign({**fixed, **filled}, kind=KIND)


def rotate_if_due(session: Session) -> None:
    """Make the first key, or the next one if the newest has signed long enough; take away those that are done."""
    old = session.scalar(select(SigningKey.kid).where(SigningKey.made_at > now(seconds=-KEY_DAYS * 86400)).limit(1))
    if old is None:
        first = session.scalar(select(SigningKey.kid).limit(1)) is None
        make_key(session, lead_seconds=0 if first else LEAD_SECONDS)
    _retire(session)


def rotate(session: Session, *, by: Caller, correlation_id: UUID, reason: str, compromised: bool) -> SigningKey:
    """
    Make the next key, which signs as soon as every service knows it; `by` is written into the audit log.

    With `compromised` it signs at once and all others are taken away: every access token there is becomes void.
    """
    key = make_key(session, lead_seconds=0 if compromised else LEAD_SECONDS)
    if compromised:
        session.execute(delete(SigningKey).where(SigningKey.kid != key.kid))
    audit.record(
        session,
        by=by,
        act="rotate signing keys",
        subject=f"signing key {key.kid}",
        correlation_id=correlation_id,
        reason=reason,
        compromised=compromised,
    )
    return key


def make_key(session: Session, *, lead_seconds: float) -> SigningKey:
    """Make a key that is published from now on and signs after `lead_seconds`."""
    private = secrets.token_hex(32)
    public = PrivateKey(private).public
    key = SigningKey(
        kid=public.kid,
        public=public.key.public_bytes_raw().hex(),
        sealed=sealing.seal(private, purpose=_PURPOSE),
        made_at=now(),
        signs_from=now(seconds=lead_seconds),
    )
    session.add(key)
    session.flush()
    session.refresh(key)  # for the times the database set
    return key


def clock(session: Session) -> datetime:
    """Return the database's time."""
    told: datetime = session.execute(select(now())).scalar_one()
    return told


def _signer(session: Session) -> PrivateKey:
    newest = (
        select(SigningKey.sealed)
        .where(SigningKey.signs_from <= now())
        .order_by(SigningKey.signs_from.desc(), SigningKey.kid)
        .limit(1)
    )
    sealed = session.scalar(newest)
    if sealed is not None:
        try:
            return _opened(sealed)
        except Unsealable as error:
            logger.error("%s Signing with a new key; the old ones still verify.", error)
    return _opened(make_key(session, lead_seconds=0).sealed)


def _opened(sealed: str) -> PrivateKey:
    return PrivateKey(sealing.unseal(sealed, purpose=_PURPOSE))


def _retire(session: Session) -> None:
    """Take away the keys before the one that has been signing for so long that no token of theirs is good."""
    settled = session.scalar(
        select(SigningKey.signs_from)
        .where(SigningKey.signs_from <= now(seconds=-TAIL_SECONDS))
        .order_by(SigningKey.signs_from.desc())
        .limit(1)
    )
    if settled is not None:
        session.execute(delete(SigningKey).where(SigningKey.signs_from < settled))

"""API keys of service accounts: made, listed, revoked, and exchanged for access tokens at the public door."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth_svc.domain import credentials
from auth_svc.domain.credentials import ApiKeyNotFound, WrongScope
from auth_svc.domain.users import UserNotFound
from auth_svc.models import ApiKey, User
from auth_svc.service import signing
from common import audit
from common.auth import Caller, Role, Scope
from common.auth.tokens import BadToken
from common.columns import now

# How exactly `last_used_at` is kept, in seconds.
_MINUTE = 60


def make(
    session: Session,
    *,
    account: str,
    label: str,
    scopes: Sequence[Scope],
    days: int | None,
    by: Caller,
    correlation_id: UUID,
) -> tuple[ApiKey, str]:
    """
    Make a key for a service account; return it with its text, which nobody can show a second time.

    :raises UserNotFound: if there is no service account of this name
    :raises WrongScope: if it would be good for nothing
    """
    user = _account(session, account)
    if not scopes:
        raise WrongScope(f"A key is good for something: name one of {', '.join(Scope)}.")
    new = credentials.new_api_key()
    key = ApiKey(
        name=new.name,
        user=user,
        fingerprint=credentials.fingerprint(new.text),
        label=label,
        scopes=sorted(set(scopes)),
        created_at=now(),
        expires_at=None if days is None else now(seconds=days * 86400),
    )
    session.add(key)
    session.flush()
    session.refresh(key)  # for the times the database set
    _audit(session, key, "make API key", by, correlation_id)
    return key, new.text


def listing(session: Session, *, account: str) -> list[ApiKey]:
    """
    Return the keys of a service account, newest first, also those that are revoked.

    :raises UserNotFound: if there is no service account of this name
    """
    user = _account(session, account)
    return list(session.scalars(select(ApiKey).where(ApiKey.user_id == user.id).order_by(ApiKey.id.desc())))


def revoke(session: Session, *, account: str, name: str, by: Caller, correlation_id: UUID) -> None:
    """
    Make a key void; a second time changes nothing. Access tokens it was exchanged for end by themselves.

    :raises UserNotFound: if there is no service account of this name
    :raises ApiKeyNotFound: if it has no such key
    """
    user = _account(session, account)
    key = session.scalar(select(ApiKey).where(ApiKey.user_id == user.id, ApiKey.name == name).with_for_update())
    if key is None:
        raise ApiKeyNotFound(f"{account} has no API key {name}.")
    if key.revoked_at is None:
        key.revoked_at = now()
        _audit(session, key, "revoke API key", by, correlation_id)


def exchange(session: Session, *, text: str) -> str:
    """
    Return a short-lived access token for an API key.

    :raises BadToken: if the key is unknown, expired or revoked, or its account is disabled
    """
    wanted = select(
        ApiKey,
        (func.coalesce(ApiKey.expires_at, now(seconds=1)) > now()).label("good"),
        (func.coalesce(ApiKey.last_used_at, now(seconds=-2 * _MINUTE)) < now(seconds=-_MINUTE)).label("note"),
    ).where(ApiKey.fingerprint == credentials.fingerprint(text))
    found = session.execute(wanted).one_or_none()
    if found is None or not found.good or found.ApiKey.revoked_at or found.ApiKey.user.disabled_at:
        raise BadToken("This API key is not known, or no longer good.")
    key = found.ApiKey
    if found.note:
        key.last_used_at = now()
    claims = {"sub": key.user.name, "role": key.user.role, "scope": " ".join(key.scopes)}
    return signing.access_token(session, claims=claims)


def _account(session: Session, name: str) -> User:
    user = session.scalar(select(User).where(User.name == name, User.role == Role.SERVICE))
    if user is None:
        raise UserNotFound(f"There is no service account {name}.")
    return user


def _audit(session: Session, key: ApiKey, act: str, by: Caller, correlation_id: UUID) -> None:
    audit.record(
        session,
        by=by,
        act=act,
        subject=f"API key {key.name}",
        correlation_id=correlation_id,
        account=key.user.name,
        scopes=key.scopes,
    )

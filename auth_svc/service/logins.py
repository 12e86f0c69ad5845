"""Logging in, refreshing, logging out: a login is a family of refresh tokens, of which the last one is good."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from auth_svc.domain import credentials, passwords
from auth_svc.domain.credentials import (
    LOGIN_DAYS,
    SAME_MOMENT_SECONDS,
    AlreadyRefreshed,
    BadRefreshToken,
    RefreshTokenReused,
)
from auth_svc.domain.signing import ACCESS_TOKEN_SECONDS
from auth_svc.domain.users import WrongLogin, email_key, random_name
from auth_svc.models import Login, RefreshToken, User
from auth_svc.service import signing
from common import guesses
from common.columns import now
from common.db import Database
from common.guesses import Limit

logger = logging.getLogger(__name__)

# An account takes ten wrong passwords in ten minutes, wherever they come from; an address may be that of many people.
PER_ACCOUNT = Limit(most=10, seconds=600)
PER_ADDRESS = Limit(most=60, seconds=600)


@dataclass(frozen=True, kw_only=True)
class Tokens:
    """What a client is given: one token to show, one to get the next pair with. `expires_in` is in seconds."""

    access_token: str
    expires_in: int
    refresh_token: str


def log_in(database: Database, *, email: str, password: str, address: str) -> Tokens:
    """
    Log somebody in.

    The try is counted first; the password is compared outside of any transaction, because that takes its time.

    :raises WrongLogin: if address and password do not belong together, or the user is disabled
    :raises TooOften: if there were too many tries for this account, or from this client `address`
    """
    account, source = _subjects(email=email, address=address)
    guesses.take(database, {account: PER_ACCOUNT, source: PER_ADDRESS})
    known = database.read(_known, email=email)
    if not passwords.fits(password, known.password_hash if known else None) or known is None or known.disabled_at:
        logger.warning("authn_login_fail: %s from %s", known.name if known else "an unknown address", address)
        raise WrongLogin("Address and password do not belong together.")
    seen = str(known.password_hash)
    newer = passwords.hashed(password) if passwords.is_outdated(seen) else None

    def begin(session: Session) -> Tokens:
        user = session.get_one(User, known.id, with_for_update=True)
        if user.password_hash != seen or user.disabled_at is not None:
            raise WrongLogin("The password was changed just now.")
        user.password_hash = newer or seen
        guesses.forget(session, account)
        guesses.give_back(session, source)
        return _begin(session, user)

    return database.write(begin)


def refresh(database: Database, *, token: str) -> Tokens:
    """
    Return the next pair of tokens for a refresh token, which is good once.

    :raises BadRefreshToken: if it is unknown, or its login is over
    :raises RefreshTokenReused: if it was used before; its login has been ended, because one of the two is a thief
    :raises AlreadyRefreshed: if it was used a moment ago, by the same client asking twice
    """
    tokens = database.write(_refresh, token=token)
    if tokens is None:
        raise RefreshTokenReused("This refresh token was used before, so its login has been ended; log in again.")
    return tokens


def log_out(session: Session, *, token: str, everywhere: bool) -> None:
    """End the login of a refresh token, or all logins of its user; a token that is not known ends nothing."""
    login = _login_of(session, token)
    if login is not None and login.ended_at is None:
        if everywhere:
            end_all(session, user_id=login.user_id, reason="logged_out")
        else:
            _end(login, "logged_out")


def end_all(session: Session, *, user_id: int, reason: str) -> None:
    """End every login of a user."""
    session.execute(
        update(Login)
        .where(Login.user_id == user_id, Login.ended_at.is_(None))
        .values(ended_at=now(), reason=reason)
        .execution_options(synchronize_session=False)
    )


def prune(session: Session, *, keep: timedelta, limit: int) -> int:
    """Forget at most `limit` logins that expired longer than `keep` ago, with their tokens; return how many."""
    old = select(Login.id).where(Login.expires_at < now(seconds=-keep.total_seconds())).limit(limit)
    ids = session.scalars(old).all()
    session.execute(delete(RefreshToken).where(RefreshToken.login_id.in_(ids)))
    session.execute(delete(Login).where(Login.id.in_(ids)))
    return len(ids)


def _known(session: Session, *, email: str) -> User | None:
    return session.scalar(select(User).where(User.email_key == email_key(email)))


def _subjects(*, email: str, address: str) -> tuple[str, str]:
    return f"login:{credentials.fingerprint(email_key(email))[:32]}", f"login-from:{address}"


def _begin(session: Session, user: User) -> Tokens:
    login = Login(name=random_name("log"), user=user, began_at=now(), expires_at=now(seconds=LOGIN_DAYS * 86400))
    session.add(login)
    session.flush()  # its key is needed
    return _issue(session, login)


def _refresh(session: Session, *, token: str) -> Tokens | None:
    """Return the next tokens; None after ending the login of a token that was used before."""
    # The login's row is locked, so that of two requests with one token the second sees what the first did.
    login = _login_of(session, token)
    if login is None or login.ended_at or login.user.disabled_at or login.expires_at <= signing.clock(session):
        raise BadRefreshToken("This refresh token is not known, or its login is over; log in again.")
    fingerprint = credentials.fingerprint(token)
    mine = session.scalar(select(RefreshToken).where(RefreshToken.fingerprint == fingerprint))
    assert mine is not None
    if mine.used_at is not None:
        if (signing.clock(session) - mine.used_at).total_seconds() < SAME_MOMENT_SECONDS:
            raise AlreadyRefreshed("This refresh token was used a moment ago; use the one that was given for it.")
        logger.warning("authn_token_reuse: a refresh token of %s came again; its login is ended", login.user.name)
        _end(login, "token_reused")
        return None
    mine.used_at = now()
    return _issue(session, login)


def _login_of(session: Session, token: str) -> Login | None:
    fingerprint = credentials.fingerprint(token)
    login_id = session.scalar(select(RefreshToken.login_id).where(RefreshToken.fingerprint == fingerprint))
    return session.get(Login, login_id, with_for_update=True) if login_id is not None else None


def _end(login: Login, reason: str) -> None:
    login.ended_at, login.reason = now(), reason


def _issue(session: Session, login: Login) -> Tokens:
    user = login.user
    refresh_token = credentials.new_refresh_token()
    session.add(
        RefreshToken(login_id=login.id, fingerprint=credentials.fingerprint(refresh_token), made_at=now(), used_at=None)
    )
    claims = {"sub": user.name, "role": user.role, "email": user.email, "airline": user.airline, "sid": login.name}
    return Tokens(
        access_token=signing.access_token(session, claims=claims),
        expires_in=ACCESS_TOKEN_SECONDS,
        refresh_token=refresh_token,
    )

"""Users: registering, changing a password, and what administrators do with roles and accounts."""

import logging
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from auth_svc.domain import passwords
from auth_svc.domain.passwords import WrongPassword
from auth_svc.domain.users import UserNotFound, check_role, email_key, new_name
from auth_svc.models import User
from auth_svc.service import logins
from common import audit, guesses
from common.auth import Caller, Role
from common.columns import now
from common.db import Database
from common.guesses import Limit

logger = logging.getLogger(__name__)

REGISTRATIONS = Limit(most=20, seconds=600)
PASSWORD_CHANGES = Limit(most=10, seconds=600)


def register(database: Database, *, email: str, password: str, address: str) -> None:
    """
    Register a traveller, unless somebody has this e-mail address: the answer and its time do not tell which.

    :raises WeakPassword: if the password may not be chosen
    :raises TooOften: if too many were registered from this client `address`
    """
    passwords.check(password, email=email)
    guesses.take(database, {f"register-from:{address}": REGISTRATIONS})
    database.write(_add, email=email, password_hash=passwords.hashed(password))


def me(session: Session, *, name: str) -> User:
    """
    Return a user.

    :raises UserNotFound: if there is none of this name
    """
    return _find(session, name)


def change_password(database: Database, *, name: str, present: str, wanted: str) -> None:
    """
    Change a user's own password and end all of the user's logins.

    :raises WrongPassword: if `present` is not the password
    :raises WeakPassword: if `wanted` may not be chosen
    :raises TooOften: if the present password was guessed too often
    """
    subject = f"password:{name}"
    guesses.take(database, {subject: PASSWORD_CHANGES})
    seen = database.read(me, name=name)
    if not passwords.fits(present, seen.password_hash):
        logger.warning("authn_password_change_fail: %s", name)
        raise WrongPassword("This is not the present password.")
    passwords.check(wanted, email=seen.email or "")
    hash_ = passwords.hashed(wanted)

    def change(session: Session) -> None:
        user = _find(session, name, lock=True)
        if user.password_hash != seen.password_hash:
            raise WrongPassword("The password was changed just now.")
        user.password_hash = hash_
        guesses.forget(session, subject)
        logins.end_all(session, user_id=user.id, reason="password_changed")

    database.write(change)


def listing(session: Session, *, filters: Mapping[str, Any], first: int, count: int) -> tuple[list[User], int]:
    """Return `count` users from place `first` on, newest first, by `role` and `email` if given, and how many in all."""
    wanted = []
    if filters.get("role"):
        wanted.append(User.role == filters["role"])
    if filters.get("email"):
        wanted.append(User.email_key == email_key(filters["email"]))
    total = session.scalar(select(func.count()).select_from(User).where(*wanted)) or 0
    found = session.scalars(select(User).where(*wanted).order_by(User.id.desc()).offset(first).limit(count))
    return list(found), total


def grant(
    session: Session,
    *,
    name: str,
    role: Role,
    airline: str | None,
    by: Caller,
    correlation_id: UUID,
    reason: str | None,
) -> User:
    """
    Give a user a role; agents also the airline they work for. The user's next access token has it.

    :raises UserNotFound: if there is none of this name
    :raises WrongRole: if the role cannot be given, or not like this
    """
    user = _find(session, name, lock=True)
    check_role(role, present=user.role, airline=airline)
    if (user.role, user.airline) != (role, airline):
        _audit(session, user, "grant role", by, correlation_id, reason, was=user.role, granted=role, airline=airline)
        user.role, user.airline = role, airline
    return user


def set_disabled(
    session: Session, *, name: str, disabled: bool, by: Caller, correlation_id: UUID, reason: str | None
) -> User:
    """
    Disable a user, whose logins end, or enable one again; nothing else of the user is changed.

    :raises UserNotFound: if there is none of this name
    """
    user = _find(session, name, lock=True)
    if disabled != (user.disabled_at is not None):
        _audit(session, user, "disable user" if disabled else "enable user", by, correlation_id, reason)
        user.disabled_at = now() if disabled else None
        if disabled:
            logins.end_all(session, user_id=user.id, reason="disabled")
        session.flush()
        session.refresh(user)  # for the time the database set
    return user


def open_service_account(session: Session, *, label: str, by: Caller, correlation_id: UUID) -> User:
    """Open an account for a program, which gets API keys instead of a password."""
    user = User(name=new_name(Role.SERVICE), role=Role.SERVICE, label=label, created_at=now())
    session.add(user)
    session.flush()
    session.refresh(user)  # for the time the database set
    _audit(session, user, "open service account", by, correlation_id, None, label=label)
    return user


def _find(session: Session, name: str, *, lock: bool = False) -> User:
    wanted = select(User).where(User.name == name)
    user = session.scalar(wanted.with_for_update() if lock else wanted)
    if user is None:
        raise UserNotFound(f"There is no user {name}.")
    return user


def _add(session: Session, *, email: str, password_hash: str) -> None:
    key = email_key(email)
    if session.scalar(select(User.id).where(User.email_key == key)) is None:
        session.add(
            User(
                name=new_name(Role.TRAVELLER),
                role=Role.TRAVELLER,
                email=email,
                email_key=key,
                password_hash=password_hash,
                created_at=now(),
            )
        )
        session.flush()


def _audit(
    session: Session, user: User, act: str, by: Caller, correlation_id: UUID, reason: str | None, **detail: Any
) -> None:
    audit.record(
        session,
        by=by,
        act=act,
        subject=f"user {user.name}",
        correlation_id=correlation_id,
        reason=reason,
        **detail,
    )

"""Tables of auth_svc: users, their logins with refresh tokens, API keys, and the keys that sign access tokens."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from common.auth import Role
from common.columns import NAMES, BigId, UtcDateTime, Word, exact
from common.db import Database

database = Database("auth")

Name = exact(40)
Fingerprint = exact(64)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)


class User(Base):
    """Somebody who logs in, or a service account, which has neither address nor password."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: The stable public name: what tokens, audit logs and other services' rows say.
    name: Mapped[str] = mapped_column(Name, unique=True)
    role: Mapped[Role] = mapped_column(Word(Role))
    email: Mapped[str | None] = mapped_column(String(254))
    #: The address in the form that is compared. Case folding can double a letter.
    email_key: Mapped[str | None] = mapped_column(exact(508), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    #: Whom an agent works for.
    airline: Mapped[str | None] = mapped_column(exact(3))
    #: What a service account is for.
    label: Mapped[str | None] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class Login(Base):
    """One time somebody logged in: a family of refresh tokens, of which the last one is good."""

    __tablename__ = "login"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(Name, unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime())
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    #: logged_out, token_reused, password_changed, disabled or restored.
    reason: Mapped[str | None] = mapped_column(String(20))

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class RefreshToken(Base):
    """A refresh token, of which only the fingerprint is kept; good once."""

    __tablename__ = "refresh_token"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    login_id: Mapped[int] = mapped_column(ForeignKey("login.id"), index=True)
    fingerprint: Mapped[str] = mapped_column(Fingerprint, unique=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime())
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime())


class ApiKey(Base):
    """An API key of a service account, of which only the beginning and the fingerprint are kept."""

    __tablename__ = "api_key"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    #: The visible beginning, by which people speak of it.
    name: Mapped[str] = mapped_column(Name, unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    fingerprint: Mapped[str] = mapped_column(Fingerprint, unique=True)
    label: Mapped[str] = mapped_column(String(80))
    scopes: Mapped[Any] = mapped_column(JSON())
    created_at: Mapped[datetime] = mapped_column(UtcDateTime())
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    #: To the minute: a write for every request would cost more than it tells.
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime())

    user: Mapped[User] = relationship(lazy="joined", innerjoin=True)


class SigningKey(Base):
    """A key that signs access tokens from `signs_from` until a newer one does; published as long as it is here."""

    __tablename__ = "signing_key"

    #: Its thumbprint (RFC 7638).
    kid: Mapped[str] = mapped_column(exact(64), primary_key=True)
    #: 64 hexadecimal digits.
    public: Mapped[str] = mapped_column(String(64))
    #: The private key, encrypted with AEROSAGA_KEY_SECRET.
    sealed: Mapped[str] = mapped_column(Text())
    made_at: Mapped[datetime] = mapped_column(UtcDateTime())
    signs_from: Mapped[datetime] = mapped_column(UtcDateTime(), index=True)

"""auth_svc on both kinds of database, and what can be seen of it afterwards."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from auth_svc.models import Login, User
from auth_svc.models import database as auth_database
from auth_svc.service import api_keys, logins, signing, users
from auth_svc.service.logins import Tokens
from common import audit, migrations
from common.auth import INSTALLATION, Caller, Role, Scope, tokens
from common.columns import now
from common.db import Database
from tests.surroundings import surroundings

ADA, PASSWORD = "ada@example.org", "a difference engine"
HERE, ELSEWHERE = "203.0.113.7", "198.51.100.9"


@dataclass
class Auth:
    """The use cases of auth_svc, and what they left in the tables."""

    database: Database

    def register(self, email: str = ADA, password: str = PASSWORD, address: str = HERE) -> None:
        """Register a traveller."""
        users.register(self.database, email=email, password=password, address=address)

    def log_in(self, email: str = ADA, password: str = PASSWORD, address: str = HERE) -> Tokens:
        """Log in."""
        return logins.log_in(self.database, email=email, password=password, address=address)

    def refresh(self, tokens: Tokens) -> Tokens:
        """Use a refresh token."""
        return logins.refresh(self.database, token=tokens.refresh_token)

    def log_out(self, tokens: Tokens, *, everywhere: bool = False) -> None:
        """Log out here or everywhere."""
        self.database.write(logins.log_out, token=tokens.refresh_token, everywhere=everywhere)

    def user(self, email: str = ADA) -> User:
        """Return the user of an e-mail address, written as it was given."""
        return self.database.read(lambda session: session.scalars(select(User).where(User.email == email)).one())

    def grant(self, role: Role, *, airline: str | None = None, email: str = ADA) -> User:
        """Give somebody a role, as the installation."""
        name = self.user(email).name
        return self.database.write(
            users.grant, name=name, role=role, airline=airline, reason="asked", by=INSTALLATION, correlation_id=uuid4()
        )

    def disable(self, name: str, *, disabled: bool = True) -> User:
        """Disable or enable a user, as the installation."""
        return self.database.write(
            users.set_disabled, name=name, disabled=disabled, reason=None, by=INSTALLATION, correlation_id=uuid4()
        )

    def open_account(self, label: str = "Reports") -> str:
        """Open a service account and return its name."""
        return self.database.write(
            users.open_service_account, label=label, by=INSTALLATION, correlation_id=uuid4()
        ).name

    def make_key(self, account: str, *scopes: Scope, days: int | None = None) -> str:
        """Make an API key and return all of it."""
        _, text = self.database.write(
            api_keys.make,
            account=account,
            label="one",
            scopes=scopes or (Scope.WEBHOOKS,),
            days=days,
            by=INSTALLATION,
            correlation_id=uuid4(),
        )
        return text

    def exchange(self, key: str) -> str:
        """Exchange an API key for an access token."""
        return self.database.write(api_keys.exchange, text=key)

    def who(self, access_token: str) -> Caller:
        """Return who an access token speaks for, verified with what is published now."""
        return tokens.verify(access_token, self.database.read(signing.published))

    def rotate(self, *, compromised: bool = False) -> str:
        """Make the next signing key and return its name."""
        key = self.database.write(
            signing.rotate, reason="test", compromised=compromised, by=INSTALLATION, correlation_id=uuid4()
        )
        return str(key.kid)

    def sweep(self) -> None:
        """Do what beat asks for."""
        self.database.write(signing.rotate_if_due)

    def published(self) -> set[str]:
        """Return the names of the published keys."""
        return {key.kid for key in self.database.read(signing.published)}

    def shift(self, column: Any, *, seconds: float, where: Any = None) -> None:
        """Set a time of every row, or of those of a condition, to so many seconds from now."""
        moved = update(column.class_).values({column.key: now(seconds=seconds)})
        self.database.write(lambda session: session.execute(moved if where is None else moved.where(where)))

    def endings(self) -> list[str | None]:
        """Return why each login ended, oldest first; None for one that goes on."""
        return self.database.read(lambda session: list(session.scalars(select(Login.reason).order_by(Login.id))))

    def audited(self) -> list[tuple[str, str, str]]:
        """Return actor, act and the detail of every audit entry as text, oldest first."""
        found = self.database.read(audit.entries, count=100)
        return [(entry["actor"], entry["act"], str(entry)) for entry in reversed(found)]


@pytest.fixture(scope="session")
def auth_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database of auth_svc, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "auth.db"
    with surroundings(auth_database_url=f"sqlite:///{path}"):
        migrations.upgrade("auth")
    return path


@pytest.fixture(params=["mariadb", "sqlite"])
def auth(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Auth]:
    """auth_svc that knows nobody, on MariaDB and then again on SQLite."""
    if request.param == "mariadb":
        yield Auth(request.getfixturevalue("clean")["auth"])
        return
    path = tmp_path / "auth.db"
    shutil.copy(request.getfixturevalue("auth_template"), path)
    secret = "encrypts-what-the-tests-keep-in-tables"
    with surroundings(auth_database_url=f"sqlite:///{path}", key_secret=secret, operator_token="the-installation"):
        yield Auth(auth_database)

"""After a restore: what was revoked since the backup must not open anything; what was made since is missed."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from auth_svc.models import ApiKey, Login, User
from common.columns import now
from common.db import Database, changed
from common.restoring import Difference, Told


def restore(database: Database, told: Told) -> list[Difference]:
    """End every login, list every API key that is good, and every user who has reservations and is not known."""
    return database.write(close_doors, told=told)


def close_doors(session: Session, *, told: Told) -> list[Difference]:
    """See `restore`."""
    found = []
    open_ = update(Login).where(Login.ended_at.is_(None)).values(ended_at=now(), reason="restored")
    ended = changed(session, open_)
    if ended:
        what = f"{ended} logins were open when the backup was made, and may have been ended since"
        found.append(Difference(subject="logins", what=what, healed="ended: everybody logs in again"))
    for key in session.scalars(select(ApiKey).where(ApiKey.revoked_at.is_(None)).order_by(ApiKey.name)):
        what = "it was good when the backup was made, and may have been revoked since"
        todo = f"ask whose it is ({key.label}), or revoke it"
        found.append(Difference(subject=f"API key {key.name}", what=what, todo=todo))
    for disabled in _privileged(session):
        what = "they had this right when the backup was made, and may have lost it since"
        todo = "look with `aerosaga users`, and compare with the audit log you have kept"
        found.append(Difference(subject=f"user {disabled.name}, {disabled.role}", what=what, todo=todo))
    owners = {body["owner"] for letter in told.letters for body in letter.facts if body.get("owner")}
    for name in sorted(owners - set(session.scalars(select(User.name)))):
        what = "they registered after the backup and have reservations; nobody else knows their address or password"
        todo = "they register anew; a reservation opens by its locator and a code by mail"
        found.append(Difference(subject=f"user {name}", what=what, todo=todo))
    return found


def _privileged(session: Session) -> list[User]:
    wanted = User.role.in_(["agent", "operator", "admin"]) & User.disabled_at.is_(None) & User.email.is_not(None)
    return list(session.scalars(select(User).where(wanted).order_by(User.name)))

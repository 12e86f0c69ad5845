"""Whether a token that was good when it was made still stands: what the public door asks before it lets one through."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from auth_svc.models import Login, User
from common.auth import Caller
from common.auth.tokens import BadToken


def check(session: Session, *, caller: Caller) -> None:
    """
    Return if the user of an access token is still what the token says, and its login goes on.

    A service that verifies a token by itself learns of a change when the token expires, minutes later; here it is
    known at once.

    :raises BadToken: if the user was disabled or has another role, or the login was ended
    """
    user = session.execute(
        select(User.role, User.airline, User.disabled_at).where(User.name == caller.name)
    ).one_or_none()
    if user is None or user.disabled_at is not None:
        raise BadToken("This account is disabled.")
    if (user.role, user.airline) != (caller.role, caller.airline):
        raise BadToken("The role has changed since this access token was made; get a new one by a refresh.")
    if caller.login is not None:
        ended = session.execute(select(Login.ended_at).where(Login.name == caller.login)).scalar_one_or_none()
        if ended is not None:
            raise BadToken("The login of this access token is over; log in again.")

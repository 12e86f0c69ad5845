"""Who there is: people who log in, and service accounts, which have API keys instead."""

import secrets
import unicodedata

from common.auth import Role
from common.errors import NotFound, NotLoggedIn, Rejected

#: The roles a person may be given.
PEOPLE = (Role.TRAVELLER, Role.AGENT, Role.OPERATOR, Role.ADMIN)


class UserNotFound(NotFound):
    """Raised when there is no user of a name."""


class WrongLogin(NotLoggedIn):
    """Raised when address and password do not belong together; which of the two is wrong is told to nobody."""

    code = "wrong_login"


class WrongRole(Rejected):
    """Raised when a role cannot be given like this."""

    code = "wrong_role"


def new_name(role: Role) -> str:
    """Return a name for a new user: stable, random, and without anything personal."""
    return random_name("svc" if role is Role.SERVICE else "usr")


def random_name(prefix: str) -> str:
    """
    Return `<prefix>_` and twelve hexadecimal digits.

    All may be decimal ones; with one more they would now and then be taken for a card number, which every door refuses.
    """
    return f"{prefix}_{secrets.token_hex(6)}"


def email_key(email: str) -> str:
    """Return what two spellings of one address have in common: neither case nor its kind of Unicode counts."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", email.strip()).casefold())


def check_role(role: Role, *, present: Role, airline: str | None) -> None:
    """
    Return if somebody of the role `present` may be given this one.

    :raises WrongRole: if not, with the reason
    """
    if role not in PEOPLE or present not in PEOPLE:
        raise WrongRole("People are traveller, agent, operator or admin; a service account stays one.")
    if (role is Role.AGENT) != (airline is not None):
        raise WrongRole("An agent works for one airline, and nobody else does: name it for agents only.")

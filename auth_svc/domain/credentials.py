"""What is shown instead of a password: refresh tokens and API keys. Both are random, and kept as fingerprints."""

import hashlib
import secrets
from dataclasses import dataclass

from common.auth.present import API_KEY_PREFIX
from common.errors import Conflict, NotFound, NotLoggedIn, Rejected

#: How long somebody stays logged in without the password, however often the tokens are refreshed.
LOGIN_DAYS = 30
#: For so long after a refresh token was used, its use again is taken for the same client asking twice (two tabs, a
#: lost answer) and only refused; later it is taken for a thief's, or the owner's after a thief's.
SAME_MOMENT_SECONDS = 10.0


class BadRefreshToken(NotLoggedIn):
    """Raised when a refresh token is unknown, or its login is over."""

    code = "bad_refresh_token"


class RefreshTokenReused(NotLoggedIn):
    """Raised when a refresh token comes a second time; all tokens of its login have been made void."""

    code = "refresh_token_reused"


class AlreadyRefreshed(Conflict):
    """Raised when the same token is refreshed twice at once; who came first has the new one."""

    code = "already_refreshed"


class ApiKeyNotFound(NotFound):
    """Raised when a service account has no API key of a name."""


class WrongScope(Rejected):
    """Raised when a key is to have a scope that does not exist."""

    code = "wrong_scope"


@dataclass(frozen=True, kw_only=True)
class NewApiKey:
    """An API key in the moment of its making: `name` is its visible beginning, `text` all of it, shown once."""

    name: str
    text: str


def new_refresh_token() -> str:
    """Return a refresh token: 256 random bits."""
    return "art_" + secrets.token_urlsafe(32)


def new_api_key() -> NewApiKey:
    """Return an API key: a name to speak of it by, and 192 random bits."""
    name = API_KEY_PREFIX + secrets.token_hex(6)
    return NewApiKey(name=name, text=f"{name}_{secrets.token_hex(24)}")


def fingerprint(secret: str) -> str:
    """
    Return what is kept of a secret.

    A plain hash will do, because nobody can try all of so many random bits; a slow one is for passwords.
    """
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()

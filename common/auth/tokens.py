"""Access tokens of who has logged in: JWTs that auth_svc signs and every service verifies by itself (RFC 8725)."""

from collections.abc import Mapping
from typing import Any, Protocol

import jwt

from common.auth.callers import Caller, Role
from common.errors import NotLoggedIn
from common.signatures import ALGORITHM, PublicKey

#: What the header's `typ` says, so that no other token of ours (an offer) can be shown as one of these (RFC 9068).
KIND = "at+jwt"
ISSUER = "aerosaga-auth"
AUDIENCE = "aerosaga"
# How far apart the clocks of the machine that signed and of the one that verifies may be, in seconds.
LEEWAY_SECONDS = 10
# A real one has some 400 characters.
_LONGEST = 4096
_REQUIRED = ["iss", "aud", "sub", "role", "iat", "exp", "jti"]
_ROLES = frozenset(Role) - {Role.ANONYMOUS}


class BadToken(NotLoggedIn):
    """Raised when what was sent as a token is none, or is no longer good; it is never taken for no token at all."""

    code = "bad_token"


class Keys(Protocol):
    """Where the public keys of auth_svc are found."""

    def find(self, kid: str) -> PublicKey | None:
        """Return the key of this name, or None."""


def verify(token: str, keys: Keys) -> Caller:
    """
    Return who a token speaks for.

    Only the one algorithm is taken, and only keys that are found here: what a header says of others (`alg`, `jku`,
    `jwk`, `x5u`) is not followed.

    :raises BadToken: if it is expired, altered, meant for others, or no token of this kind at all
    """
    if len(token) > _LONGEST:
        raise BadToken("This is too long for an access token.")
    key = _key_of(token, keys)
    try:
        claims = jwt.decode(
            token,
            key.key,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            audience=AUDIENCE,
            leeway=LEEWAY_SECONDS,
            options={"require": _REQUIRED, "strict_aud": True, "verify_iat": True},
        )
    except jwt.ExpiredSignatureError:
        raise BadToken("The access token has expired; get a new one with the refresh token, or log in.") from None
    except jwt.InvalidSignatureError:
        raise BadToken("The access token was altered: its signature does not fit.") from None
    except jwt.PyJWTError as error:
        raise BadToken(f"The access token is not good: {error}.") from None
    return _caller(claims)


def _key_of(token: str, keys: Keys) -> PublicKey:
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError):
        raise BadToken("This is no access token.") from None
    kid = header.get("kid")
    if header.get("alg") != ALGORITHM or header.get("typ") != KIND or not isinstance(kid, str):
        raise BadToken(f"An access token's header says typ {KIND}, alg {ALGORITHM} and a kid.")
    key = keys.find(kid)
    if key is None:
        raise BadToken("The access token was signed by a key that is not known, or no longer; log in again.")
    return key


def _caller(claims: Mapping[str, Any]) -> Caller:
    texts = {name: claims.get(name) for name in ("sub", "role", "email", "airline", "scope", "sid")}
    if not all(value is None or isinstance(value, str) for value in texts.values()) or texts["role"] not in _ROLES:
        raise BadToken("The access token says who calls in words that are not known here.")
    return Caller(
        name=str(texts["sub"]),
        role=Role(str(texts["role"])),
        email=texts["email"],
        airline=texts["airline"],
        scopes=frozenset((texts["scope"] or "").split()),
        login=texts["sid"],
    )

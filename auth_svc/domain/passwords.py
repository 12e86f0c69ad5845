"""Passwords: what is refused (NIST SP 800-63B), and how they are kept (Argon2id)."""

import unicodedata

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from auth_svc.domain.common_passwords import COMMON
from common.errors import Rejected

SHORTEST = 8
LONGEST = 128

# OWASP's first choice for Argon2id that fits eight threads at once in a small container: 19 MiB, two passes, one lane.
# A hash says what it was made with, so that stronger parameters take over at each user's next login.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1, type=Type.ID)


# What a password is compared with when nobody has the address.
_NOBODYS = _HASHER.hash("the password of nobody")


class WeakPassword(Rejected):
    """Raised when a password is among the first that anybody would try, too short or too long."""

    code = "weak_password"


class WrongPassword(Rejected):
    """Raised when somebody who has logged in does not know the present password."""

    code = "wrong_password"


def check(password: str, *, email: str) -> None:
    """
    Return if a password may be chosen. There are no rules about kinds of characters: length is what counts.

    :raises WeakPassword: if not, with the reason
    """
    text = _normal(password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise WeakPassword(f"A password has {SHORTEST} to {LONGEST} characters; this one has {len(text)}.")
    small = text.casefold()
    if small in COMMON or len(set(small)) <= 2:
        raise WeakPassword("This password is among the first that anybody would try; choose another.")
    if small in {email.casefold(), email.casefold().partition("@")[0]}:
        raise WeakPassword("This password is the address itself; choose another.")


def hashed(password: str) -> str:
    """Return the hash of a password, with its own salt and parameters; takes some ten milliseconds on purpose."""
    return _HASHER.hash(_normal(password))


def fits(password: str, hash_: str | None) -> bool:
    """
    Return whether a password is the one of a hash.

    Without a hash (nobody has this address) it takes as long and says no, so that time tells nothing.
    """
    try:
        return _HASHER.verify(hash_ or _NOBODYS, _normal(password)) and hash_ is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(hash_: str) -> bool:
    """Return whether a hash was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(hash_)


def _normal(password: str) -> str:
    # The same signs typed on two keyboards may be different code points.
    return unicodedata.normalize("NFKC", password)

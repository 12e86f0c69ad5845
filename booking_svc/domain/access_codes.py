"""What opens a reservation to a guest: a passenger's last name, and a code that was mailed to the contact."""

import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

DIGITS = 6
VALID_SECONDS = 600
#: How often a code may be tried before it is void, right or wrong.
MOST_TRIES = 5
#: How many codes are mailed for one reservation within an hour.
MOST_AN_HOUR = 5
#: Guesses within `WINDOW_SECONDS`, right or wrong, of one reservation and of one client address. With five tries of a
#: million codes, and the last name to be known, that leaves a stranger one chance in some hundred thousand an hour.
MOST_OF_LOCATOR = 10
MOST_OF_ADDRESS = 20
WINDOW_SECONDS = 900

# There are a million codes only. This much work for each makes trying them all on a stolen table take longer than
# they are valid.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: The digest of no code: verified when there is none, so that both take the same time.
NO_CODE = _HASHER.hash("no code")
# Letters that are no others with an accent: what people write who do not have them.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})


def new_code() -> str:
    """Return six random digits."""
    return "".join(secrets.choice("0123456789") for _ in range(DIGITS))


def digest(code: str) -> str:
    """Return what is kept of a code."""
    return _HASHER.hash(code)


def fits(kept: str, code: str) -> bool:
    """Return whether a code is the one that `kept` is the digest of."""
    try:
        return _HASHER.verify(kept, code)
    except (Argon2Error, InvalidHashError):
        return False


def is_same_name(one: str, other: str) -> bool:
    """Return whether two last names are the same but for case, accents, blanks, hyphens and apostrophes."""
    plain = _plain(one)
    return bool(plain) and plain == _plain(other)


def _plain(name: str) -> str:
    parts = unicodedata.normalize("NFKD", name.casefold().translate(_PLAIN))
    return "".join(letter for letter in parts if letter.isalnum())

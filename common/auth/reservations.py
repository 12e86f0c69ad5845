"""Access tokens of reservations: signed by booking_svc, verified by every service that is shown one."""

import base64
from dataclasses import dataclass
from functools import cache

from common import codec
from common.config import settings
from common.signatures import BadSignature, KeyRing, PrivateKey

#: The `typ` of these tokens: a token of another kind opens no reservation, and these open nothing else.
KIND = "reservation"
# A real one has some 90 characters.
_LONGEST_HEADER = 400


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The one reservation that a token opens, by its public name and by its key."""

    locator: str
    reservation_id: int


def access_token(*, locator: str, reservation_id: int) -> str:
    """
    Return the token that opens this reservation, and no other, until the key is changed.

    :raises LookupError: if this process has no key to sign with
    """
    key = settings().reservation_key
    if not key:
        raise LookupError("Access tokens cannot be signed: set AEROSAGA_RESERVATION_KEY to 64 hexadecimal digits.")
    return _signer(key).sign({"locator": locator, "reservationId": reservation_id}, kind=KIND)


def opened_by(token: str) -> Opened | None:
    """Return what a token opens; None if it is no such token, or not signed by a key that is known here."""
    try:
        payload = _ring(settings().reservation_public_keys).verify(token, kind=KIND)
        return Opened(locator=str(payload["locator"]), reservation_id=int(payload["reservationId"]))
    except (BadSignature, KeyError, TypeError, ValueError):
        return None


# Reading a key costs as much as signing with it.
_signer = cache(PrivateKey)
_ring = cache(KeyRing.of)


def is_like_a_token(text: str) -> bool:
    """Return whether a text says that it is such a token, whatever its signature is worth."""
    header = text.partition(".")[0]
    if len(header) > _LONGEST_HEADER:
        return False
    try:
        read = codec.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    except ValueError:
        return False
    return isinstance(read, dict) and read.get("typ") == KIND

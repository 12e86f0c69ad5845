"""
Works out the public key of a private Ed25519 key, as RFC 8032, section 5.1.5 says.

In plain Python, because `make env` runs where nothing but Python is installed. It runs once, on the machine that makes
the key, so that it takes unequal time for unequal keys gives nothing away; signing and verifying are done by a library.
"""

import hashlib
from collections.abc import Mapping

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_Y = 4 * pow(5, -1, _P) % _P
_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
# Points have extended coordinates (X, Y, Z, T), where x = X/Z, y = Y/Z and x * y = T/Z.
_Point = tuple[int, int, int, int]
_BASE: _Point = (_X, _Y, 1, _X * _Y % _P)
_NEUTRAL: _Point = (0, 1, 1, 0)


#: Each private key, and the variable that tells its public part to whoever verifies.
PUBLIC_PARTS = {
    "AEROSAGA_OFFER_KEY": "AEROSAGA_OFFER_PUBLIC_KEYS",
    "AEROSAGA_RESERVATION_KEY": "AEROSAGA_RESERVATION_PUBLIC_KEYS",
}


def public_of(secrets: Mapping[str, str]) -> dict[str, str]:
    """Return the variable of the public part of each private key that is among `secrets`."""
    return {told: public(secrets[key]) for key, told in PUBLIC_PARTS.items() if key in secrets}


def public(private: str) -> str:
    """
    Return the public key, 64 hexadecimal digits, of a private one, 64 hexadecimal digits.

    :raises ValueError: if `private` is something else
    """
    seed = bytes.fromhex(private)
    if len(seed) != 32:
        raise ValueError(f"A private Ed25519 key has 64 hexadecimal digits, not {len(private)}.")
    digest = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    scalar = (digest & ((1 << 254) - 8)) | (1 << 254)
    x, y, z, _ = _times(scalar, _BASE)
    shrink = pow(z, -1, _P)
    x, y = x * shrink % _P, y * shrink % _P
    return (y | ((x & 1) << 255)).to_bytes(32, "little").hex()


def _times(scalar: int, point: _Point) -> _Point:
    total = _NEUTRAL
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point = _add(point, point)
        scalar >>= 1
    return total


def _add(first: _Point, second: _Point) -> _Point:
    a = (first[1] - first[0]) * (second[1] - second[0]) % _P
    b = (first[1] + first[0]) * (second[1] + second[0]) % _P
    c = 2 * first[3] * second[3] * _D % _P
    d = 2 * first[2] * second[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P

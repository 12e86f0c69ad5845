"""Secrets that must be read again, such as what signs a webhook: encrypted in their table, by a key kept elsewhere."""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from common.config import settings
from common.errors import AerosagaError

# Shorter, it could be guessed by whoever has got hold of a table.
LEAST_CHARACTERS = 32


class Unsealable(AerosagaError):
    """Raised when something was sealed with a key that is not among those of the settings, or for something else."""


def seal(text: str, *, purpose: str) -> str:
    """
    Return `text` encrypted, as ASCII; only `unseal` with the same `purpose` reads it again.

    :raises LookupError: if AEROSAGA_KEY_SECRET is not set
    """
    return _keys(settings().key_secret, purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, *, purpose: str) -> str:
    """
    Return what was sealed.

    :raises Unsealable: if none of the keys fits
    :raises LookupError: if AEROSAGA_KEY_SECRET is not set
    """
    try:
        return _keys(settings().key_secret, purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unsealable(
            f"What was sealed for {purpose} cannot be read: AEROSAGA_KEY_SECRET is not the one it was sealed with. Add "
            "the old one after a comma."
        ) from None


@lru_cache
def _keys(secrets: str | None, purpose: str) -> MultiFernet:
    # The first secret seals, every one of them unseals: a new one is put before the old.
    given = [secret.strip() for secret in (secrets or "").split(",") if secret.strip()]
    if not given or any(len(secret) < LEAST_CHARACTERS for secret in given):
        raise LookupError(
            f"Secrets cannot be kept: set AEROSAGA_KEY_SECRET to a random text of at least {LEAST_CHARACTERS} "
            "characters."
        )
    return MultiFernet([_key(secret, purpose) for secret in given])


def _key(secret: str, purpose: str) -> Fernet:
    # A key for each purpose, so that what was sealed for one is never taken for what was sealed for another.
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"aerosaga {purpose}".encode())
    return Fernet(base64.urlsafe_b64encode(derived.derive(secret.encode())))

"""Signed tokens that one service makes and another verifies by itself: compact JWS with Ed25519."""

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from common import codec
from common.errors import Rejected

# The one algorithm that is taken, whatever a token's header says (RFC 8725, section 3.1).
ALGORITHM = "EdDSA"
_JWS = jwt.PyJWS(algorithms=[ALGORITHM])


class BadSignature(Rejected):
    """Raised when a token was not signed by a key that is known, or was altered since."""

    code = "bad_signature"


class PrivateKey:
    """What signs; made from 32 bytes in hexadecimal, as AEROSAGA_OFFER_KEY has them."""

    def __init__(self, text: str) -> None:
        try:
            self._key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(text))
        except ValueError as error:
            raise ValueError(f"A private Ed25519 key is 64 hexadecimal digits ({error}).") from None
        self.public = PublicKey(self._key.public_key().public_bytes_raw().hex())

    def sign(self, payload: Mapping[str, Any], *, kind: str) -> str:
        """Return the compact JWS of `payload`, whose header says what `kind` of token it is and which key signed it."""
        headers = {"typ": kind, "kid": self.public.kid}
        return _JWS.encode(codec.dumps(payload).encode(), self._key, algorithm=ALGORITHM, headers=headers)


class PublicKey:
    """What verifies; made from 32 bytes in hexadecimal. Its `kid` is its thumbprint (RFC 7638)."""

    def __init__(self, text: str) -> None:
        try:
            self.key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
        except ValueError as error:
            raise ValueError(f"A public Ed25519 key is 64 hexadecimal digits ({error}).") from None
        self._x = _base64url(bytes.fromhex(text))
        thumb = f'{{"crv":"Ed25519","kty":"OKP","x":"{self._x}"}}'
        self.kid = _base64url(hashlib.sha256(thumb.encode()).digest())

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any]) -> "PublicKey":
        """Return the key of a JSON Web Key (RFC 8037); its name is worked out, whatever name it came with."""
        x = str(jwk.get("x", ""))
        return cls(base64.urlsafe_b64decode(x + "=" * (-len(x) % 4)).hex())

    def to_jwk(self) -> dict[str, str]:
        """Return the key as a JSON Web Key (RFC 8037)."""
        return {"kty": "OKP", "crv": "Ed25519", "x": self._x, "kid": self.kid, "use": "sig", "alg": ALGORITHM}


class KeyRing:
    """The public keys that are taken; more than one while the signer changes from one to the next."""

    def __init__(self, keys: Iterable[PublicKey]) -> None:
        self._keys = {key.kid: key for key in keys}

    @classmethod
    def of(cls, text: str) -> "KeyRing":
        """Return the ring of the keys in `text`: 64 hexadecimal digits each, with commas between them."""
        return cls(PublicKey(part.strip()) for part in text.split(",") if part.strip())

    @classmethod
    def from_jwks(cls, document: Any) -> "KeyRing":
        """
        Return the ring of the Ed25519 signature keys of a JSON Web Key Set; keys of other kinds are left out.

        :raises ValueError: if it is no key set, or one of these keys is none
        """
        keys = document.get("keys") if isinstance(document, dict) else None
        try:
            return cls(PublicKey.from_jwk(key) for key in keys if _is_ours(key))  # type: ignore[union-attr]
        except TypeError:
            raise ValueError("A JSON Web Key Set is an object with a list of keys.") from None

    def find(self, kid: str) -> PublicKey | None:
        """Return the key of this name, or None."""
        return self._keys.get(kid)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[PublicKey]:
        return iter(self._keys.values())

    def to_jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the keys as a JSON Web Key Set."""
        return {"keys": [key.to_jwk() for key in self._keys.values()]}

    def verify(self, token: str, *, kind: str) -> Any:
        """
        Return the payload of a token of this `kind`, with exact decimals.

        :raises BadSignature: if it is of another kind, unreadable, altered, or signed by a key that is not here
        """
        try:
            header = jwt.get_unverified_header(token)
            key = self._keys.get(header.get("kid", ""))
            if header.get("typ") != kind or key is None:
                raise BadSignature("This was not signed by a key that is known here.")
            return codec.loads(_JWS.decode(token, key.key, algorithms=[ALGORITHM]))
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise BadSignature("The signature does not fit: this was altered, or is no signed token.") from error


def _is_ours(key: Any) -> bool:
    wanted = {"kty": "OKP", "crv": "Ed25519", "alg": ALGORITHM, "use": "sig"}
    return isinstance(key, dict) and all(key.get(name) == value for name, value in wanted.items())


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

"""Signed tokens: what is taken, and what is not."""

import base64
import json
from decimal import Decimal

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import codec
from common.signatures import BadSignature, KeyRing, PrivateKey, PublicKey

KIND = "offer+jws"
# The example key of RFC 8037, appendix A: private, public, thumbprint.
PRIVATE = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
PUBLIC = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
KEY = PrivateKey(PRIVATE)
RING = KeyRing([KEY.public])
TOKEN = KEY.sign({"total": Decimal("648.10"), "offerId": "of_1"}, kind=KIND)


class TestKeys:
    def test_are_those_of_the_standards_example(self):
        assert KEY.public.to_jwk()["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
        assert KEY.public.kid == PublicKey(PUBLIC).kid == THUMBPRINT

    @pytest.mark.parametrize("text", ["", "5e", "xy" * 32, PRIVATE + "00"])
    def test_that_are_none_are_refused(self, text):
        with pytest.raises(ValueError, match="64 hexadecimal digits"):
            PrivateKey(text)

    def test_are_published_without_the_private_part(self):
        assert "d" not in RING.to_jwks()["keys"][0]


class TestVerify:
    def test_returns_what_was_signed_with_exact_numbers(self):
        assert RING.verify(TOKEN, kind=KIND) == {"total": Decimal("648.10"), "offerId": "of_1"}

    def test_names_key_and_kind_in_the_header(self):
        assert jwt.get_unverified_header(TOKEN) == {"alg": "EdDSA", "typ": KIND, "kid": THUMBPRINT}

    def test_takes_every_key_of_the_ring_while_the_signer_changes(self):
        new = PrivateKey("5e" * 32)
        ring = KeyRing.of(f"{PUBLIC}, {new.public.key.public_bytes_raw().hex()}")

        assert ring.verify(TOKEN, kind=KIND) and ring.verify(new.sign({"a": 1}, kind=KIND), kind=KIND)

    def test_refuses_a_key_that_is_not_in_the_ring(self):
        with pytest.raises(BadSignature, match="a key that is known"):
            RING.verify(PrivateKey("5e" * 32).sign({"a": 1}, kind=KIND), kind=KIND)

    def test_refuses_a_token_of_another_kind(self):
        with pytest.raises(BadSignature):
            RING.verify(KEY.sign({"a": 1}, kind="access+jws"), kind=KIND)

    @given(place=st.integers(0, len(TOKEN) - 1), letter=st.sampled_from("ABCxyz019-_."))
    def test_refuses_whatever_was_altered(self, place, letter):
        altered = TOKEN[:place] + letter + TOKEN[place + 1 :]
        if _bytes(altered) == _bytes(TOKEN):
            return

        with pytest.raises(BadSignature):
            RING.verify(altered, kind=KIND)

    @given(text=st.text(max_size=80))
    def test_refuses_what_is_no_token(self, text):
        with pytest.raises(BadSignature):
            RING.verify(text, kind=KIND)

    @pytest.mark.parametrize("algorithm", ["none", "HS256"])
    def test_refuses_another_algorithm_whatever_the_header_says(self, algorithm):
        header = _base64url(json.dumps({"alg": algorithm, "typ": KIND, "kid": THUMBPRINT}).encode())

        with pytest.raises(BadSignature):
            RING.verify(f"{header}.{_base64url(codec.dumps({'total': 1}).encode())}.", kind=KIND)


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(token: str) -> list[bytes] | None:
    """What a token's parts say; the last letter of a part may have bits that say nothing."""
    try:
        return [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")]
    except ValueError:
        return None

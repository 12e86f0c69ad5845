"""Access tokens: who a good one speaks for, and every way in which a bad one is told."""

import base64
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from common.auth.callers import Caller, Role
from common.auth.tokens import BadToken, verify
from common.signatures import KeyRing, PrivateKey

KEY = PrivateKey("5e" * 32)
RING = KeyRing([KEY.public])


def claims(**changes):
    now = int(time.time())
    whole = {
        "iss": "aerosaga-auth",
        "aud": "aerosaga",
        "sub": "usr_ada",
        "role": "traveller",
        "iat": now,
        "exp": now + 600,
        "jti": "1",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def token(kind="at+jwt", key=KEY, **changes):
    return key.sign(claims(**changes), kind=kind)


def forged(header, payload=None):
    """Return a token with this header and an empty signature."""
    return ".".join([_part(header), _part(payload or claims()), ""])


def _part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


class TestVerify:
    def test_returns_who_has_logged_in(self):
        assert verify(token(email="ada@example.org"), RING) == Caller(
            name="usr_ada", role=Role.TRAVELLER, email="ada@example.org"
        )

    def test_returns_an_agent_with_the_airline(self):
        assert verify(token(role="agent", airline="AA"), RING).airline == "AA"

    def test_returns_a_service_account_with_its_scopes(self):
        found = verify(token(sub="svc_1", role="service", scope="reservations:read webhooks"), RING)

        assert (found.role, found.scopes) == (Role.SERVICE, {"reservations:read", "webhooks"})

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"exp": int(time.time()) - 60}, "has expired"),
            ({"iat": int(time.time()) + 3600}, "not good"),
            ({"nbf": int(time.time()) + 3600}, "not good"),
            ({"iss": "aerosaga-auth-of-others"}, "not good"),
            ({"iss": ["aerosaga-auth"]}, "not good"),
            ({"aud": "others"}, "not good"),
            ({"aud": ["aerosaga", "others"]}, "not good"),
            ({"exp": "never"}, "not good"),
            ({"sub": 7}, "not good"),
            *(({name: None}, "not good") for name in ("iss", "aud", "sub", "role", "iat", "exp", "jti")),
            ({"role": "anonymous"}, "not known here"),
            ({"role": "emperor"}, "not known here"),
            ({"role": ["admin"]}, "not known here"),
            ({"scope": ["webhooks"]}, "not known here"),
            ({"email": {"a": 1}}, "not known here"),
        ],
    )
    def test_refuses_claims_that_are_not_as_they_must_be(self, changes, said):
        with pytest.raises(BadToken, match=said):
            verify(token(**changes), RING)

    @pytest.mark.parametrize("kind", ["JWT", "offer+jws", "at+jws", "AT+JWT"])
    def test_refuses_a_token_of_another_kind_although_its_signature_fits(self, kind):
        with pytest.raises(BadToken, match="typ at\\+jwt"):
            verify(token(kind=kind), RING)

    def test_refuses_a_key_that_is_not_published(self):
        with pytest.raises(BadToken, match="a key that is not known"):
            verify(token(key=PrivateKey("5f" * 32)), RING)

    @pytest.mark.parametrize(
        "header",
        [
            {"alg": "none", "typ": "at+jwt", "kid": KEY.public.kid},
            {"alg": "HS256", "typ": "at+jwt", "kid": KEY.public.kid},
            {"alg": "EdDSA", "typ": "at+jwt"},
            {"alg": "EdDSA", "typ": "at+jwt", "kid": 7},
            {"alg": "EdDSA", "typ": "at+jwt", "kid": "../../etc/passwd"},
            {"alg": "EdDSA", "typ": "at+jwt", "kid": "' OR 1=1 --"},
            {"alg": "EdDSA", "typ": "at+jwt", "kid": KEY.public.kid},
            {"alg": "EdDSA", "typ": "at+jwt", "kid": KEY.public.kid, "crit": ["exp"]},
        ],
    )
    def test_refuses_every_other_header(self, header):
        with pytest.raises(BadToken):
            verify(forged(header), RING)

    def test_refuses_the_public_key_used_as_a_shared_secret(self):
        secret = KEY.public.key.public_bytes_raw()
        made = jwt.encode(claims(), secret, algorithm="HS256", headers={"typ": "at+jwt", "kid": KEY.public.kid})

        with pytest.raises(BadToken, match="alg EdDSA"):
            verify(made, RING)

    def test_does_not_follow_a_key_that_the_token_brings_along(self):
        own = PrivateKey("60" * 32)
        brought = {"typ": "at+jwt", "kid": own.public.kid, "jwk": own.public.to_jwk(), "jku": "http://127.0.0.1:1/"}
        made = jwt.encode(claims(), own._key, algorithm="EdDSA", headers=brought)

        with pytest.raises(BadToken, match="a key that is not known"):
            verify(made, RING)

    def test_refuses_another_algorithm_under_the_name_of_a_published_key(self):
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        made = jwt.encode(claims(), other, algorithm="RS256", headers={"typ": "at+jwt", "kid": KEY.public.kid})

        with pytest.raises(BadToken):
            verify(made, RING)

    def test_refuses_what_is_far_too_long(self):
        with pytest.raises(BadToken, match="too long"):
            verify(token(note="x" * 5000), RING)

    @given(place=st.integers(0, 399), letter=st.sampled_from("ABCxyz019-_."))
    def test_refuses_a_token_with_any_letter_changed(self, place, letter):
        good = token(email="ada@example.org")
        place %= len(good)
        # The last letter of a part carries bits that mean nothing.
        if good[place] == letter or place + 1 == len(good) or "." in good[place : place + 2]:
            return

        with pytest.raises(BadToken):
            verify(good[:place] + letter + good[place + 1 :], RING)

    @pytest.mark.parametrize("text", ["..", "a.b.c", ".".join("é" * 3), "e30.e30.e30", "\ud800.\ud800.\ud800"])
    def test_refuses_what_is_no_token_at_all(self, text):
        with pytest.raises(BadToken):
            verify(text, RING)

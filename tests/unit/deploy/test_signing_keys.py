"""The public key worked out in plain Python is the one that the library has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.signatures import PrivateKey
from deploy import signing_keys


class TestPublic:
    @given(private=st.binary(min_size=32, max_size=32).map(bytes.hex))
    def test_is_the_librarys(self, private):
        assert signing_keys.public(private) == PrivateKey(private).public.key.public_bytes_raw().hex()

    @pytest.mark.parametrize("text", ["", "5e" * 31, "5e" * 33, "not hexadecimal"])
    def test_refuses_what_is_no_key(self, text):
        with pytest.raises(ValueError, match="hexadecimal"):
            signing_keys.public(text)

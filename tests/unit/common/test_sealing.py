"""What is sealed is read again by its own purpose and a known key, and by nothing else."""

import pytest

from common.sealing import Unsealable, seal, unseal
from tests.surroundings import surroundings

OLD, NEW = "o" * 32, "n" * 32


class TestUnseal:
    def test_reads_what_was_sealed_and_the_text_does_not_show(self):
        with surroundings(key_secret=OLD):
            sealed = seal("whsec_secret", purpose="webhooks")

            assert unseal(sealed, purpose="webhooks") == "whsec_secret"
            assert "whsec" not in sealed

    def test_reads_what_an_older_key_sealed_while_that_is_still_there(self):
        with surroundings(key_secret=OLD):
            sealed = seal("text", purpose="webhooks")
        with surroundings(key_secret=f"{NEW}, {OLD}"):
            assert unseal(sealed, purpose="webhooks") == "text"
            newer = seal("text", purpose="webhooks")
        with surroundings(key_secret=NEW):
            assert unseal(newer, purpose="webhooks") == "text"
            with pytest.raises(Unsealable, match="is not the one it was sealed with"):
                unseal(sealed, purpose="webhooks")

    def test_refuses_what_was_sealed_for_something_else(self):
        with surroundings(key_secret=OLD), pytest.raises(Unsealable):
            unseal(seal("text", purpose="webhooks"), purpose="signing keys")


class TestSeal:
    @pytest.mark.parametrize("secret", [None, "", " , ", "short", f"{OLD},short"])
    def test_wants_a_long_secret(self, secret):
        with surroundings(key_secret=secret), pytest.raises(LookupError, match="set AEROSAGA_KEY_SECRET"):
            seal("text", purpose="webhooks")

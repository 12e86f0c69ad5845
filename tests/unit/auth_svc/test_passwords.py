"""Passwords: length counts, the commonest are refused, and a hash gives nothing away."""

import pytest

from auth_svc.domain import passwords
from auth_svc.domain.common_passwords import COMMON
from auth_svc.domain.passwords import WeakPassword

ADA = "ada@example.org"


class TestCheck:
    @pytest.mark.parametrize(
        "password",
        ["eightcha", "correct horse", "пароль для Ады", "🚀🚀🛩🛩🧳🧳🎫🎫", "x y z " * 20, "alllowercaseletters"],
    )
    def test_lets_any_kind_of_characters_pass(self, password):
        passwords.check(password, email=ADA)

    @pytest.mark.parametrize("password", ["", "seven77", "x" * 129, "ab" * 65])
    def test_refuses_what_is_too_short_or_too_long(self, password):
        with pytest.raises(WeakPassword, match="8 to 128 characters"):
            passwords.check(password, email=ADA)

    @pytest.mark.parametrize(
        "password", ["password1", "PASSWORD1", "Qwertyuiop", "aaaaaaaaaa", "ababababab", "ｐassword1"]
    )
    def test_refuses_what_everybody_tries_first(self, password):
        with pytest.raises(WeakPassword, match="anybody would try"):
            passwords.check(password, email=ADA)

    def test_refuses_the_address_itself(self):
        with pytest.raises(WeakPassword, match="address itself"):
            passwords.check("Lovelace1815", email="lovelace1815@example.org")

    def test_knows_common_ones_that_could_be_chosen(self):
        assert len(COMMON) > 150
        assert all(len(password) >= passwords.SHORTEST and password == password.casefold() for password in COMMON)


class TestHash:
    def test_fits_its_password_and_no_other(self):
        made = passwords.hashed("correct horse")

        assert passwords.fits("correct horse", made)
        assert not passwords.fits("correct horsf", made)

    def test_is_another_each_time_and_names_its_parameters(self):
        first, second = passwords.hashed("correct horse"), passwords.hashed("correct horse")

        assert first != second
        assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert not passwords.is_outdated(first)

    def test_of_nobody_fits_nothing(self):
        assert not passwords.fits("the password of nobody", None)
        assert not passwords.fits("x", "no hash at all")

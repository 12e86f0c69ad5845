"""Logging in, refreshing and logging out: a refresh token is good once, and guessing has an end."""

import time
from statistics import median

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from auth_svc.domain.credentials import AlreadyRefreshed, BadRefreshToken, RefreshTokenReused
from auth_svc.domain.users import WrongLogin
from auth_svc.models import Login, RefreshToken, User
from auth_svc.service import logins
from common.auth import Role
from common.errors import TooOften
from common.guesses import guess
from tests.integration.auth_svc.conftest import ADA, ELSEWHERE, HERE, PASSWORD
from tests.together import together


@pytest.fixture
def ada(auth):
    """auth_svc where Ada Lovelace has registered."""
    auth.register()
    return auth


def refused(act, *errors):
    """Return the error that an act is refused with, or None."""
    try:
        act()
    except errors as error:
        return error
    return None


class TestLogIn:
    def test_gives_an_access_token_that_every_service_can_verify(self, ada):
        who = ada.who(ada.log_in().access_token)

        assert (who.name, who.role, who.email) == (ada.user().name, Role.TRAVELLER, ADA)

    @pytest.mark.parametrize("email", ["Ada@Example.org", "ADA@EXAMPLE.ORG", " ada@example.org ", "ａda@example.org"])
    def test_takes_an_address_however_it_is_spelt(self, ada, email):
        assert ada.who(ada.log_in(email=email).access_token).name == ada.user().name

    @pytest.mark.parametrize(
        "email", ["áda@example.org", "ada@example.org\u0301", "ad@example.org", "grace@example.org"]
    )
    def test_takes_no_other_address_for_it(self, ada, email):
        # MariaDB's usual collation takes á for a.
        with pytest.raises(WrongLogin):
            ada.log_in(email=email)

    @pytest.mark.parametrize("password", ["A difference engine", "a difference engine ", "a difference", "x"])
    def test_is_refused_with_another_password(self, ada, password):
        with pytest.raises(WrongLogin):
            ada.log_in(password=password)

    def test_takes_a_password_however_its_signs_are_composed(self, auth):
        auth.register(password="caf\u00e9 au lait")

        assert auth.log_in(password="cafe\u0301 au lait").expires_in == 600

    def test_says_the_same_in_the_same_time_for_an_unknown_address(self, ada, monkeypatch):
        monkeypatch.setattr(logins, "PER_ACCOUNT", logins.PER_ADDRESS)

        def took(email):
            began = time.perf_counter()
            said = refused(lambda: ada.log_in(email=email, password="not it at all"), WrongLogin)
            return time.perf_counter() - began, str(said)

        known, unknown = zip(*((took(ADA), took("nobody@example.org")) for _ in range(15)), strict=True)

        assert {said for _, said in known} == {said for _, said in unknown}
        ratio = median(seconds for seconds, _ in known) / median(seconds for seconds, _ in unknown)
        assert 0.6 < ratio < 1.6

    def test_is_refused_to_a_disabled_user_as_if_the_password_were_wrong(self, ada):
        ada.disable(ada.user().name)

        with pytest.raises(WrongLogin, match="do not belong together"):
            ada.log_in()

    def test_makes_a_new_hash_when_the_old_ones_parameters_are_outdated(self, ada):
        weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        ada.database.write(lambda session: session.execute(update(User).values(password_hash=weak)))

        ada.log_in()

        assert ada.user().password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert ada.log_in().expires_in == 600


class TestGuessing:
    def test_of_a_password_ends_after_ten_tries_from_wherever_they_come(self, ada):
        for number in range(10):
            with pytest.raises(WrongLogin):
                ada.log_in(password="wrong", address=f"203.0.113.{number}")

        with pytest.raises(TooOften) as refusal:
            ada.log_in(address=ELSEWHERE)

        assert 590 <= refusal.value.retry_after <= 600

    def test_of_addresses_ends_after_sixty_tries_from_one_client(self, ada, monkeypatch):
        monkeypatch.setattr(logins, "PER_ADDRESS", logins.Limit(most=3, seconds=600))
        for number in range(3):
            with pytest.raises(WrongLogin):
                ada.log_in(email=f"nobody{number}@example.org")

        with pytest.raises(TooOften):
            ada.log_in()
        assert ada.log_in(address=ELSEWHERE).expires_in == 600

    def test_of_many_at_once_is_counted_before_it_is_looked_at(self, ada):
        def guess_once():
            return type(refused(lambda: ada.log_in(password="wrong"), WrongLogin, TooOften))

        answers = together(*[guess_once] * 16)

        assert sorted(error.__name__ for error in answers) == ["TooOften"] * 6 + ["WrongLogin"] * 10

    def test_is_forgotten_after_its_time(self, ada):
        for _ in range(10):
            refused(lambda: ada.log_in(password="wrong"), WrongLogin)
        ada.database.write(lambda session: session.execute(update(guess).values(began_at=logins.now(seconds=-601))))

        assert ada.log_in().expires_in == 600

    def test_is_not_what_somebody_does_who_knows_the_password(self, ada):
        for _ in range(9):
            refused(lambda: ada.log_in(password="wrong"), WrongLogin)
        for _ in range(12):
            ada.log_in()

        counts = ada.database.read(lambda session: dict(session.execute(select(guess.c.subject, guess.c.tries)).all()))
        assert counts[f"login-from:{HERE}"] == 9

    def test_leaves_no_address_in_its_table(self, ada):
        refused(lambda: ada.log_in(password="wrong"), WrongLogin)

        subjects = ada.database.read(lambda session: list(session.scalars(select(guess.c.subject))))
        assert not any("ada" in subject for subject in subjects)


class TestRefresh:
    def test_gives_the_next_pair_again_and_again(self, ada):
        tokens = ada.log_in()
        for _ in range(3):
            later = ada.refresh(tokens)
            assert later.refresh_token != tokens.refresh_token
            tokens = later

        assert ada.who(tokens.access_token).name == ada.user().name

    def test_keeps_only_fingerprints(self, ada):
        tokens = ada.log_in()

        kept = ada.database.read(lambda session: list(session.scalars(select(RefreshToken.fingerprint))))
        assert tokens.refresh_token not in kept and len(kept[0]) == 64

    def test_with_a_token_that_was_used_before_ends_the_login(self, ada):
        first = ada.log_in()
        second = ada.refresh(first)
        ada.shift(RefreshToken.used_at, seconds=-11, where=RefreshToken.used_at.is_not(None))

        with pytest.raises(RefreshTokenReused):
            ada.refresh(first)

        with pytest.raises(BadRefreshToken):
            ada.refresh(second)
        assert ada.endings() == ["token_reused"]

    def test_leaves_the_other_logins_of_the_user_alone(self, ada):
        other, first = ada.log_in(), ada.log_in()
        ada.refresh(first)
        ada.shift(RefreshToken.used_at, seconds=-11, where=RefreshToken.used_at.is_not(None))
        refused(lambda: ada.refresh(first), RefreshTokenReused)

        assert ada.refresh(other).expires_in == 600

    def test_of_one_token_twice_at_once_gives_one_pair_and_ends_nothing(self, ada):
        tokens = ada.log_in()

        def attempt():
            try:
                return ada.refresh(tokens)
            except AlreadyRefreshed:
                return None

        answers = [answer for answer in together(*[attempt] * 8) if answer]

        assert len(answers) == 1
        assert ada.endings() == [None]
        assert ada.refresh(answers[0]).expires_in == 600

    def test_has_the_role_that_was_given_since(self, ada):
        tokens = ada.log_in()
        ada.grant(Role.AGENT, airline="AA")

        who = ada.who(ada.refresh(tokens).access_token)

        assert (who.role, who.airline) == (Role.AGENT, "AA")

    @pytest.mark.parametrize("token", ["", "art_unknown", "é" * 40, "\ud800", "'; DROP TABLE login; --"])
    def test_is_refused_with_what_is_no_refresh_token(self, ada, token):
        with pytest.raises(BadRefreshToken):
            logins.refresh(ada.database, token=token)

    def test_ends_with_the_login(self, ada):
        tokens = ada.log_in()
        ada.shift(Login.expires_at, seconds=-1)

        with pytest.raises(BadRefreshToken):
            ada.refresh(tokens)

    def test_ends_when_the_user_is_disabled(self, ada):
        tokens = ada.log_in()
        ada.disable(ada.user().name)

        with pytest.raises(BadRefreshToken):
            ada.refresh(tokens)


class TestLogOut:
    def test_ends_one_login(self, ada):
        here, there = ada.log_in(), ada.log_in()
        ada.log_out(here)

        with pytest.raises(BadRefreshToken):
            ada.refresh(here)
        assert ada.refresh(there).expires_in == 600

    def test_everywhere_ends_all_of_the_users_and_nobody_elses(self, ada):
        ada.register(email="grace@example.org")
        here, there, grace = ada.log_in(), ada.log_in(), ada.log_in(email="grace@example.org")
        ada.log_out(here, everywhere=True)

        for tokens in (here, there):
            with pytest.raises(BadRefreshToken):
                ada.refresh(tokens)
        assert ada.refresh(grace).expires_in == 600

    def test_a_second_time_or_with_nonsense_changes_nothing(self, ada):
        tokens = ada.log_in()
        for _ in range(2):
            ada.log_out(tokens)
        ada.database.write(logins.log_out, token="nonsense", everywhere=True)

        assert ada.endings() == ["logged_out"]


class TestPrune:
    def test_forgets_logins_that_are_long_over_with_their_tokens(self, ada):
        ada.log_in()
        ada.shift(Login.expires_at, seconds=-86400 * 40)
        tokens = ada.log_in()

        assert ada.database.write(logins.prune, keep=logins.timedelta(days=30), limit=10) == 1
        assert ada.endings() == [None]
        assert ada.refresh(tokens).expires_in == 600

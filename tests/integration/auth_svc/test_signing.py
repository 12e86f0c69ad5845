"""The keys of access tokens: published before they sign, and for as long as something they signed is good."""

import jwt
import pytest
from sqlalchemy import select

from auth_svc.domain.signing import LEAD_SECONDS, TAIL_SECONDS
from auth_svc.models import SigningKey
from common.auth.tokens import BadToken
from common.config import settings
from tests.surroundings import surroundings
from tests.together import together

MONTH = 86400 * 31


@pytest.fixture
def ada(auth):
    """auth_svc where Ada Lovelace has registered."""
    auth.register()
    return auth


def kid(tokens):
    return jwt.get_unverified_header(tokens.access_token)["kid"]


class TestRotation:
    def test_makes_the_first_key_which_signs_at_once(self, ada):
        ada.sweep()
        (first,) = ada.published()

        assert kid(ada.log_in()) == first

    def test_is_not_done_before_its_time(self, ada):
        for _ in range(3):
            ada.sweep()

        assert len(ada.published()) == 1

    def test_publishes_the_next_key_before_it_signs(self, ada):
        first = kid(ada.log_in())
        for column in (SigningKey.made_at, SigningKey.signs_from):
            ada.shift(column, seconds=-MONTH)
        for _ in range(3):
            ada.sweep()

        (second,) = ada.published() - {first}
        assert kid(ada.log_in()) == first

        ada.shift(SigningKey.signs_from, seconds=-1, where=SigningKey.kid == second)
        assert kid(ada.log_in()) == second

    def test_keeps_the_old_key_published_while_its_tokens_live_and_no_longer(self, ada):
        old = ada.log_in()
        first, second = kid(old), ada.rotate()
        ada.shift(SigningKey.signs_from, seconds=-MONTH, where=SigningKey.kid == first)
        ada.shift(SigningKey.signs_from, seconds=-TAIL_SECONDS + 60, where=SigningKey.kid == second)
        ada.sweep()

        assert ada.who(old.access_token).name == ada.user().name

        ada.shift(SigningKey.signs_from, seconds=-TAIL_SECONDS - 1, where=SigningKey.kid == second)
        ada.sweep()

        assert ada.published() == {second}
        with pytest.raises(BadToken, match="a key that is not known"):
            ada.who(old.access_token)

    def test_asked_for_makes_the_next_key_and_is_written_down(self, ada):
        first, second = kid(ada.log_in()), ada.rotate()

        assert ada.published() == {first, second}
        assert [act for _, act, _ in ada.audited()] == ["rotate signing keys"]
        ahead = ada.database.read(
            lambda session: session.execute(
                select(SigningKey.made_at, SigningKey.signs_from).filter_by(kid=second)
            ).one()
        )
        assert (ahead.signs_from - ahead.made_at).total_seconds() == pytest.approx(LEAD_SECONDS, abs=1)

    def test_of_compromised_keys_makes_every_token_void_at_once(self, ada):
        stolen = ada.log_in()
        fresh = ada.rotate(compromised=True)

        assert ada.published() == {fresh}
        with pytest.raises(BadToken):
            ada.who(stolen.access_token)
        assert kid(ada.refresh(stolen)) == fresh

    def test_by_several_sweeps_at_once_leaves_tokens_that_verify(self, ada):
        together(*[ada.sweep] * 4, lambda: ada.log_in())

        assert ada.who(ada.log_in().access_token).name == ada.user().name


class TestKeeping:
    def test_encrypts_the_private_key(self, ada):
        ada.sweep()

        key = ada.database.read(lambda session: session.scalars(select(SigningKey)).one())
        assert len(key.public) == 64 and len(bytes.fromhex(key.public)) == 32
        assert key.sealed.startswith("gAAAA")

    def test_signs_with_a_new_key_when_the_secret_was_replaced(self, ada):
        old = ada.log_in()
        url = str(settings().auth_database_url)
        with surroundings(auth_database_url=url, key_secret="another-secret-of-more-than-32-characters"):
            fresh = ada.log_in()

            assert kid(fresh) != kid(old)
            assert ada.who(old.access_token) and ada.who(fresh.access_token)

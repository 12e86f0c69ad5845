"""Access tokens of reservations: verified without asking anybody, and good for one reservation only."""

import pytest

from common.auth.reservations import KIND, Opened, access_token, opened_by
from common.signatures import PrivateKey
from tests.surroundings import surroundings

KEY = PrivateKey("7a" * 32)
PUBLIC = KEY.public.key.public_bytes_raw().hex()


@pytest.fixture
def keys():
    with surroundings(reservation_key="7a" * 32, reservation_public_keys=PUBLIC):
        yield


@pytest.mark.usefixtures("keys")
class TestOpenedBy:
    def test_is_what_the_token_was_issued_for(self):
        token = access_token(locator="K7Q2ZD", reservation_id=12345)

        assert opened_by(token) == Opened(locator="K7Q2ZD", reservation_id=12345)

    @pytest.mark.parametrize(
        "token",
        [
            "",
            "K7Q2ZD",
            "a.b.c",
            KEY.sign({"locator": "K7Q2ZD", "reservationId": 12345}, kind="offer+jws"),
            KEY.sign({"locator": "K7Q2ZD"}, kind=KIND),
            KEY.sign({"locator": "K7Q2ZD", "reservationId": "x"}, kind=KIND),
            PrivateKey("5e" * 32).sign({"locator": "K7Q2ZD", "reservationId": 1}, kind=KIND),
        ],
        ids=["empty", "a locator", "nonsense", "an offer", "without a key", "with a bad key", "signed by another"],
    )
    def test_is_nothing_for(self, token):
        assert opened_by(token) is None


def test_issuing_without_a_key_says_what_to_set():
    with pytest.raises(LookupError, match="AEROSAGA_RESERVATION_KEY"):
        access_token(locator="K7Q2ZD", reservation_id=1)


def test_verifying_takes_the_public_key_alone():
    with surroundings(reservation_public_keys=PUBLIC):
        token = KEY.sign({"locator": "K7Q2ZD", "reservationId": 7}, kind=KIND)

        assert opened_by(token) == Opened(locator="K7Q2ZD", reservation_id=7)

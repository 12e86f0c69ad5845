"""Names that nobody guesses, and how long a payment in trouble waits."""

import re

from hypothesis import given
from hypothesis import strategies as st

from payment_svc.domain import OVER, Status, backoff_seconds, new_auth_id, new_wallet_token


class TestNames:
    def test_are_random(self):
        assert len({new_auth_id() for _ in range(1000)}) == 1000
        assert len({new_wallet_token() for _ in range(1000)}) == 1000

    def test_of_payments_never_look_like_a_card_number(self):
        assert all(re.fullmatch(r"pa_[a-z]{18}", new_auth_id()) for _ in range(1000))

    def test_of_wallets_are_tokens_that_requests_accept(self):
        assert re.fullmatch(r"wal_[A-Za-z0-9_]{1,60}", new_wallet_token())


class TestBackoff:
    def test_begins_with_a_second_and_doubles_up_to_a_minute(self):
        assert [backoff_seconds(attempts) for attempts in range(9)] == [1, 1, 2, 4, 8, 16, 32, 60, 60]

    @given(st.integers(0, 10**4))
    def test_never_leaves_a_payment_alone_for_longer_than_a_minute(self, attempts):
        assert 1 <= backoff_seconds(attempts) <= 60


class TestAPaymentThatIsOver:
    def test_has_nothing_set_aside_and_nothing_taken(self):
        assert {Status.VOIDED, Status.REFUNDED, Status.FAILED} == OVER

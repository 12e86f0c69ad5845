"""What payment_svc states of itself and its provider, asked at the sandbox bank itself."""

import sqlite3

import pytest

from payment_svc.provider import Bank
from payment_svc.service import statements
from sandbox.bank.serving import serving
from sandbox.bank.settings import BankSettings

MOST = 500


@pytest.fixture
def ledger(tmp_path):
    return tmp_path / "bank.db"


@pytest.fixture
def bank(ledger):
    with serving(BankSettings(database=ledger)) as url:
        bank = Bank(base_url=url)
        yield bank
        bank.close()


class TestAuthorizations:
    @pytest.fixture
    def stated(self, pay, bank):
        """Three payments; what payment_svc states is asked for when a test is ready."""
        pay.bank = bank
        for reservation_id in range(1, 4):
            pay.authorize(reservation_id=reservation_id)
        return lambda **page: statements.authorizations(pay.database, bank, **{"after": 0, "limit": MOST} | page)

    def test_are_held_by_the_provider_while_all_is_well(self, pay, stated):
        assert [each.held for each in stated()] == [True] * 3
        assert {each.auth_id for each in stated()} == {payment.auth_id for payment in pay.payments()}
        assert {each.ours for each in stated()} == {"authorized 45000"}

    def test_that_the_provider_has_lost_are_told(self, pay, stated, ledger):
        lost = stated()[1].auth_id
        with sqlite3.connect(ledger) as rows:
            rows.execute("UPDATE authorization SET reference = 'lost' WHERE reference = ?", (lost,))
        rows.close()

        assert [each.auth_id for each in stated() if not each.held] == [lost]

    def test_of_which_nothing_is_set_aside_are_nothing_the_provider_must_know(self, pay, stated):
        pay.void(reservation_id=2)

        assert len(stated()) == 2

    def test_are_stated_page_by_page_however_many_the_provider_can_be_asked_for_at_once(self, pay, stated, monkeypatch):
        monkeypatch.setattr("payment_svc.provider._REFERENCES_AT_ONCE", 2)

        first = stated(limit=2)
        rest = stated(after=first[-1].number)

        assert [each.number for each in (*first, *rest)] == [each.number for each in stated()]
        assert all(each.held for each in stated())

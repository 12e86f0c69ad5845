"""Wallets: no money appears or disappears, whatever is done, how often and by how many at once."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from common.money import Money
from common.saga import StepRefused
from payment_svc.domain import PaymentNotFound, WrongShare
from payment_svc.models import WalletEntry
from payment_svc.service import paying, settling, wallets
from tests.builders import a_cancelled, a_confirmed, a_failed
from tests.together import together


@pytest.fixture
def wallet(pay):
    """The token of a wallet with 100.00 USD."""
    token = pay.database.write(wallets.open_wallet, owner="usr_ada", currency="USD").token
    deposit(pay, token, "100.00")
    return token


def deposit(pay, token, amount, *, reference="first", currency="USD"):
    return pay.database.write(
        wallets.deposit, token=token, amount=Decimal(amount), currency=currency, reference=reference
    )


def balance(pay, token):
    found = pay.database.read(wallets.find_wallet, token=token)
    return found.available_minor, found.held_minor


def hold(pay, token, cause, minor):
    return pay.database.write(wallets.hold, token=token, cause=cause, money=Money(minor, "USD"))


def ledger(pay, token):
    """Return what the ledger says of a wallet: the sum of each act."""

    def add_up(session):
        wallet = wallets.find_wallet(session, token=token)
        sums = select(WalletEntry.act, func.sum(WalletEntry.amount_minor)).where(WalletEntry.wallet_id == wallet.id)
        return {act: int(total) for act, total in session.execute(sums.group_by(WalletEntry.act))}

    return pay.database.read(add_up)


def assert_conserved(pay, token):
    """What came in is what is there, plus what was taken; and the ledger agrees with the balances."""
    available, held = balance(pay, token)
    sums = dict.fromkeys(("deposit", "hold", "release", "capture", "refund"), 0) | ledger(pay, token)
    assert available >= 0
    assert held >= 0
    assert available + held == sums["deposit"] - sums["capture"] + sums["refund"]
    assert held == sums["hold"] - sums["release"] - sums["capture"]


class TestDeposit:
    def test_of_the_same_reference_is_put_in_once(self, pay, wallet):
        for _ in range(2):
            deposit(pay, wallet, "50.00", reference="second")

        assert balance(pay, wallet) == (15000, 0)

    def test_sent_ten_times_at_once_is_put_in_once(self, pay, wallet):
        together(*(lambda: deposit(pay, wallet, "50.00", reference="second") for _ in range(10)))

        assert balance(pay, wallet) == (15000, 0)

    @pytest.mark.parametrize(("amount", "currency"), [("0.00", "USD"), ("-1.00", "USD"), ("1.00", "EUR")])
    def test_is_refused_for_what_is_no_deposit(self, pay, wallet, amount, currency):
        with pytest.raises(WrongShare):
            deposit(pay, wallet, amount, reference="odd", currency=currency)

        assert balance(pay, wallet) == (10000, 0)

    def test_into_no_wallet_is_not_found(self, pay):
        with pytest.raises(PaymentNotFound):
            deposit(pay, "wal_nobody", "1.00")


class TestHold:
    def test_sets_money_aside(self, pay, wallet):
        assert hold(pay, wallet, "pa_1", 4000) is None

        assert balance(pay, wallet) == (6000, 4000)

    def test_says_why_it_cannot(self, pay, wallet):
        assert hold(pay, wallet, "pa_1", 10001) == "insufficient_funds"
        assert hold(pay, "wal_nobody", "pa_1", 1) == "unknown_wallet"
        assert pay.database.write(wallets.hold, token=wallet, cause="pa_1", money=Money(1, "EUR")) == "wrong_currency"

        assert balance(pay, wallet) == (10000, 0)

    def test_by_many_at_once_spends_no_money_twice(self, pay, wallet):
        told = together(*(lambda number=number: hold(pay, wallet, f"pa_{number}", 3000) for number in range(8)))

        assert told.count(None) == 3
        assert balance(pay, wallet) == (1000, 9000)
        assert_conserved(pay, wallet)


class TestAPaymentByWallet:
    def authorize(self, pay, wallet, **changes):
        wanted = {"payment_method": {"kind": "wallet", "token": wallet}, "amount": Decimal("40.00")}
        return pay.authorize(**wanted | changes)

    def test_is_set_aside_and_taken_when_the_reservation_is_confirmed(self, pay, wallet):
        assert self.authorize(pay, wallet)["status"] == "authorized"
        assert balance(pay, wallet) == (6000, 4000)
        pay.hear(a_confirmed())
        pay.sweep()

        assert balance(pay, wallet) == (6000, 0)
        assert pay.acts() == []

    def test_is_given_back_when_it_fails(self, pay, wallet):
        self.authorize(pay, wallet)
        pay.hear(a_failed())
        pay.sweep()

        assert balance(pay, wallet) == (10000, 0)

    def test_is_refused_for_want_of_money(self, pay, wallet):
        with pytest.raises(StepRefused, match="insufficient_funds"):
            self.authorize(pay, wallet, amount=Decimal("100.01"))

        assert balance(pay, wallet) == (10000, 0)

    def test_asked_for_twice_at_once_is_set_aside_once(self, pay, wallet):
        together(*(lambda: self.authorize(pay, wallet) for _ in range(4)))

        assert balance(pay, wallet) == (6000, 4000)

    def test_and_the_reservations_failure_at_once_keep_nothing(self, pay, wallet):
        def authorize(number):
            try:
                self.authorize(pay, wallet, reservation_id=number, amount=Decimal("1.00"))
            except StepRefused:
                return

        for number in range(1, 13):
            together(
                lambda number=number: authorize(number),
                lambda number=number: pay.hear(a_failed(reservation_id=number)),
            )
        pay.sweep()

        assert balance(pay, wallet) == (10000, 0)
        assert_conserved(pay, wallet)

    def test_and_its_cancellation_while_it_is_taken_keep_nothing(self, pay, wallet):
        for number in range(1, 11):
            self.authorize(pay, wallet, reservation_id=number, amount=Decimal("1.00"))
            pay.hear(a_confirmed(reservation_id=number))
            together(
                lambda: settling.settle_due(pay.database, pay.bank),
                lambda number=number: pay.hear(a_cancelled(reservation_id=number)),
            )
        for _ in range(3):
            pay.sweep()

        assert balance(pay, wallet) == (10000, 0)
        assert_conserved(pay, wallet)

    def test_comes_back_by_refund_once(self, pay, wallet):
        auth_id = self.authorize(pay, wallet)["authId"]
        pay.hear(a_confirmed())
        pay.sweep()
        pay.database.write(paying.request_refund, auth_id=auth_id, amount=Decimal("15.00"), reason="requested")
        for _ in range(2):
            pay.sweep()

        assert balance(pay, wallet) == (7500, 0)
        assert_conserved(pay, wallet)


class TestMoney:
    ACTS = st.lists(
        st.tuples(
            st.sampled_from(["deposit", "hold", "release", "capture", "refund"]),
            st.integers(min_value=1, max_value=3),
            st.integers(min_value=1, max_value=9000),
        ),
        min_size=1,
        max_size=12,
    )

    # The fixture opens no wallet; each example has its own.
    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(acts=ACTS)
    def test_is_conserved_by_any_sequence_of_acts(self, pay, acts):
        token = pay.database.write(wallets.open_wallet, owner="usr_ada", currency="USD").token
        deposit(pay, token, "100.00")
        held, captured = {}, {}

        for act, number, minor in acts:
            cause = f"pa_{number}"
            if act == "deposit":
                deposit(pay, token, Money(minor, "USD").amount, reference=f"deposit_{number}")
            elif act == "hold" and cause not in held:
                if hold(pay, token, cause, minor) is None:
                    held[cause] = minor
            elif act in ("release", "capture") and cause in held and cause not in captured:
                money = Money(held[cause], "USD")
                for _ in range(2):  # a repetition changes nothing
                    pay.database.write(getattr(wallets, act), token=token, cause=cause, money=money)
                captured[cause] = act
            elif act == "refund" and captured.get(cause) == "capture":
                for _ in range(2):
                    pay.database.write(wallets.refund, token=token, cause=f"r_{cause}", money=Money(held[cause], "USD"))

            assert_conserved(pay, token)

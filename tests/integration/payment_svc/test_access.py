"""Whose a payment and a wallet is: who sees it, who may pay, and that nobody else learns whether it exists."""

import pytest
from sqlalchemy import select

from common.auth import access_token
from payment_svc.domain import PaymentNotFound
from payment_svc.models import Payable
from payment_svc.service import access, paying, wallets
from tests.builders import an_initiated
from tests.callers import ANONYMOUS, INSTALLATION, a_service, a_traveller, an_agent, an_operator

BOB = a_traveller(name="usr_bob")
THEIRS = {"locator": "K7Q2ZD", "reservation_id": 12345}
EVERYWHERE = [an_agent("AA"), an_operator(), INSTALLATION, a_traveller()]
NOWHERE = [ANONYMOUS, BOB, an_agent("B6"), an_agent(None), a_service()]


@pytest.fixture
def known(pay):
    """Reservation 12345, K7Q2ZD, of Ada on AA, waits for its payment."""
    pay.hear(an_initiated(owner="usr_ada", airlines=["AA"]))
    return pay


@pytest.fixture
def begun(known):
    """The public name of a payment of it."""
    payment = known.database.write(
        paying.pay_later,
        caller=INSTALLATION,
        token="",
        locator="K7Q2ZD",
        payment_method={"kind": "card", "token": "tok_visa"},
    )
    return payment.auth_id


def describe(caller):
    return f"{caller.name} {' '.join(sorted(caller.scopes))}"


class TestPayable:
    def find(self, pay, caller, *, locator="K7Q2ZD", token=""):
        return pay.database.read(access.payable, caller=caller, locator=locator, token=token)

    @pytest.mark.parametrize("caller", [*EVERYWHERE, a_service("payments:write")], ids=describe)
    def test_may_be_paid_by(self, known, caller):
        assert self.find(known, caller).reservation_id == 12345

    @pytest.mark.parametrize("caller", [*NOWHERE, a_service("reservations:read")], ids=describe)
    def test_is_not_there_for(self, known, caller):
        with pytest.raises(PaymentNotFound) as theirs:
            self.find(known, caller)
        with pytest.raises(PaymentNotFound) as nobodys:
            self.find(known, caller, locator="222222")

        assert theirs.value.detail == nobodys.value.detail

    def test_may_be_paid_with_its_access_token_by_anybody(self, known):
        assert self.find(known, ANONYMOUS, token=access_token(**THEIRS)).reservation_id == 12345

    @pytest.mark.parametrize("other", [{"reservation_id": 12346}, {"locator": "K7Q2ZE"}], ids=str)
    def test_is_not_there_for_the_token_of_another(self, known, other):
        with pytest.raises(PaymentNotFound):
            self.find(known, ANONYMOUS, token=access_token(**THEIRS | other))

    def test_of_a_guest_is_nobodys_by_name(self, pay):
        pay.hear(an_initiated())

        with pytest.raises(PaymentNotFound):
            self.find(pay, a_traveller())


class TestPayment:
    def find(self, pay, caller, auth_id, *, token=""):
        return pay.database.read(access.payment, caller=caller, auth_id=auth_id, token=token)

    @pytest.mark.parametrize("caller", [*EVERYWHERE, a_service("reservations:read")], ids=describe)
    def test_is_shown_to(self, known, begun, caller):
        assert self.find(known, caller, begun).auth_id == begun

    def test_is_shown_to_the_access_token_of_its_reservation(self, known, begun):
        assert self.find(known, ANONYMOUS, begun, token=access_token(**THEIRS)).auth_id == begun

    @pytest.mark.parametrize("caller", [*NOWHERE, a_service("payments:write")], ids=describe)
    def test_is_not_there_for(self, known, begun, caller):
        with pytest.raises(PaymentNotFound) as theirs:
            self.find(known, caller, begun)
        with pytest.raises(PaymentNotFound) as nobodys:
            self.find(known, caller, "pa_nobodys")

        assert theirs.value.detail == nobodys.value.detail

    def test_of_a_reservation_that_nothing_was_heard_of_is_shown_to_operators_and_to_its_access_token(self, pay):
        auth_id = pay.authorize()["authId"]
        pay.database.write(lambda session: [session.delete(row) for row in session.scalars(select(Payable))])

        assert self.find(pay, an_operator(), auth_id).auth_id == auth_id
        assert self.find(pay, ANONYMOUS, auth_id, token=access_token(**THEIRS)).auth_id == auth_id
        with pytest.raises(PaymentNotFound):
            self.find(pay, a_traveller(), auth_id, token=access_token(**THEIRS | {"reservation_id": 12346}))


class TestWallet:
    @pytest.fixture
    def adas(self, pay):
        """The token of a wallet that Ada opened."""
        return pay.database.write(wallets.open_wallet, owner="usr_ada", currency="USD").token

    @pytest.mark.parametrize("caller", [a_traveller(), an_operator(), INSTALLATION], ids=describe)
    def test_is_shown_to(self, pay, adas, caller):
        assert pay.database.read(access.wallet, caller=caller, token=adas).token == adas

    @pytest.mark.parametrize("caller", [*NOWHERE, an_agent("AA"), a_service("payments:write")], ids=describe)
    def test_is_not_there_for(self, pay, adas, caller):
        with pytest.raises(PaymentNotFound):
            pay.database.read(access.wallet, caller=caller, token=adas)

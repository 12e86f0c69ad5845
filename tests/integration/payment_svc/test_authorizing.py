"""Authorizing: asked once, answered truly, and never kept for a reservation that is over."""

import threading

import pytest

from common.saga import StepRefused
from payment_svc.models import Payable
from payment_svc.provider import Answer, Bank, ProviderTrouble
from payment_svc.service import authorizing
from sandbox.bank.serving import serving
from sandbox.bank.settings import BankSettings
from tests.builders import a_confirmed, a_failed, an_authorize_command, an_initiated
from tests.together import together


class TestAuthorize:
    def test_sets_the_money_aside_and_tells_so(self, pay):
        answer = pay.authorize()

        payment = pay.payment()
        assert answer == {"part": 1, "authId": payment.auth_id, "status": "authorized", "amountMinor": 45000}
        assert (payment.status, payment.due_at) == ("authorized", None)
        assert pay.bank.acts == [("authorize", 45000)]
        assert pay.told() == ["PaymentAuthorized"]

    def test_answers_the_same_when_the_command_comes_again(self, pay):
        assert pay.authorize() == pay.authorize()

        assert pay.acts() == ["authorize"]
        assert pay.told() == ["PaymentAuthorized"]

    def test_asked_twice_at_once_sets_the_money_aside_once(self, pay):
        for reservation_id in range(1, 9):
            together(*(lambda number=reservation_id: pay.authorize(reservation_id=number) for _ in range(2)))

        assert pay.acts() == ["authorize"] * 8
        assert pay.told() == ["PaymentAuthorized"] * 8

    def test_refused_by_the_bank_ends_the_step_with_its_reason(self, pay):
        pay.bank.decline = "insufficient_funds"

        with pytest.raises(StepRefused, match="insufficient_funds"):
            pay.authorize()

        assert (pay.payment().status, pay.payment().reason) == ("failed", "insufficient_funds")
        assert [body["reason"] for body in pay.bodies("PaymentFailed")] == ["insufficient_funds"]

    def test_refused_once_is_refused_for_good(self, pay):
        pay.bank.decline = "insufficient_funds"
        with pytest.raises(StepRefused):
            pay.authorize()
        pay.bank.decline = None

        with pytest.raises(StepRefused, match="insufficient_funds"):
            pay.authorize()

        assert pay.acts() == ["decline"]
        assert pay.told() == ["PaymentFailed"]

    def test_without_an_answer_is_asked_again_with_the_same_key(self, pay):
        pay.bank.silent = 1
        with pytest.raises(ProviderTrouble):
            pay.authorize()
        assert pay.payment().status == "pending"

        assert pay.authorize()["status"] == "authorized"

        assert pay.acts() == ["authorize"]

    def test_without_an_answer_is_found_out_by_the_sweep(self, pay):
        pay.bank.silent = 1
        with pytest.raises(ProviderTrouble):
            pay.authorize()

        pay.sweep()

        assert (pay.payment().status, pay.acts(), pay.told()) == ("authorized", ["authorize"], ["PaymentAuthorized"])

    def test_by_invoice_stays_open_until_it_is_paid(self, pay):
        answer = pay.authorize(payment_method={"kind": "crypto"})
        assert (answer["status"], pay.told()) == ("open", [])
        pay.sweep()
        assert pay.payment().status == "open"

        pay.bank.paid.add(pay.payment().provider_ref)
        pay.sweep()

        assert (pay.payment().status, pay.told()) == ("authorized", ["PaymentAuthorized"])


class TestSeveralAtOnce:
    def test_are_begun_together_each_once_and_each_as_its_reservation_stands(self, pay):
        pay.hear(a_failed(reservation_id=2, reason="timeout"))
        pay.authorize(reservation_id=3)
        commands = [an_authorize_command(reservation_id=number) for number in (4, 2, 3, 1, 4)]

        begun = pay.database.write(authorizing.begin, commands)

        assert [(payment.reservation_id, payment.status) for payment in begun] == [
            *((4, "pending"), (2, "voided"), (3, "authorized"), (1, "pending"), (4, "pending")),
        ]
        assert len({payment.auth_id for payment in pay.payments()}) == 4

    def test_are_told_what_the_bank_said_of_each(self, pay):
        commands = [an_authorize_command(reservation_id=number) for number in (3, 1, 2)]
        three, one, two = pay.database.write(authorizing.begin, commands)
        taken, refused = Answer(outcome="authorized", provider_ref="a"), Answer(outcome="declined", reason="no_money")

        noted = pay.database.write(
            authorizing.note_answers, [(three, taken), (one, refused), (two, taken), (one, taken)]
        )

        assert [payment.status for payment in noted] == ["authorized", "failed", "authorized", "failed"]
        assert pay.told() == ["PaymentAuthorized", "PaymentFailed", "PaymentAuthorized"]

    def test_are_carried_out_by_threads_as_by_one(self, pay):
        asked = [lambda number=number: pay.authorize(reservation_id=number) for number in range(1, 21)]

        answers = together(*asked)

        assert [answer["status"] for answer in answers] == ["authorized"] * 20
        assert {answer["authId"] for answer in answers} == {payment.auth_id for payment in pay.payments()}


class TestAReservationThatIsOver:
    def test_when_its_payment_is_asked_for_is_not_paid(self, pay):
        pay.hear(a_failed(reason="timeout"))

        with pytest.raises(StepRefused, match="timeout"):
            pay.authorize()

        assert (pay.acts(), pay.payment().status) == ([], "voided")

    def test_while_the_bank_is_asked_gets_its_money_back(self, pay):
        pay.bank.meanwhile = lambda: pay.hear(a_failed(reason="timeout"))

        with pytest.raises(StepRefused, match="timeout"):
            pay.authorize()
        pay.sweep()

        assert (pay.payment().status, pay.acts()) == ("voided", ["authorize", "void"])
        assert pay.told() == ["PaymentVoided"]

    def test_since_somebody_looked_gets_its_money_back(self, pay, monkeypatch):
        write = authorizing._insert_those_new

        def fail_and_write(session, wanted, **values):
            pay.hear(a_failed(reason="timeout"))  # there is no payment yet that it could void
            return write(session, wanted, **values)

        monkeypatch.setattr(authorizing, "_insert_those_new", fail_and_write)
        with pytest.raises(StepRefused, match="timeout"):
            pay.authorize()
        pay.sweep()

        assert (pay.payment().status, pay.acts()) == ("voided", ["authorize", "void"])

    def test_while_the_bank_did_not_answer_gets_its_money_back(self, pay):
        pay.bank.silent = 1
        with pytest.raises(ProviderTrouble):
            pay.authorize()
        pay.hear(a_failed(reason="timeout"))

        pay.sweep()

        assert (pay.payment().status, pay.acts()) == ("voided", ["authorize", "void"])
        assert "PaymentAuthorized" not in pay.told()

    def test_after_it_was_paid_gets_its_money_back(self, pay):
        pay.authorize()
        pay.hear(a_failed(reason="timeout"))

        pay.sweep()

        assert (pay.payment().status, pay.acts()) == ("voided", ["authorize", "void"])

    def test_and_whose_payment_was_voided_in_advance_is_not_paid(self, pay):
        pay.void(reason="payment_failed")

        with pytest.raises(StepRefused, match="payment_failed"):
            pay.authorize()

        assert (pay.acts(), pay.told()) == ([], [])

    def test_by_any_order_of_command_undo_and_news_keeps_nothing(self, pay):
        orders = [
            ("authorize", "void", "failed"),
            ("authorize", "failed", "void"),
            ("void", "authorize", "failed"),
            ("void", "failed", "authorize"),
            ("failed", "authorize", "void"),
            ("failed", "void", "authorize"),
        ]
        for reservation_id, order in enumerate(orders, start=1):
            acts = {
                "authorize": lambda number=reservation_id: pay.authorize(reservation_id=number),
                "void": lambda number=reservation_id: pay.void(reservation_id=number),
                "failed": lambda number=reservation_id: pay.hear(a_failed(reservation_id=number)),
            }
            for name in order:
                try:
                    acts[name]()
                except StepRefused:
                    continue
        pay.sweep()

        assert {payment.status for payment in pay.payments()} == {"voided"}
        assert pay.acts().count("authorize") == pay.acts().count("void") == 2

    def test_at_the_very_moment_it_is_paid_keeps_nothing(self, pay):
        def authorize(number):
            try:
                pay.authorize(reservation_id=number)
            except StepRefused:
                return "refused"
            return "authorized"

        for number in range(1, 16):
            together(
                lambda number=number: authorize(number),
                lambda number=number: pay.hear(a_failed(reservation_id=number)),
                lambda number=number: pay.void(reservation_id=number),
            )
        pay.sweep()

        assert {payment.status for payment in pay.payments()} == {"voided"}
        assert pay.acts().count("authorize") == pay.acts().count("void")


class TestNewsInAnyOrder:
    def test_confirmed_before_initiated_is_known_as_confirmed_with_its_price(self, pay):
        pay.hear(a_confirmed())
        pay.hear(an_initiated())

        assert self.payable(pay) == ("confirmed", 45000, "K7Q2ZD")

    def test_failed_before_initiated_is_known_as_failed(self, pay):
        pay.hear(a_failed())
        pay.hear(an_initiated())

        assert self.payable(pay) == ("failed", 45000, "K7Q2ZD")

    @pytest.mark.parametrize("end", [a_failed, a_confirmed])
    def test_told_at_the_same_moment_is_known_by_its_end(self, pay, end):
        for number in range(1, 21):
            together(
                lambda number=number: pay.hear(an_initiated(reservation_id=number, locator=f"K7Q2{number:02}")),
                lambda number=number: pay.hear(end(reservation_id=number)),
            )

        for number in range(1, 21):
            state, amount, _ = self.payable(pay, number)
            assert (state, amount) == ("failed" if end is a_failed else "confirmed", 45000)

    def payable(self, pay, number=12345):
        known = pay.database.read(lambda session: session.get(Payable, number))
        return known.state, known.amount_minor, known.locator


class TestTheSandboxBank:
    @pytest.fixture
    def sandbox(self, tmp_path):
        settings = BankSettings(database=tmp_path / "bank.db", slow_seconds=0.5, timeout_seconds=1.5)
        with serving(settings) as url:
            bank = Bank(base_url=url, timeout_seconds=0.3, attempts=1)
            yield bank
            bank.close()

    @pytest.mark.parametrize("token", ["tok_timeout_after_success", "tok_error_after_success", "tok_slow"])
    def test_that_goes_silent_after_success_sets_the_money_aside_once(self, pay, sandbox, token):
        command = an_authorize_command(payment_method={"kind": "card", "token": token})
        with pytest.raises(ProviderTrouble):
            authorizing.authorize(pay.database, sandbox, command)
        assert pay.payment().status == "pending"

        answer = self.ask_until_answered(pay, sandbox, command)

        assert (answer["status"], pay.told()) == ("authorized", ["PaymentAuthorized"])
        assert [found.outcome for found in sandbox.find(reference=answer["authId"])] == ["authorized"]

    def ask_until_answered(self, pay, sandbox, command):
        for _ in range(20):
            try:
                return authorizing.authorize(pay.database, sandbox, command)
            except ProviderTrouble:
                threading.Event().wait(0.2)
        raise AssertionError("the bank never answered")

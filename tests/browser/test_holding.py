"""Seats that are held without paying, with the time that is left."""

import re
from contextlib import suppress

import pytest
from playwright.sync_api import TimeoutError, expect

from tests.browser.phones import overflow_on_a_phone
from tests.browser.traveller import SOON, two_free
from tests.stack import read


class TestAHold:
    def test_counts_down_and_is_paid(self, ada, stack):
        # A hold of the tests lasts eight seconds, and a machine may be slower than that: then with another one.
        for _ in range(5):
            departure, (seat, _) = two_free(stack)
            ada.reach_payment(departure, seat)
            ada.hold()
            if pays_in_time(ada, seat):
                break

        ada.reads("You are booked")

    def test_ends_by_itself_before_the_travellers_eyes(self, ada, stack):
        departure, (seat, _) = two_free(stack)
        ada.reach_payment(departure, seat)
        ada.hold()

        ada.reads("The time to pay ran out")

        expect(ada.page.locator("#status")).to_contain_text("nothing is charged")
        assert stack.seat(departure["departureId"], seat)["state"] == "free"
        expect(ada.page.locator("[data-announce]")).to_have_text("The time to pay ran out")

    def test_can_be_given_up(self, ada, stack):
        departure, (seat, _) = two_free(stack)
        ada.reach_payment(departure, seat)
        ada.hold()

        ada.page.get_by_role("link", name="Give it up").click()
        ada.page.get_by_role("button", name="Give it up").click()

        expect(ada.page.locator(".steps .undone")).to_contain_text(f"seat {seat} back")
        assert stack.seat(departure["departureId"], seat)["state"] == "free"


class TestCrypto:
    def test_shows_where_to_pay_and_is_booked_when_somebody_has(self, ada, stack):
        invoice = owes_crypto(ada, stack)
        expect(ada.page.locator("code.address")).to_be_visible()
        assert overflow_on_a_phone(ada.page) <= 0

        paid = stack.ask("POST", "bank", f"/invoices/{invoice}/pay", headers={"Idempotency-Key": invoice})

        assert paid.status_code == 200
        ada.reads("You are booked")

    def test_is_paid_as_the_sandboxs_customer_by_a_press(self, ada, stack):
        # As with a hold: where the machine was slower than the time there was to pay, with another one.
        for _ in range(5):
            owes_crypto(ada, stack)
            with suppress(TimeoutError):
                payer(ada).click(timeout=5000)
            expect(ended(ada)).to_be_visible(timeout=SOON)
            if ended(ada).inner_text() == "You are booked":
                break

        ada.reads("You are booked")

    def test_of_somebody_elses_trip_cannot_be_paid_from_ones_own(self, ada, bob, stack):
        theirs = owes_crypto(bob, stack)
        owes_crypto(ada, stack)
        own = f"/trips/{ada.locator}"
        ada.page.goto("/find")
        form = {"csrf": ada.page.locator("[name=csrf]").first.input_value()}

        answer = ada.page.request.post(f"{own}/invoices/{theirs}/pay", form=form)

        assert "This invoice is not open any more" in answer.text()
        assert read(stack.ask("GET", "bank", f"/invoices/{theirs}"))["status"] not in {"authorized", "captured"}


def owes_crypto(traveller, stack):
    """Book and choose to pay with crypto; return the name of the invoice, which is open."""
    for _ in range(5):
        departure, (seat, _) = two_free(stack)
        traveller.reach_payment(departure, seat)
        traveller.choose_to_pay("Crypto")
        traveller.page.get_by_role("button", name="Book and pay").click()
        expect(payer(traveller).or_(ended(traveller))).to_be_visible(timeout=SOON)
        found = re.findall(r"/invoices/(\w+)/pay", traveller.page.locator("#status").inner_text())
        if found:
            return found[0]
    pytest.fail("No invoice was shown in time to be paid, five times.")


def payer(traveller):
    return traveller.page.get_by_role("button", name="Pay it as the sandbox's customer")


def ended(traveller):
    """The headline of a trip that is booked, or is not any more."""
    return traveller.page.locator("#status.good h1, #status.bad h1")


def pays_in_time(ada, seat):
    """Whether a hold was paid before its time was up."""
    held = ada.page.locator("#status h1", has_text=f"We are holding seat {seat} for you")
    expect(held.or_(ended(ada))).to_be_visible(timeout=SOON)
    if not held.is_visible():
        return False
    expect(ada.page.locator("[data-until]").or_(ended(ada)).first).to_have_text(re.compile(r"^0:0[0-8]$|ran out"))
    with suppress(TimeoutError):
        ada.page.get_by_role("link", name="Pay $").click(timeout=5000)
        ada.page.get_by_role("button", name="Pay $").click(timeout=5000)
    expect(ended(ada)).to_be_visible(timeout=SOON)
    return ended(ada).inner_text() == "You are booked"

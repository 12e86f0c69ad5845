"""A trip afterwards: cancelled, found again, kept from strangers, and through a lost connection."""

import re

from playwright.sync_api import expect

from tests.browser.hearing import only_by_news
from tests.browser.traveller import two_free
from tests.stack import read


class TestCancelling:
    def test_shows_what_comes_back_first_and_gives_exactly_that_back(self, ada, stack):
        departure, (seat, _) = two_free(stack)
        ada.reach_payment(departure, seat)
        ada.pay_by_card()
        ada.reads("You are booked")
        expect(ada.page.locator(".steps")).to_contain_text("Took", timeout=60_000)

        ada.page.get_by_role("link", name="Cancel this trip").click()
        promised = ada.page.get_by_role("button", name=re.compile(r"Cancel and get \$")).inner_text()
        ada.page.get_by_role("button", name=re.compile(r"Cancel and get \$")).click()

        ada.reads("This trip is cancelled")
        (amount,) = re.findall(r"\$[\d.,]+", promised)
        expect(ada.page.locator(".steps")).to_contain_text(f"Gave {amount} back", timeout=60_000)
        assert stack.seat(departure["departureId"], seat)["state"] == "free"


class TestALostConnection:
    def test_is_told_and_what_was_begun_is_shown_when_it_is_back(self, ada, stack):
        departure, (seat, _) = two_free(stack)
        ada.reach_payment(departure, seat)
        ada.pay_by_card("tok_slow")
        ada.cut_off = True
        ada.page.context.set_offline(True)
        expect(ada.page.locator("[data-offline]")).to_be_visible()
        stack.wait(lambda: ada.reservation()["status"] == "confirmed", what="the booking to go on", seconds=60)

        ada.page.context.set_offline(False)

        ada.reads("You are booked")
        expect(ada.page.locator("[data-offline]")).to_be_hidden()

    def test_to_the_stream_alone_is_not_noticed(self, ada, stack):
        ada.cut_off = True
        ada.page.route("**/events", lambda route: route.abort())
        departure, (seat, _) = two_free(stack)
        ada.reach_payment(departure, seat)

        ada.pay_by_card("tok_slow")

        ada.reads("You are booked")


class TestNews:
    def test_of_the_stream_are_shown_at_once(self, ada, stack):
        only_by_news(ada.page, re.compile(r"/trips/[A-Z2-9]{6}(/status)?$"))
        departure, (seat, _) = two_free(stack)
        ada.reach_payment(departure, seat)

        ada.pay_by_card("tok_slow")

        ada.reads("You are booked")


class TestAStranger:
    def test_at_somebody_elses_address_reads_nothing(self, ada, bob, stack):
        departure, (seat, _) = two_free(stack)
        ada.reach_payment(departure, seat)
        ada.pay_by_card()
        ada.reads("You are booked")

        for path in ("", "/pay", "/cancel", "/calendar.ics", "/events"):
            answer = bob.page.goto(f"{ada.page.url}{path}")

            assert answer.status == 404, path
            assert "Lovelace" not in bob.page.content()
        bob.page.goto(ada.page.url)
        existing = bob.page.locator("main").inner_text()
        bob.page.goto(re.sub(r"[A-Z2-9]{6}$", "ZZZZZZ", ada.page.url))
        assert bob.page.locator("main").inner_text() == existing

    def test_opens_it_with_the_name_and_the_code_that_was_mailed(self, ada, bob, stack):
        departure, (seat, _) = two_free(stack)
        ada.choose(departure)
        ada.tell_names("Grace Hopper", email="grace.hopper@example.org")
        ada.pick(seat)
        ada.go_on()
        ada.pay_by_card()
        ada.reads("You are booked")

        bob.page.goto("/find")
        bob.page.get_by_label("Locator").fill(ada.locator)
        bob.page.get_by_label("Last name").fill("hopper")
        bob.page.get_by_role("button", name="Mail me a code").click()
        bob.page.get_by_label("Code", exact=True).fill(code_mailed_to(stack, "grace.hopper@example.org"))
        bob.page.get_by_role("button", name="Open my trip").click()

        expect(bob.page.locator("#status h1")).to_have_text("You are booked")
        bob.page.goto("/trips")
        expect(bob.page.get_by_role("link", name=ada.locator)).to_be_visible()


class TestAnAccount:
    def test_has_the_trips_that_were_booked_with_it_in_every_browser(self, ada, bob, stack):
        address, password = "emmy.noether@example.org", "a noetherian ring"
        ada.page.goto("/register")
        ada.page.get_by_label("E-mail address").fill(address)
        ada.page.get_by_label("Password").fill(password)
        ada.page.get_by_role("button", name="Register").click()
        expect(ada.page.get_by_text("Welcome.")).to_be_visible()
        departure, (seat, _) = two_free(stack)
        ada.reach_payment(departure, seat)
        ada.pay_by_card()
        ada.reads("You are booked")

        bob.page.goto("/login?next=/trips")
        bob.page.get_by_label("E-mail address").fill(address)
        bob.page.get_by_label("Password").fill(password)
        bob.page.get_by_role("button", name="Log in").click()

        bob.page.get_by_role("link", name=ada.locator).click()
        expect(bob.page.locator("#status h1")).to_have_text("You are booked")
        bob.page.goto("/account")
        bob.page.get_by_role("button", name="Log out", exact=True).click()
        bob.page.goto(ada.page.url)
        expect(bob.page.get_by_role("heading", level=1)).to_have_text("This trip is not open here")


def code_mailed_to(stack, address):
    def look():
        for mail in read(stack.ask("GET", "mailbox", "/mails", params={"to": address})):
            text = read(stack.ask("GET", "mailbox", f"/mails/{mail['id']}"))["text"]
            if found := re.search(r"code is (\d{6})", text):
                return found[1]
        return None

    return stack.wait(look, what=f"a code in the mailbox of {address}", seconds=60)

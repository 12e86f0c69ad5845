"""Other ways to use the pages: by keyboard alone, without scripts, by a screen reader's rules."""

import re

import pytest
from playwright.sync_api import Response, expect

from tests.browser.operator import Operator
from tests.browser.rules import findings, html_errors, look
from tests.browser.traveller import SOON, Traveller, two_free


class TestByKeyboardAlone:
    def test_somebody_books(self, ada, stack):
        departure, (seat, _) = two_free(stack)
        page, keys = ada.page, ada.page.keyboard
        page.goto("/")
        keys.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        page.locator("#from").focus()
        keys.type(departure["origin"])
        expect(page.get_by_role("option").first).to_be_visible()
        keys.press("Enter")
        expect(page.locator("#from")).to_have_value(re.compile(rf"\({departure['origin']}\)"))
        page.locator("#to").focus()
        keys.type(departure["destination"])
        expect(page.get_by_role("option").first).to_be_visible()
        keys.press("Enter")
        page.locator("#date").fill(departure["departsLocal"][:10])
        page.get_by_role("button", name="Search flights").focus()
        keys.press("Enter")
        page.get_by_role("link", name="Earliest").focus()
        keys.press("Enter")
        expect(page.get_by_role("link", name="Earliest")).to_have_attribute("aria-current", "true")
        page.locator(f"[data-departures='{departure['departureId']}']").get_by_role("button", name="Basic").focus()
        keys.press("Enter")
        for field, value in (("#first-1", "Ada"), ("#last-1", "Lovelace"), ("#email", "ada@example.org")):
            page.locator(field).focus()
            keys.type(value)
        keys.press("Enter")
        ada.seat(seat).focus()
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            keys.press("Enter")
        expect(page.locator("[data-announce]")).to_have_text(f"{seat} for Ada Lovelace")
        page.locator("[data-go-on]").focus()
        keys.press("Enter")
        expect(page).to_have_url(re.compile("/pay$"))
        page.locator("#token").focus()
        keys.press("Enter")

        ada.reads("You are booked")


class TestWithoutScripts:
    def test_somebody_books(self, window, stack):
        page = window(java_script_enabled=False).new_page()
        ada = Traveller(page, stack)
        departure, (seat, _) = two_free(stack)
        ada.choose(departure)
        ada.tell_names("Ada Lovelace")
        ada.seat(seat).click()
        expect(ada.seat(seat)).to_have_attribute("aria-pressed", "true")
        ada.go_on()
        ada.pay_by_card()

        ada.reads("You are booked")


PAGES = (
    "/",
    "/search?from=nowhere",
    "/trips",
    "/find",
    "/find/K7Q2ZD",
    "/login",
    "/register",
    "/trips/K7Q2ZD",
    "/none",
)


class TestAxe:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_finds_nothing_on_the_pages_that_stand_alone(self, window, scheme):
        page = window(color_scheme=scheme, reduced_motion="reduce").new_page()
        for path in PAGES:
            page.goto(path)
            assert findings(page) == [], path

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_finds_nothing_on_the_way_to_a_ticket_and_back(self, window, stack, scheme):
        page = window(color_scheme=scheme, reduced_motion="reduce").new_page()
        ada = Traveller(page, stack)
        departure, seats = two_free(stack)
        ada.search(departure, passengers=2)
        look(page, "results")
        page.locator(f"[data-departures='{departure['departureId']}']").get_by_role("button", name="Standard").click()
        expect(page.locator("#first-1")).to_be_visible()
        look(page, "passengers")
        page.get_by_role("button", name="Choose").click()
        expect(page.locator("[role=alert]")).to_be_visible()
        look(page, "passengers with problems")
        ada.tell_names("Ada Lovelace", "Charles Babbage")
        ada.pick(seats[0])
        look(page, "seats")
        ada.pick(seats[1])
        ada.go_on()
        for way in ("Split", "Wallet", "Pay later", "Card"):
            ada.choose_to_pay(way)
            look(page, way)
        ada.pay_by_card("tok_slow")
        look(page, "in progress")
        ada.reads("You are booked")
        look(page, "booked")
        page.get_by_role("link", name="Cancel this trip").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Cancel this trip?")
        look(page, "cancel")
        page.locator("button.danger").click()
        ada.reads("This trip is cancelled")
        look(page, "cancelled")
        page.goto("/trips")
        look(page, "my trips")

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_finds_nothing_on_a_trip_that_waits_or_that_failed_nor_on_an_account(self, window, stack, scheme):
        page = window(color_scheme=scheme, reduced_motion="reduce").new_page()
        ada = Traveller(page, stack)
        departure, seats = two_free(stack)
        ada.reach_payment(departure, seats[0])
        ada.pay_by_card("tok_insufficient_funds")
        ada.reads("The payment did not go through")
        look(page, "declined")
        ada.reach_payment(departure, seats[0])
        ada.choose_to_pay("Crypto")
        page.get_by_role("button", name="Book and pay").click()
        # Its time runs out while axe looks, if the machine is slow: that is a page of these, too.
        expect(page.locator("#status .chip")).to_have_text(re.compile("Held|Not booked"), timeout=SOON)
        look(page, "an open invoice")
        ada.reach_payment(departure, seats[1])
        ada.hold()
        look(page, "a hold")
        page.goto(f"{page.url}/pay")
        look(page, "paying for a hold")
        olga = Operator(page, stack)
        olga.log_in(role="traveller", to="/account")
        look(page, "account")


class TestThePages:
    def test_are_valid_html(self, ada, stack):
        departure, (seat, _) = two_free(stack)
        pages: dict[str, str] = {}

        def keep(route):
            answer = route.fetch(max_redirects=0)
            if answer.headers.get("content-type", "").startswith("text/html") and answer.status != 303:
                pages[route.request.url] = answer.text()
            route.fulfill(response=answer)

        ada.page.route(re.compile(r"^(?!.*(/static/|/events)).*$"), keep)
        ada.reach_payment(departure, seat)
        ada.pay_by_card()
        ada.reads("You are booked")
        for path in PAGES:
            ada.page.goto(path)

        assert len(pages) > len(PAGES)
        for address, text in pages.items():
            assert html_errors(text) == [], address

    def test_begin_with_less_than_100_kb_and_ask_no_other_host(self, window, door):
        page = window().new_page()
        answers: list[Response] = []

        def heard(answer: Response) -> None:
            answers.append(answer)

        page.on("response", heard)

        page.goto("/", wait_until="networkidle")

        # Asked afterwards: the size of an answer waits for its end, and nobody would wait for that inside the event.
        assert 0 < sum(answer.request.sizes()["responseBodySize"] for answer in answers) < 100_000
        assert all(answer.url.startswith(door) for answer in answers)

"""Looking for a flight: airports by code, city or name, the prices of other days, and pages that do not jump."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.traveller import SOON, two_free

# What the browser calls a good page: https://web.dev/articles/cls
GOOD_SHIFT = 0.1
_NOTE_SHIFTS = """
    window.shifted = 0;
    new PerformanceObserver((seen) => {
        for (const each of seen.getEntries()) if (!each.hadRecentInput) window.shifted += each.value;
    }).observe({ type: "layout-shift", buffered: true });
"""


class TestAnAirport:
    @pytest.mark.parametrize("typed", ["jfk", "new yo", "kennedy"], ids=["code", "city", "name"])
    def test_is_found_by_its(self, ada, typed):
        ada.page.goto("/")

        ada.page.locator("#from").press_sequentially(typed)
        ada.page.get_by_role("option", name=re.compile("JFK")).click()

        expect(ada.page.locator("#from")).to_have_value("New York (JFK)")

    def test_that_is_none_is_said_to_be_none(self, ada):
        ada.page.goto("/")

        ada.page.locator("#from").press_sequentially("qqq")

        expect(ada.page.get_by_text("No airport begins like this.")).to_be_visible()


class TestThePriceStrip:
    def test_tells_the_cheapest_price_of_other_days_and_leads_to_them(self, ada, stack):
        departure, _ = two_free(stack)
        ada.search(departure)
        strip = ada.page.locator("#strip a")
        expect(strip).to_have_count(7)
        today = ada.page.locator("#strip a[aria-current]")
        expect(today).to_contain_text(re.compile(r"\$\d+"), timeout=SOON)

        day = strip.filter(has_text=re.compile(r"\$\d+")).and_(ada.page.locator("a:not([aria-current])")).first
        words = day.locator("span").inner_text()
        day.click()

        expect(today.locator("span")).to_have_text(words)
        expect(ada.page.locator(".journey").first).to_be_visible()


class TestThePages:
    def test_do_not_jump_while_they_fill(self, ada, stack):
        page, seen = ada.page, {}
        page.add_init_script(_NOTE_SHIFTS)
        departure, (seat, _) = two_free(stack)

        def note(name):
            seen[name] = page.evaluate("window.shifted")

        page.goto("/", wait_until="networkidle")
        note("search")
        ada.search(departure)
        expect(page.locator("#strip b").first).not_to_have_class("waiting", timeout=SOON)
        note("results")
        page.locator(f"[data-departures='{departure['departureId']}']").get_by_role("button", name="Standard").click()
        expect(page.locator("#first-1")).to_be_visible()
        note("passengers")
        ada.tell_names("Ada Lovelace")
        ada.pick(seat)
        note("seats")
        ada.go_on()
        expect(page).to_have_url(re.compile("/pay$"))
        note("pay")
        ada.pay_by_card("tok_slow")
        ada.reads("You are booked")
        expect(page.locator(".steps")).to_contain_text("Took", timeout=SOON)
        note("trip")

        assert {name: shift for name, shift in seen.items() if shift > GOOD_SHIFT} == {}

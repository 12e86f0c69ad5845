"""The seat map while others choose, too."""

import re

from playwright.sync_api import expect

from tests.browser.traveller import two_free
from tests.stack import read


class TestASeat:
    def test_that_somebody_else_takes_is_shown_taken_at_once(self, ada, stack):
        departure, seats = two_free(stack)
        ada.choose(departure)
        ada.tell_names("Ada Lovelace")
        expect(ada.seat(seats[0])).to_have_class(re.compile(r"\bfree\b"))

        stack.book(departures=[{"departureId": departure["departureId"], "seats": [seats[0]]}])

        expect(ada.seat(seats[0])).to_have_class(re.compile(r"\b(held|taken)\b"), timeout=30_000)
        expect(ada.seat(seats[0])).to_have_attribute("aria-label", re.compile(r"(held by somebody|taken)$"))

    def test_that_was_chosen_and_is_taken_meanwhile_is_given_back_with_a_word(self, ada, stack):
        departure, seats = two_free(stack)
        ada.choose(departure)
        ada.tell_names("Ada Lovelace")
        ada.pick(seats[0])

        stack.book(departures=[{"departureId": departure["departureId"], "seats": [seats[0]]}])

        expect(ada.page.locator("[data-trouble]")).to_contain_text(
            f"Somebody was quicker: {seats[0]} has just been taken", timeout=30_000
        )
        ada.pick(seats[1])
        ada.go_on()
        expect(ada.page).to_have_url(re.compile("/pay$"))

    def test_that_is_taken_while_somebody_pays_is_refused_with_free_ones_like_it(self, ada, stack):
        departure, seats = two_free(stack)
        ada.reach_payment(departure, seats[0])
        stack.book(departures=[{"departureId": departure["departureId"], "seats": [seats[0]]}])

        ada.page.get_by_role("button", name="Book and pay").click()

        expect(ada.page.get_by_text(f"Somebody was quicker: seat {seats[0]}")).to_be_visible()
        expect(ada.page.get_by_text("Nothing was charged")).to_be_visible()
        alike = ada.page.locator("button.seat.like")
        expect(alike.first).to_be_visible()
        alike.first.click()
        ada.go_on()
        ada.pay_by_card()
        ada.reads("You are booked")

    def test_is_reached_by_arrows_and_read_out_with_its_price(self, ada, stack):
        departure, _ = two_free(stack)
        ada.choose(departure)
        ada.tell_names("Ada Lovelace")
        first = ada.page.locator("button.seat[tabindex='0']")
        number = first.get_attribute("value") or ""
        first.focus()

        ada.page.keyboard.press("ArrowDown")

        focused = ada.page.locator("button.seat:focus").get_attribute("value") or ""
        assert focused[-1] == number[-1]
        assert int(focused[:-1]) > int(number[:-1])
        label = ada.page.locator("button.seat:focus").get_attribute("aria-label") or ""
        assert re.fullmatch(rf"{focused}, (window|middle|aisle)(, exit row)?, (included|plus \$\d+), free", label)

    def test_beside_an_exit_costs_more_and_is_in_the_sum(self, ada, stack):
        departure = stack.departure()
        shown = read(stack.ask("GET", "booking", f"/departures/{departure['departureId']}/seats"))
        economy = next(cabin for cabin in shown["cabins"] if cabin["name"] == "economy")
        beside = next(row["seats"][0]["number"] for row in economy["rows"] if row["exitRow"])

        ada.reach_payment(departure, beside)

        expect(ada.page.locator(".sums")).to_contain_text("$25.00")
        ada.pay_by_card()
        ada.reads("You are booked")

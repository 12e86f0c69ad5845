"""From the search to the ticket, in a browser."""

import json
import re

from playwright.sync_api import expect

from tests.browser.traveller import Traveller, two_free


class TestATraveller:
    def test_books_and_pays(self, ada, stack):
        departure, (seat, _) = two_free(stack)
        ada.reach_payment(departure, seat)

        ada.pay_by_card()

        ada.reads("You are booked")
        expect(ada.page.locator(".ticket")).to_contain_text("Ada Lovelace")
        expect(ada.page.locator(".steps")).to_contain_text("Took", timeout=60_000)
        assert ada.steps()[0] == f"Held seat {seat} for you"
        assert ada.reservation()["status"] == "confirmed"
        assert ada.reservation()["seats"][0]["family"] == "standard"

    def test_sees_times_in_their_own_zone_with_utc_one_hover_away(self, ada, stack):
        departure, (seat, _) = two_free(stack)
        ada.reach_payment(departure, seat)
        ada.pay_by_card()
        ada.reads("You are booked")

        moment = ada.page.locator(".steps time").first

        assert re.fullmatch(r".* UTC", moment.get_attribute("title") or "")
        assert "UTC" not in moment.inner_text()

    def test_takes_the_flights_along_as_a_calendar_file(self, ada, stack):
        departure, (seat, _) = two_free(stack)
        ada.reach_payment(departure, seat)
        ada.pay_by_card()
        ada.reads("You are booked")

        with ada.page.expect_download() as download:
            ada.page.get_by_role("link", name="Add to calendar").click()

        text = download.value.path().read_text()
        assert f"UID:{ada.locator}-{departure['departureId']}@aerosaga.example" in text
        assert "STATUS:CONFIRMED" in text

    def test_reads_why_a_card_was_declined_and_what_was_undone(self, ada, stack):
        departure, (seat, _) = two_free(stack)
        ada.reach_payment(departure, seat)

        ada.pay_by_card("tok_insufficient_funds")

        ada.reads("The payment did not go through")
        expect(ada.page.locator("#status")).to_contain_text("there was not enough money on the card")
        expect(ada.page.locator("#status")).to_contain_text("nothing is charged")
        assert ada.steps()[-1] == f"Gave seat {seat} back"
        expect(ada.page.locator(".steps .undone .facts")).to_contain_text(ada.locator)
        assert stack.seat(departure["departureId"], seat)["state"] == "free"

    def test_splits_the_price_between_two_cards(self, ada, stack):
        departure, seats = two_free(stack)
        ada.reach_payment(departure, *seats)

        split(ada, "tok_visa", "tok_mastercard")

        ada.reads("You are booked")
        assert len(ada.reservation()["payments"]) == 2

    def test_sees_the_first_part_let_go_when_the_second_is_declined(self, ada, stack):
        departure, seats = two_free(stack)
        ada.reach_payment(departure, *seats)

        split(ada, "tok_visa", "tok_declined_slow")

        ada.reads("The payment did not go through")
        let_go = ada.page.locator(".steps .undone", has_text="Let go of $100.00")
        expect(let_go).to_be_visible(timeout=60_000)
        expect(let_go).to_contain_text(re.compile(r"pa_\w+"))


class TestOneBooking:
    def test_is_what_a_double_click_makes(self, ada, stack):
        departure, (seat, _) = two_free(stack)
        ada.reach_payment(departure, seat)
        before = bookings(stack)

        ada.page.get_by_role("button", name="Book and pay").dblclick()

        ada.reads("You are booked")
        assert bookings(stack) == before + 1

    def test_is_what_two_tabs_make(self, ada, stack):
        departure, (seat, _) = two_free(stack)
        ada.reach_payment(departure, seat)
        other = ada.page.context.new_page()
        other.goto(ada.page.url)
        before = bookings(stack)

        ada.pay_by_card()
        other.get_by_role("button", name="Book and pay").click()

        expect(other).to_have_url(ada.page.url)
        assert bookings(stack) == before + 1

    def test_is_still_there_after_reloading_and_going_back(self, ada, stack):
        departure, (seat, _) = two_free(stack)
        ada.reach_payment(departure, seat)
        ada.page.reload()
        ada.page.go_back()
        expect(ada.seat(seat)).to_have_attribute("aria-pressed", "true")
        ada.go_on()
        ada.pay_by_card()
        trip = ada.page.url
        ada.reads("You are booked")

        ada.page.go_back()

        expect(ada.page).to_have_url(trip)

    def test_is_refused_by_a_tab_that_shows_what_was_changed_in_another(self, ada, stack):
        departure, seats = two_free(stack)
        ada.reach_payment(departure, seats[0])
        other = ada.page.context.new_page()
        other.goto(ada.page.url.replace("/pay", "/seats/1"))
        second = Traveller(other, stack)
        second.pick(seats[1])
        second.go_on()
        expect(other).to_have_url(re.compile("/pay$"))

        ada.page.get_by_role("button", name="Book and pay").click()

        expect(ada.page.get_by_text("You have changed this booking in another tab")).to_be_visible()
        expect(ada.page.locator(".bought")).to_contain_text(seats[1])


def split(ada, first, second):
    ada.choose_to_pay("Split")
    ada.page.locator("#first-token").fill(first)
    ada.page.locator("#amount").fill("100")
    ada.page.locator("#second-token").fill(second)
    ada.page.get_by_role("button", name="Book and pay").click()


def bookings(stack):
    answer = stack.ask("GET", "booking", "/reservations?page_size=1", token=stack.operator_token)
    return int(json.loads(answer.headers["X-Pagination"])["total"])

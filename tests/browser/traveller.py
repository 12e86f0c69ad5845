"""A person at the pages: what they look for, press and read, in their own words."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.stack import Json, Stack

#: A saga takes milliseconds; a machine that many share takes its time.
SOON = 60_000


class Traveller:
    """
    One person in one window.

    `wrong` is what the browser's console complained of; where a test cuts the connection, it complains rightly, and
    `cut_off` says so.
    """

    def __init__(self, page: Page, stack: Stack) -> None:
        self.page = page
        self.stack = stack
        self.wrong: list[str] = []
        self.cut_off = False
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", lambda message: self._note(message.type, message.text))

    def search(self, departure: Json, *, passengers: int = 1) -> None:
        """Look for the day of a departure, by the form."""
        self.page.goto("/")
        self.page.get_by_label("From", exact=True).fill(departure["origin"])
        self.page.get_by_label("To", exact=True).fill(departure["destination"])
        self.page.get_by_label("Depart").fill(departure["departsLocal"][:10])
        self.page.get_by_label("Passengers").select_option(str(passengers))
        self.page.get_by_role("button", name="Search flights").click()
        self.page.get_by_role("link", name="Earliest").click()

    def choose(self, departure: Json, *, family: str = "Standard", passengers: int = 1) -> None:
        """Search for a departure and choose it at a fare family."""
        self.search(departure, passengers=passengers)
        journey = self.page.locator(f"[data-departures='{departure['departureId']}']")
        journey.get_by_role("button", name=family).click()

    def tell_names(self, *names: str, email: str = "ada@example.org") -> None:
        """Say who flies, each as `First Last`."""
        for place, name in enumerate(names, start=1):
            first, _, last = name.partition(" ")
            self.page.locator(f"#first-{place}").fill(first)
            self.page.locator(f"#last-{place}").fill(last)
        self.page.get_by_label("E-mail address").fill(email)
        self.page.get_by_role("button", name="Choose").click()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("Choose your seat")

    def seat(self, number: str) -> Locator:
        return self.page.locator(f"#seat-{number}")

    def pick(self, *numbers: str) -> None:
        """Press these seats, one after the other, and wait until the door has kept them."""
        for number in numbers:
            with self.page.expect_response(lambda answer: answer.request.method == "POST"):
                self.seat(number).click()
            expect(self.seat(number)).to_have_attribute("aria-pressed", "true")

    def go_on(self) -> None:
        self.page.locator("[data-go-on]").click()

    def reach_payment(self, departure: Json, *seats: str, family: str = "Standard") -> None:
        """Do everything up to the question how to pay."""
        self.choose(departure, family=family, passengers=len(seats))
        self.tell_names(*["Ada Lovelace", "Charles Babbage", "Mary Somerville"][: len(seats)])
        self.pick(*seats)
        self.go_on()
        expect(self.page).to_have_url(re.compile("/pay$"))

    def choose_to_pay(self, way: str) -> None:
        """Choose one of the ways to pay: Card, Wallet, Crypto, Split or Pay later."""
        self.page.locator("fieldset").get_by_text(way, exact=True).click()

    def pay_by_card(self, token: str = "tok_visa") -> None:
        self.page.get_by_label("Card token").fill(token)
        self.page.get_by_role("button", name="Book and pay").click()
        expect(self.page).to_have_url(re.compile("/trips/[A-Z2-9]{6}$"))

    def hold(self) -> None:
        self.choose_to_pay("Pay later")
        self.page.get_by_role("button", name="Hold without paying").click()
        expect(self.page).to_have_url(re.compile("/trips/[A-Z2-9]{6}$"))

    def reads(self, words: str) -> None:
        """Wait until the trip says this as its headline."""
        expect(self.page.locator("#status h1")).to_have_text(words, timeout=SOON)

    def steps(self) -> list[str]:
        """What the trip says was done, from first to last."""
        return self.page.locator(".steps .words").all_inner_texts()

    @property
    def locator(self) -> str:
        return self.page.url.rpartition("/")[2]

    def reservation(self) -> Json:
        """The trip as booking_svc knows it."""
        return self.stack.operate("GET", "booking", f"/reservations/{self.locator}")

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" and not self.cut_off and "Failed to load resource" not in text:
            self.wrong.append(text)


def two_free(stack: Stack) -> tuple[Json, list[str]]:
    """Return a departure that nobody else uses, and two of its free seats that cost nothing more."""
    departure = stack.departure()
    return departure, _ordinary(stack, departure)[:2]


def _ordinary(stack: Stack, departure: Json) -> list[str]:
    free = stack.free_seats(departure["departureId"])
    prices: dict[str, Any] = {number: stack.seat(departure["departureId"], number)["price"] for number in free[:8]}
    least = min(prices.values())
    return [number for number, price in prices.items() if price == least]

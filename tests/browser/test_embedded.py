"""The pages in the embedded way, where one process is the whole door: a ticket, an operator's look, a later clock."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from common.contracts.subscriptions import SERVICES
from tests.browser.rules import look
from tests.browser.traveller import SOON, two_free
from tests.stack import Stack, running

# Longer than any test takes: a hold that ends here was ended by the clock that an operator moved.
HOLD_SECONDS = 1800
#: What is left of it while a test goes on.
LEFT = re.compile(r"^(1\d|2\d|30):\d\d$")


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole system as `make demo` runs it, on ports and files of its own; it takes the place of the servers'."""
    place = tmp_path_factory.mktemp("embedded")
    with running("embedded", place, hold_seconds=HOLD_SECONDS, failure_switches=True) as stack:
        yield stack


class TestTheEmbeddedWay:
    def test_sells_a_seat_before_the_travellers_eyes_and_shows_an_operator_how(self, ada, olga, stack):
        departure, (seat, _) = two_free(stack)
        ada.reach_payment(departure, seat)
        with ada.page.expect_response(re.compile(r"/trips/\w{6}/events$")) as news:
            ada.pay_by_card("tok_slow")
        assert news.value.headers["content-type"].startswith("text/event-stream")
        ada.reads("You are booked")
        expect(ada.page.locator(".steps")).to_contain_text("Took", timeout=SOON)
        assert ada.steps()[0] == f"Held seat {seat} for you"
        assert stack.seat(departure["departureId"], seat)["state"] == "taken"

        olga.log_in()
        for part in ("Services", "Databases", "Broker", "Beat"):
            gauge = olga.page.locator(".gauge", has=olga.page.get_by_role("heading", name=part, exact=True))
            expect(gauge).to_have_class(re.compile("good"), timeout=SOON)
        olga.seek(ada.locator)

        olga.reads_state("finished")
        story = olga.page.locator("#story")
        expect(story).to_contain_text("Ada Lovelace")
        for happened in ("ReservationInitiated", "authorize payment", "PaymentAuthorized", "ReservationConfirmed"):
            expect(story.locator(".timeline").first).to_contain_text(happened)
        expect(story).to_contain_text("Nothing: all that follows from it is done.", timeout=SOON)

    def test_makes_it_later_for_everybody_and_a_hold_runs_out_before_the_travellers_eyes(self, ada, olga, stack):
        departure, (seat, other) = two_free(stack)
        ada.reach_payment(departure, seat)
        ada.hold()
        ada.reads(f"We are holding seat {seat} for you")
        expect(ada.page.locator("[data-until]")).to_have_text(LEFT)

        olga.log_in(to="/ops/clock")
        look(olga.page, "the clock")
        olga.page.get_by_label("1 hour").check()
        olga.page.get_by_label("Why?").fill("to see a hold run out")
        olga.page.get_by_role("checkbox").check()
        olga.page.get_by_role("button", name="Move the clock").click()

        expect(olga.page.get_by_text("It is 1 h 0 min later now.")).to_be_visible()
        expect(olga.page.locator(".page-head .chip")).to_have_text("1 h 0 min ahead")
        # Nobody's clock is off but by what it was moved.
        expect(olga.page.locator("table .chip.good")).to_have_count(len(SERVICES))
        ada.reads("The time to pay ran out")
        assert stack.seat(departure["departureId"], seat)["state"] == "free"
        olga.page.goto("/ops/audit/log")
        expect(olga.page.locator("tr", has_text="move the clock")).to_contain_text("to see a hold run out")

        # What begins now has its whole time, by the moved clock and in a browser that knows nothing of it.
        ada.reach_payment(departure, other)
        ada.hold()
        expect(ada.page.locator("[data-until]")).to_have_text(LEFT)

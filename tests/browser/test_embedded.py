"""The pages in the embedded way, where one process is the whole door: a walk to a ticket, and an operator's look."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.traveller import SOON, two_free
from tests.stack import Stack, running

HOLD_SECONDS = 60


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

"""The operator's console in a real browser: who gets in, a saga that is stuck and rewound, what is found by what."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from common.failures import HEADER
from tests.browser.hearing import only_by_news
from tests.browser.operator import Operator
from tests.browser.rules import html_errors, look
from tests.browser.traveller import SOON
from tests.stack import Json, Stack, read
from tests.stuck import SWITCH, let_go, wait_until_stuck

MARKUP = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module", autouse=True)
def sticking(stack: Stack) -> Iterator[dict[str, Json]]:
    """What gets stuck while other tests go on: one to be looked at, and one for each test that ends its own."""
    markup = {"passengers": [{"firstName": MARKUP, "lastName": "Lovelace"}]}
    reservations = {
        "of somebody with markup in their name": struck(stack, **markup),
        **{name: struck(stack) for name in ("sent again", "sent again and heard of", "rewound")},
    }
    yield reservations
    let_go(stack, *reservations.values())


@pytest.fixture(scope="module")
def stuck_one(stack, sticking):
    """A saga that is stuck, of somebody with markup in their name."""
    wait_until_stuck(stack, sticking["of somebody with markup in their name"])
    return sticking["of somebody with markup in their name"]


class TestTheDoor:
    @pytest.mark.parametrize("role", ["traveller", "agent"])
    def test_is_closed_to(self, olga, role):
        olga.log_in(role=role, to="/ops/sagas")

        expect(olga.page.get_by_text("The console is for operators")).to_be_visible()
        assert olga.page.get_by_role("link", name="Console").count() == 0

    def test_leads_a_stranger_to_log_in_and_back(self, olga):
        olga.log_in_by_form(to="/ops/sagas?state=stuck")

        expect(olga.page).to_have_url(re.compile(r"/ops/sagas\?state=stuck$"))

    def test_is_offered_to_an_operator_on_every_page(self, olga):
        olga.log_in()
        olga.page.goto("/")

        olga.page.get_by_role("link", name="Console").click()

        expect(olga.page.get_by_role("link", name="Health")).to_have_attribute("aria-current", "page")


class TestHealth:
    def test_names_every_part_and_every_service(self, olga):
        olga.log_in()

        for part in ("Services", "Databases", "Broker", "Beat", "Outbox", "Parked messages", "Stuck sagas", "Books"):
            expect(olga.page.get_by_role("heading", name=part, exact=True)).to_be_visible()
        expect(olga.page.get_by_role("row", name="booking ready")).to_be_visible()

    def test_leads_to_what_is_stuck(self, olga, stuck_one):
        olga.log_in()

        olga.page.get_by_role("heading", name="Stuck sagas").get_by_role("link").click()

        expect(olga.page).to_have_url(re.compile(r"/ops/sagas\?state=stuck$"))
        expect(olga.page.locator(".runs .row").first).to_contain_text("stuck")


class TestASearch:
    def test_leads_from_a_locator_to_its_saga(self, olga, stuck_one):
        olga.log_in()

        olga.seek(stuck_one["locator"].lower())

        expect(olga.page).to_have_url(re.compile(r"/ops/sagas/\d+$"))
        expect(olga.page.get_by_role("heading", level=1)).to_contain_text(stuck_one["locator"])

    @pytest.mark.parametrize("field", ["correlationId", "reservationId"])
    def test_takes(self, olga, stuck_one, field):
        olga.log_in()

        olga.seek(str(stuck_one[field]))

        expect(olga.page.get_by_text(stuck_one["locator"]).first).to_be_visible()

    def test_lists_what_an_address_has_booked(self, olga, stack):
        email = "Many.Trips@example.org"
        locators = [stack.book(contact={"email": email})["locator"] for _ in range(2)]
        olga.log_in()

        olga.seek(email)

        expect(olga.page.locator(".entries li")).to_have_count(2)
        for locator in locators:
            expect(olga.page.get_by_role("link", name=locator)).to_be_visible()

    def test_says_what_can_be_sought_when_it_finds_nothing(self, olga):
        olga.log_in()

        olga.seek(MARKUP)

        expect(olga.page.get_by_role("heading", level=1)).to_have_text(f"Nothing is called “{MARKUP}”")
        assert olga.page.locator("main img").count() == 0


class TestAStuckSaga:
    def test_tells_what_happened_and_what_is_to_come(self, olga, stack, stuck_one):
        olga.log_in()
        olga.seek(stuck_one["locator"])

        olga.reads_state("stuck")
        story = olga.page.locator("#story")
        expect(story).to_contain_text(f"{MARKUP} Lovelace")
        assert story.locator("img").count() == 0
        expect(story.locator(".coming")).to_contain_text("authorize payment")
        expect(story.locator("[data-until]").first).to_have_text(re.compile(r"^\d+:\d\d"))
        link = story.locator(".table-of-steps a").first.get_attribute("href") or ""
        task = rf"{stuck_one['correlationId']}-\d+-\d+-\d+"
        assert re.fullmatch(rf"{re.escape(stack.urls['flower'])}/task/{task}", link)
        line = story.locator("summary", has_text="ReservationInitiated").first
        expect(line).to_have_css("font-weight", "400")
        line.click()
        expect(story.locator("pre").locator("visible=true")).to_contain_text(stuck_one["locator"])

    def test_keeps_open_what_was_opened_while_it_changes(self, olga, stack, sticking):
        reservation = sticking["sent again"]
        run = wait_until_stuck(stack, reservation)["runId"]
        olga.log_in()
        olga.seek(reservation["locator"])
        olga.page.locator("summary", has_text="ReservationInitiated").first.click()

        stack.operate("POST", "booking", f"/sagas/runs/{run}/retries", {"reason": "the bank is back"})

        olga.reads_state("finished")
        expect(olga.page.locator("pre").locator("visible=true")).to_contain_text(reservation["locator"])

    def test_is_shown_getting_on_as_soon_as_the_stream_tells(self, olga, stack, sticking):
        reservation = sticking["sent again and heard of"]
        run = wait_until_stuck(stack, reservation)["runId"]
        only_by_news(olga.page, re.compile(r"/ops/sagas/\d+(/story.*)?$"))
        olga.log_in()
        olga.seek(reservation["locator"])
        olga.reads_state("stuck")

        stack.operate("POST", "booking", f"/sagas/runs/{run}/retries", {"reason": "the bank is back"})

        expect(olga.page.locator("#story .timeline").first).to_contain_text("ReservationConfirmed", timeout=SOON)

    def test_is_rewound_with_a_reason(self, olga, stack, sticking):
        reservation = sticking["rewound"]
        run = wait_until_stuck(stack, reservation)["runId"]
        leg = reservation["seats"][0]
        olga.log_in(to="/ops/sagas?state=stuck")
        olga.page.locator(f".runs a[href='/ops/sagas/{run}']").click()
        olga.page.get_by_role("link", name="Rewind").click()
        expect(olga.page.locator(".undos li")).to_have_text(["void payment", "release seats"])
        olga.page.get_by_role("button", name="Rewind it").click()
        expect(olga.page.get_by_role("alert")).to_contain_text("Say why")
        olga.page.get_by_label("Why").fill("the traveller asked us on the phone")

        olga.page.get_by_role("button", name="Rewind it").click()

        olga.reads_state("rewound")
        shown = stack.operate("GET", "booking", f"/reservations/{reservation['locator']}")
        assert (shown["status"], shown["failureReason"]) == ("failed", "operator")
        assert stack.seat(leg["departureId"], leg["seatNumber"])["state"] == "free"
        (noted,) = stack.operate("GET", "booking", f"/audit?subject=saga run {run}")
        assert (noted["act"], noted["role"], noted["reason"]) == (
            "rewind saga",
            "operator",
            "the traveller asked us on the phone",
        )

    def test_that_has_ended_is_left_alone_and_says_so(self, olga, stack):
        reservation = stack.book()
        assert stack.follow(reservation)["status"] == "confirmed"
        run = stack.operate("GET", "booking", f"/sagas/{reservation['correlationId']}")[0]["runId"]
        olga.log_in(to=f"/ops/sagas/{run}/rewind")
        olga.page.get_by_label("Why").fill("too late")

        olga.page.get_by_role("button", name="Rewind it").click()

        expect(olga.page.get_by_text(f"Saga run {run} has ended")).to_be_visible()
        assert olga.page.get_by_role("link", name="Rewind").count() == 0


class TestEveryPage:
    def paths(self, stack, reservation):
        run = stack.operate("GET", "booking", f"/sagas/{reservation['correlationId']}")[0]["runId"]
        lost = "00000000-0000-4000-8000-000000000000"
        return (
            *("/ops", "/ops/sagas", "/ops/sagas?state=stuck", "/ops/sagas?state=completing", f"/ops/sagas/{run}"),
            *(f"/ops/sagas/{run}/retry", f"/ops/sagas/{run}/rewind", f"/ops/correlations/{lost}", "/ops/search"),
            *("/ops/search?q=ada@example.org", "/ops/search?q=nothing", "/ops/sagas/999999999"),
        )

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_is_open_to_everybody_who_reads(self, window, stack, stuck_one, scheme):
        olga = Operator(window(color_scheme=scheme, reduced_motion="reduce").new_page(), stack)
        olga.log_in()
        for path in self.paths(stack, stuck_one):
            olga.page.goto(path)
            look(olga.page, path)

    def test_is_valid_html(self, olga, stack, stuck_one):
        olga.log_in()
        for path in self.paths(stack, stuck_one):
            answer = olga.page.goto(path)
            assert html_errors(answer.text()) == [], path

    def test_refuses_a_form_that_is_not_its_own(self, olga, stack, stuck_one):
        olga.log_in()
        run = stack.operate("GET", "booking", f"/sagas/{stuck_one['correlationId']}")[0]["runId"]

        refused = olga.page.request.post(f"/ops/sagas/{run}/rewind", form={"reason": "x", "csrf": "AAAA"})

        assert refused.status == 403
        assert read(stack.ask("GET", "booking", f"/sagas/runs/{run}", token=stack.operator_token))["state"] == "running"


def struck(stack: Stack, **changes: object) -> Json:
    """Book, and let the payment get stuck."""
    answer = stack.ask("POST", "booking", "/reservations", stack.wish(**changes), headers={HEADER: SWITCH})
    reservation: Json = read(answer, 202)
    return reservation

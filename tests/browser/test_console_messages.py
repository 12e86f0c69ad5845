"""The console's pages about messages and departures: a parked message mended, events as they happen, a cancellation."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from deploy.servers import Servers
from tests.browser.phones import overflow_on_a_phone
from tests.browser.rules import findings, html_errors
from tests.browser.traveller import SOON
from tests.poison import put_poison

PAGES = (
    *("/ops/parked", "/ops/parked?state=all", "/ops/events", "/ops/events/catalogue"),
    *("/ops/events/catalogue/booking.events/SeatHeld.v1", "/ops/charts", "/ops/departures"),
    *("/ops/audit", "/ops/audit?resolved=yes", "/ops/audit/log", "/ops/switches", "/ops/clock"),
)


@pytest.fixture
def parked(stack):
    """The page of a message that payment_svc has parked, and its event's id."""
    event_id = put_poison(Servers(Path(stack.state.run_dir)).urls.broker)

    def found():
        rows = stack.operate("GET", "payment", "/parked")
        return next((row for row in rows if row["wireId"] == event_id), None)

    row = stack.wait(found, what="the event to be parked", seconds=60)
    yield f"/ops/parked/payment/{row['messageId']}"
    # Whoever asks the auditor next shall find nothing of this.
    if stack.operate("GET", "payment", f"/parked/{row['messageId']}")["state"] == "parked":
        stack.operate("DELETE", "payment", f"/parked/{row['messageId']}", {"reason": "the test is over"})


class TestAParkedMessage:
    def test_is_edited_tried_and_redriven(self, olga, stack, parked):
        page = olga.page
        olga.log_in(to="/ops/parked")
        page.get_by_role("link", name=parked.removeprefix("/ops/parked/"), exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("ReservationFailed.v1")
        expect(page.get_by_text("Field required")).to_be_visible()
        page.get_by_role("button", name="Try it").click()
        expect(page.get_by_text("It would stay parked.")).to_be_visible()

        page.get_by_text("Edit what it says").click()
        body = page.get_by_label("The whole new body")
        body.fill(json.dumps(json.loads(body.input_value()) | {"reason": "timeout"}))
        edit = page.locator("form", has=body)
        edit.get_by_label("Why?").fill("a slip of the sender")
        edit.get_by_role("checkbox").check()
        edit.get_by_role("button", name="Keep this body").click()
        expect(page.get_by_text("It says the new thing.")).to_be_visible()
        expect(page.get_by_label("Payload", exact=True)).to_contain_text('"reason": "timeout"')

        page.get_by_role("button", name="Try it").click()
        expect(page.get_by_text("would be applied").first).to_be_visible()
        redrive = page.locator("form", has=page.get_by_role("button", name="Redrive", exact=True))
        redrive.get_by_label("Why?").fill("mended")
        redrive.get_by_role("checkbox").check()
        redrive.get_by_role("button", name="Redrive", exact=True).click()

        expect(page.get_by_text("was redriven: ")).to_be_visible()
        told = stack.operate("GET", "payment", parked.removeprefix("/ops").replace("/payment/", "/"))
        assert told["state"] == "redriven"
        assert [deed["act"] for deed in told["history"]] == ["edited", "redriven"]
        assert all(deed["by"].startswith("usr_") for deed in told["history"]), "by the operator, in person"

    def test_is_dropped_with_a_reason_and_not_without(self, olga, stack, parked):
        page = olga.page
        olga.log_in(to=parked)
        page.get_by_text("Give it up").click()
        drop = page.locator("form", has=page.get_by_role("button", name="Drop it"))

        drop.get_by_role("button", name="Drop it").click()
        expect(page).to_have_url(re.compile(f"{parked}$"))
        drop.get_by_label("Why?").fill("of a test")
        drop.get_by_role("checkbox").check()
        drop.get_by_role("button", name="Drop it").click()

        expect(page.get_by_text("is dropped")).to_be_visible()
        expect(page.locator("header .chip")).to_have_text("dropped")


class TestTheLiveStream:
    def test_shows_a_bookings_events_as_they_happen(self, olga, stack):
        page = olga.page
        olga.log_in(to="/ops/events")
        expect(page.locator("[data-state]")).to_have_text("Live")

        reservation = stack.follow(stack.book())

        line = page.locator(".event", has_text=reservation["locator"]).filter(has_text="ReservationConfirmed")
        expect(line).to_be_visible(timeout=SOON)
        line.get_by_text("Payload").click()
        expect(line.locator("pre")).to_contain_text(reservation["locator"])

    def test_shows_those_of_one_correlation_id_and_no_others(self, olga, stack):
        page = olga.page
        # It expires by itself, however slow the machine is.
        mine = stack.book(payLater=True)
        olga.log_in(to=f"/ops/events?correlation={mine['correlationId']}")
        expect(page.locator(".event", has_text="ReservationInitiated")).to_have_count(1, timeout=SOON)
        expect(page.locator("[data-state]")).to_have_text("Live")

        stack.follow(stack.book())

        expect(page.locator(".event", has_text="ReservationFailed")).to_have_count(1, timeout=SOON)
        traces = set(page.locator(".event .trace a").evaluate_all("links => links.map(link => link.title)"))
        assert mine["correlationId"] in traces
        assert len(traces) == 1
        expect(page.locator("main")).not_to_contain_text("ada@example.org")

    def test_goes_on_by_asking_where_there_is_no_stream(self, olga, stack):
        page = olga.page
        page.add_init_script("delete window.EventSource")
        olga.log_in(to="/ops/events")

        reservation = stack.book()

        expect(page.locator(".event", has_text=reservation["locator"]).first).to_be_visible(timeout=SOON)
        expect(page.locator("[data-state]")).to_have_text("Asking every 5 s")

    def test_is_for_operators_only(self, olga, ada, stack, door):
        olga.log_in(role="traveller", to="/ops/events")
        expect(olga.page.get_by_text("The console is for operators")).to_be_visible()

        assert olga.page.request.get("/ops/events/stream").status == 403
        assert ada.page.request.get(f"{door}/ops/events/stream").status == 401


class TestADeparture:
    def test_is_delayed_then_cancelled_and_its_reservations_with_it(self, olga, stack):
        page = olga.page
        departure = stack.departure()
        number = departure["departureId"]
        seat = stack.free_seats(number)[0]
        booked = stack.follow(stack.book(departures=[{"departureId": number, "seats": [seat]}]))
        olga.log_in(to="/ops/departures")
        page.get_by_label("From").fill(departure["origin"])
        page.get_by_label("To", exact=True).fill(departure["destination"])
        page.get_by_label("Day").fill(departure["departsLocal"][:10])
        page.get_by_role("button", name="Show").click()
        page.locator(f"a[href='/ops/departures/{number}']").click()
        expect(page.locator(".load")).to_contain_text("1 of")

        page.get_by_text("Delay it").click()
        delay = page.locator("form", has=page.get_by_role("button", name="Delay", exact=True))
        delay.get_by_label("Minutes").fill("45")
        delay.get_by_label("Why?").fill("late inbound aircraft")
        delay.get_by_role("checkbox").check()
        delay.get_by_role("button", name="Delay", exact=True).click()
        expect(page.locator("header .chip")).to_have_text("delayed 45 min")

        page.get_by_text("Cancel it").click()
        cancel = page.locator("form", has=page.get_by_role("button", name="Cancel this departure"))
        cancel.get_by_label("Why?").fill("storm at the origin")
        cancel.get_by_role("checkbox").check()
        cancel.get_by_role("button", name="Cancel this departure").click()

        expect(page.locator("header .chip")).to_have_text("cancelled")
        expect(page.locator("#disruption .chip")).to_have_text("complete", timeout=SOON)
        assert stack.operate("GET", "booking", f"/reservations/{booked['locator']}")["status"] == "cancelled"


class TestCharts:
    def test_count_what_was_booked(self, olga, stack):
        page = olga.page
        stack.follow(stack.book())
        olga.log_in(to="/ops/charts")

        chart = page.locator("figure", has_text="Bookings a minute")
        expect(chart.locator("svg rect").first).to_be_attached(timeout=SOON)
        chart.get_by_text("As a table").click()
        expect(chart.get_by_role("columnheader", name="confirmed")).to_be_visible()


class TestEveryPage:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_is_usable_by_everybody_in_both_themes(self, olga, parked, stack, scheme):
        page = olga.page
        departure = f"/ops/departures/{stack.departures[0]['departureId']}"
        page.emulate_media(color_scheme=scheme)
        olga.log_in()
        for path in (*PAGES, parked, departure):
            page.goto(path)
            page.wait_for_load_state("load")
            assert findings(page) == [], path
            assert overflow_on_a_phone(page) <= 0, path

    def test_is_html(self, olga, parked, stack):
        olga.log_in()
        for path in (*PAGES, parked, f"/ops/departures/{stack.departures[0]['departureId']}"):
            answer = olga.page.request.get(path)

            assert answer.status == 200, path
            assert html_errors(answer.text()) == [], path

    @pytest.mark.parametrize("role", ["traveller", "agent"])
    def test_is_closed_to(self, olga, role):
        olga.log_in(role=role, to="/ops/parked")
        for path in PAGES:
            assert olga.page.request.get(path).status == 403, path

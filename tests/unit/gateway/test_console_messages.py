"""The console's pages about messages and departures, against services that answer what a test says."""

import re

import pytest

from common.contracts.subscriptions import SERVICES
from tests.unit.gateway.conftest import log_in

MESSAGE = {
    "messageId": 3,
    "queue": "payment.inbox.booking",
    "kind": "event",
    "name": "ReservationFailed.v1",
    "wireId": "e1",
    "state": "parked",
    "error": "reason: Field required <b>",
    "deliveries": 1,
    "parkedAt": "2026-12-01T13:30:00.000000Z",
    "lastAt": None,
    "closedAt": None,
    "contentType": "application/json",
    "encoding": "text",
    "body": {"type": "ReservationFailed", "version": 1, "correlationId": "b9d1f1f2-6c55-4b7e-9a53-0d8f2f1c7a10"},
    "headers": {"cloudEvents:id": "e1", "x-death": [{"reason": "rejected", "queue": "payment.inbox.booking"}]},
    "history": [],
}
PAGE = "/ops/parked/payment/3"


def form(client, path: str = PAGE, **fields: str) -> dict[str, str]:
    """What a person sends from a page: its hidden fields of the form that does `act`, and what they typed."""
    page = client.get(path).text
    wanted = next(
        each for each in re.findall(r"<form.*?</form>", page, re.DOTALL) if f'value="{fields["act"]}"' in each
    )
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', wanted))
    return {**hidden, **fields}


class TestTheListOfParkedMessages:
    def test_has_those_of_every_service_and_says_who_did_not_answer(self, olga, told):
        told.answer("payment", "/parked", [MESSAGE])
        for service in set(SERVICES) - {"payment", "fare"}:
            told.answer(service, "/parked", [])

        page = olga.get("/ops/parked").text

        assert 'href="/ops/parked/payment/3"' in page
        assert "fare does not answer" in page
        assert "&lt;b&gt;" in page
        assert "<b>" not in page.partition("<tbody>")[2].partition("</tbody>")[0]

    def test_is_not_there_for_nonsense(self, olga, told):
        assert olga.get("/ops/parked?state=lost").status_code == 404


class TestAParkedMessage:
    def test_is_shown_with_its_payload_and_why_it_is_parked(self, olga, told):
        told.answer("payment", "/parked/3", MESSAGE)

        page = olga.get(PAGE).text

        assert "&#34;version&#34;: 1" in page
        assert "Field required" in page
        assert "rejected on" in page

    @pytest.mark.parametrize(
        ("typed", "words"),
        [("{", "not JSON"), ("[1]", "a JSON object"), ('{"a": NaN}', "not JSON")],
    )
    def test_is_not_edited_to_what_is_no_message(self, olga, told, typed, words):
        told.answer("payment", "/parked/3", MESSAGE)

        answer = olga.post(PAGE, data=form(olga, act="edit", body=typed, reason="a slip", sure="yes"))

        assert answer.status_code == 422
        assert words in answer.text
        assert not [each for each in told.asked if each[0] != "GET"]

    def test_is_edited_with_a_reason(self, olga, told):
        told.answer("payment", "/parked/3", MESSAGE)
        told.answer("payment", "/parked/3", MESSAGE, method="PATCH")

        answer = olga.post(PAGE, data=form(olga, act="edit", body='{"price": 450.00}', reason="a slip", sure="yes"))

        assert (answer.status_code, answer.location) == (303, PAGE)
        [(_, _, _, body)] = [each for each in told.asked if each[0] == "PATCH"]
        assert (str(body["body"]["price"]), body["reason"]) == ("450.00", "a slip")

    def test_is_not_edited_when_it_says_something_else_by_now(self, olga, told):
        told.answer("payment", "/parked/3", MESSAGE)
        sent = form(olga, act="edit", body="{}", reason="a slip", sure="yes")
        told.answer("payment", "/parked/3", {**MESSAGE, "body": {"changed": True}})

        answer = olga.post(PAGE, data=sent)

        assert answer.status_code == 422
        assert "Somebody else has changed it" in answer.text

    @pytest.mark.parametrize("act", ["redrive", "drop"])
    @pytest.mark.parametrize("missing", ["reason", "sure"])
    def test_is_left_as_it_is_without_a_reason_and_a_confirmation(self, olga, told, act, missing):
        told.answer("payment", "/parked/3", MESSAGE)
        said = {"reason": "a slip", "sure": "yes", missing: ""}

        answer = olga.post(PAGE, data=form(olga, act=act, **said))

        assert answer.status_code == 422
        assert not [each for each in told.asked if each[0] != "GET"]

    def test_is_tried_without_a_reason_and_offers_its_handlers(self, olga, told):
        told.answer("payment", "/parked/3", MESSAGE)
        outcome = {
            "readable": True,
            "handlers": [{"handler": "void_payments", "outcome": "applied"}],
            "state": "parked",
        }
        told.answer("payment", "/parked/3/redrive", outcome, method="POST")

        page = olga.post(PAGE, data=form(olga, act="try")).text

        assert "would be applied" in page
        assert "void_payments only" in page
        [(_, _, _, body)] = [each for each in told.asked if each[0] == "POST"]
        assert body == {"dryRun": True}

    def test_that_still_fails_says_so(self, olga, told):
        told.answer("payment", "/parked/3", MESSAGE)
        refusal = {"code": "still_fails", "detail": "It cannot be applied now either."}
        told.answer("payment", "/parked/3/redrive", refusal, method="POST", status=409)

        answer = olga.post(PAGE, data=form(olga, act="redrive", reason="again", sure="yes"), follow_redirects=True)

        assert "It cannot be applied now either." in answer.text

    def test_offers_nothing_once_it_was_redriven(self, olga, told):
        told.answer("payment", "/parked/3", {**MESSAGE, "state": "redriven"})

        assert olga.get(PAGE).text.count("<form") == 2, "search and appearance, and nothing to do"

    def test_of_a_service_that_there_is_not_is_not_there(self, olga, told):
        assert olga.get("/ops/parked/nobody/3").status_code == 404


class TestTheCatalogue:
    def test_has_every_contract_and_a_page_for_each(self, olga, told):
        page = olga.get("/ops/events/catalogue").text
        links = re.findall(r'href="(/ops/events/catalogue/[^"]+)"', page)

        assert len(links) > 20
        for link in links:
            shown = olga.get(link)
            assert shown.status_code == 200, link
            assert "Example" in shown.text

    def test_says_what_is_never_shown(self, olga, told):
        row = olga.get("/ops/events/catalogue").text.partition("ItineraryRecorded v1")[2].partition("</tr>")[0]

        assert "personal data" in row


class TestEvents:
    def test_of_a_correlation_id_come_from_the_services_own_tables(self, olga, told):
        id = MESSAGE["body"]["correlationId"]
        body = {"type": "SeatHeld", "eventId": "e7", "seatNumber": "12A", "publishedAt": "2026-12-01T13:30:01Z"}
        entry = {
            "at": "2026-12-01T13:30:00Z",
            "kind": "event",
            "name": "SeatHeld",
            "detail": body,
            "service": "booking",
        }
        told.answer("booking", f"/timeline/{id}", [entry, {**entry, "kind": "heard"}])

        page = olga.get(f"/ops/events?correlation={id}").text

        assert page.count("data-event=") == 1
        assert "seat 12A" in page
        assert "payment_svc" in page, "says who did not answer"

    def test_are_asked_for_by_a_correlation_id_only(self, olga, told):
        answer = olga.get("/ops/events?correlation=nonsense")

        assert answer.status_code == 422
        assert "is a UUID" in answer.text

    def test_say_so_where_nobody_hears_them(self, olga, told):
        assert "does not answer" in olga.get("/ops/events").text


class TestCharts:
    def test_say_so_where_nobody_counts(self, olga, told):
        assert "does not answer" in olga.get("/ops/charts").text

    def test_draw_what_was_counted(self, olga, told):
        minute = {"at": "2026-12-01T13:30:00Z", "begun": 1, "confirmed": 3, "failed": 1, "cancelled": 0}
        more = {"reasons": {"payment_failed": 1}, "p50": 0.4, "p99": 1.5, "waiting": {"booking.commands": 2}}
        at = {"since": "2026-12-01T13:00:00Z", "at": "2026-12-01T13:31:00Z", "waiting": {}}
        told.answer("stream", "/figures", {**at, "minutes": [{**minute, **more}]})

        page = olga.get("/ops/charts").text

        assert page.count("<rect") == 3
        assert page.count('class="line') == 3
        assert "payment_failed" in page


class TestEveryPage:
    @pytest.mark.parametrize("path", ["parked", "events", "events/catalogue", "charts", "departures", "clock"])
    def test_is_shown_when_nothing_answers(self, olga, told, path):
        assert olga.get(f"/ops/{path}").status_code == 200

    @pytest.mark.parametrize("path", ["audit", "audit/log", "switches"])
    def test_is_never_a_fault_of_ours(self, olga, told, path):
        assert olga.get(f"/ops/{path}").status_code in {200, 503}

    @pytest.mark.parametrize(
        "path", ["parked", PAGE[5:], "events", "events/list", "charts", "departures", "audit", "switches", "clock"]
    )
    def test_turns_a_traveller_away(self, client, told, path):
        log_in(client, role="traveller")

        assert client.get(f"/ops/{path}").status_code == 403
        assert told.asked == []

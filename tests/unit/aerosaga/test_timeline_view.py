"""How a timeline looks."""

import io
import json

from rich.console import Console

from aerosaga import timeline_view
from common.stories import Entry, Story, merged
from tests.unit.aerosaga.stories import at, authorized, entry, event, saga, story


def lines(told: Story, *, seconds: float = 1.0) -> list[str]:
    """Return what is printed so many seconds after the story began."""
    out = io.StringIO()
    Console(file=out, width=100, highlight=False).print(timeline_view.view(told, now=at(seconds)))
    return [line.rstrip() for line in out.getvalue().splitlines()]


BOOKED = (
    entry(0, "booking", "request", "POST /reservations", price=450, currency="USD"),
    entry(0.001, "booking", "step", "hold seats", seats=["12A", "12B"]),
    event(0.002, "booking", "SeatTentativelyHeld", seatNumber="12A"),
)


class TestView:
    def test_begins_with_what_the_reservation_is(self):
        assert lines(story())[0] == "K7Q2ZD  pending  1 seat, 450.00 USD"

    def test_tells_why_a_reservation_failed(self):
        told = story(status="failed", failureReason="insufficient_funds")

        assert lines(told)[0].startswith("K7Q2ZD  failed (insufficient funds)")

    def test_has_a_line_for_each_entry_with_the_time_since_the_first(self):
        told = story(*BOOKED)

        assert lines(told)[3:6] == [
            "  +0.000  booking  request  POST /reservations   450.00 USD",
            "  +0.001  booking  step     hold seats           12A, 12B",
            "  +0.002  booking  event    SeatTentativelyHeld  12A, out +0.25 s",
        ]

    def test_says_when_an_event_is_not_published_yet(self):
        told = story(event(0, "booking", "SeatHeld", published=False, seatNumber="12A"))

        assert "12A, not published yet" in lines(told)[3]

    def test_says_who_heard_an_event(self):
        told = story(entry(0, "payment", "heard", "ReservationInitiated", by="note_initiated"))

        assert lines(told)[3].endswith("ReservationInitiated  note initiated")

    def test_numbers_payments_only_when_there_are_several(self):
        assert not any("payment 1" in line for line in lines(story(authorized(0))))
        assert any("payment 2" in line for line in lines(story(authorized(0), authorized(0, part=2))))

    def test_ends_with_what_is_still_to_come_and_when(self):
        printed = lines(story(*BOOKED, sagas=[saga()]), seconds=1)

        ahead = [line.split(maxsplit=1) for line in printed[printed.index("still to come") + 1 :]]
        assert ahead[0] == ["next", "payment  step     authorize payment"]
        assert ahead[1] == ["then", "booking  step     confirm reservation"]
        assert ahead[2] == ["in", "2 s  booking  clock    a sweep looks, and sends again what shows no progress"]

    def test_says_that_nothing_is_to_come_when_all_is_done(self):
        assert lines(story(status="confirmed"))[-1] == "nothing is still to come"

    def test_says_which_service_could_not_be_asked(self):
        printed = lines(story(silent=["payment"]))

        assert printed[-1] == "payment_svc did not answer: what it did, said and heard is missing here."

    def test_fits_a_hundred_columns(self):
        told = story(*BOOKED, authorized(0.1), authorized(0.2, part=2), sagas=[saga(state="rewinding")])

        assert max(map(len, lines(told))) <= 100


class TestAsJson:
    def test_has_the_reservation_its_entries_and_what_is_to_come(self):
        document = json.loads(timeline_view.as_json(story(*BOOKED, sagas=[saga()]), now=at(1)))

        assert document["reservation"]["locator"] == "K7Q2ZD"
        assert [each["kind"] for each in document["entries"]] == ["request", "step", "event"]
        assert document["toCome"][0]["what"] == "authorize payment"
        assert document["asOf"] == "2026-12-01T12:00:01.000000Z"

    def test_writes_money_with_all_of_its_digits(self):
        assert '"amount": 450.00' in timeline_view.as_json(story(), now=at(0))


class TestMerged:
    def test_sorts_what_several_services_did_by_time(self):
        late, early = authorized(2), entry(1, "booking", "step", "hold seats")

        assert merged([late, early]) == [early, late]

    def test_puts_within_one_moment_the_request_first_and_the_hearing_last(self):
        kinds = ("heard", "event", "step", "request")

        entries = merged([Entry(at=at(0), service="booking", kind=kind, name=kind) for kind in kinds])

        assert [each.kind for each in entries] == ["request", "step", "event", "heard"]

"""Which events a webhook may hear, and when a delivery is tried again."""

import pytest

from common.contracts.booking import SeatHeld
from notification_svc.domain import webhooks
from notification_svc.domain.webhooks import EventsRefused, check_events, pause_seconds, succeeded, wants
from tests.builders import a_confirmed, a_seat_held


class TestCheckEvents:
    def test_sorts_what_is_asked_for_and_takes_each_once(self):
        asked = ["SeatHeld", "ReservationConfirmed", "SeatHeld"]

        assert check_events(asked, airline=None) == ["ReservationConfirmed", "SeatHeld"]

    @pytest.mark.parametrize("names", [[], ["ReservationConfirmed", "seatheld"], ["ItineraryRecorded"], ["*"]])
    def test_refuses_what_is_no_public_event_and_says_which_there_are(self, names):
        with pytest.raises(EventsRefused, match="There are: ReservationInitiated, "):
            check_events(names, airline=None)

    def test_gives_an_airline_only_events_that_name_one(self):
        assert check_events(["SeatHeld"], airline="AA") == ["SeatHeld"]

        with pytest.raises(EventsRefused, match=r"PaymentCaptured cannot be told apart by airline.*SeatReleased"):
            check_events(["SeatHeld", "PaymentCaptured"], airline="AA")


class TestPublicEvents:
    def test_carry_no_personal_data(self):
        personal = {"contact", "email", "phone", "passengers", "firstName", "lastName", "token"}

        for event in webhooks.PUBLIC_EVENTS:
            assert not personal & event.schema()["properties"].keys(), event.__name__


class TestWants:
    @pytest.mark.parametrize(
        ("events", "airline", "wanted"),
        [
            (["SeatHeld"], None, True),
            (["SeatHeld"], "AA", True),
            (["SeatHeld"], "UA", False),
            (["SeatReleased"], None, False),
        ],
    )
    def test_a_seat_of_an_airline(self, events, airline, wanted):
        assert wants(a_seat_held(airline="AA"), events=events, airline=airline) is wanted

    def test_never_gives_an_airline_what_names_none(self):
        assert not wants(a_confirmed(), events=["ReservationConfirmed"], airline="AA")

    def test_knows_by_the_contract_which_events_name_one(self):
        assert webhooks.names_airline(SeatHeld)


class TestPauseSeconds:
    def test_spreads_ten_attempts_over_three_days(self):
        pauses = [pause_seconds(attempts, chance=lambda: 0.0) for attempts in range(1, 10)]

        assert webhooks.attempts_for("SeatHeld") == len(pauses) + 1
        assert pauses == sorted(pauses)
        assert (pauses[0], 3 * 24 < sum(pauses) / 3600 < 4 * 24) == (5.0, True)

    def test_adds_up_to_a_tenth_so_that_not_everything_comes_back_at_once(self):
        assert pause_seconds(2, chance=lambda: 1.0) == pytest.approx(330.0)

    def test_is_not_asked_for_by_a_test_which_is_tried_once(self):
        assert webhooks.attempts_for(webhooks.PING) == 1


class TestSucceeded:
    @pytest.mark.parametrize(
        ("status", "arrived"),
        [(200, True), (204, True), (299, True), (None, False), (199, False), (301, False), (400, False), (500, False)],
    )
    def test_is_told_by_2xx_alone(self, status, arrived):
        assert succeeded(status) is arrived

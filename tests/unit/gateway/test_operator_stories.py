"""How the console tells what happened for a correlation id."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from flask import render_template

from common.stories import Entry
from gateway.pages.operator import stories
from gateway.pages.operator.shapes import Run

BEGAN = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)


def entry(seconds: float, kind: str, name: str, *, service: str = "booking", **detail: Any) -> Entry:
    return Entry(at=BEGAN + timedelta(seconds=seconds), service=service, kind=kind, name=name, detail=detail)


def line(told: Entry) -> stories.Line:
    return stories.lines([told])[0]


class TestALine:
    def test_folds_a_pause_and_counts_from_the_beginning(self):
        first, second, third = stories.lines([entry(0, "step", "a"), entry(1, "step", "b"), entry(301, "step", "c")])

        assert [each.idle for each in (first, second, third)] == [None, None, 300]
        assert third.offset == 301

    def test_says_how_much_how_it_ended_and_why(self):
        told = entry(
            0,
            "step",
            "authorize payment",
            amount=Decimal("1450.00"),
            currency="USD",
            outcome="failed",
            reason="card_declined",
        )

        assert list(line(told).facts) == ["1,450.00 USD", "failed", "card declined"]
        assert line(told).tone == "bad"

    def test_says_whether_an_event_is_out(self):
        out = entry(0, "event", "SeatHeld", publishedAt="2026-12-01T12:00:00.250000Z")

        assert list(line(out).facts) == ["out after 0.25 s"]
        assert list(line(entry(0, "event", "SeatHeld", publishedAt=None)).facts) == ["not published yet"]

    def test_of_a_mail_is_drawn_as_one(self):
        assert line(entry(0, "act", "mail confirmation sent", service="notification")).mark == "mail"

    def test_says_who_did_it(self):
        told = entry(0, "request", "rewind saga", by="usr_olga", reason="a call")

        assert list(line(told).facts) == ["a call", "by usr_olga"]

    def test_keeps_all_that_is_known_as_its_payload(self):
        assert '"amount": 4.50' in line(entry(0, "event", "X", amount=Decimal("4.50"), publishedAt=None)).payload


class TestThePageOfARun:
    @pytest.mark.parametrize(("ended_at", "asks"), [(None, True), (BEGAN, False)])
    def test_asks_again_until_it_shows_the_end_also_if_its_story_was_read_later_than_its_state(
        self, app, ended_at, asks
    ):
        run = Run(
            run_id=7,
            saga="book",
            subject_id=3,
            correlation_id=uuid4(),
            state="rewinding",
            reason="operator",
            attempts=1,
            began_at=BEGAN,
            deadline=BEGAN,
            wake_at=None,
            ended_at=ended_at,
            steps=[],
        )
        over = stories.Told(correlation_id=run.correlation_id, reservation={}, runs=[], lines=[], coming=[], silent=[])
        with app.test_request_context("/ops/sagas/7"):
            text = render_template("ops/story.html", told=over, run=run, flower=None, seen="")

        assert ("data-hx-get" in text) is asks

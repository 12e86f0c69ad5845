"""The console's clock, against services that answer what a test says."""

import re

import pytest

from common.contracts.subscriptions import SERVICES


class TestTheClock:
    AT = "2026-12-01T13:30:00.000000Z"

    def says(self, told, *, ahead=300, movable=True, **late):
        for service in SERVICES:
            at = {"database": late.get(service, "2026-12-01T13:35:00.000000Z"), "process": self.AT}
            told.answer(service, "/clock", {**at, "aheadSeconds": ahead, "movable": movable})
        told.answer("booking", "/clock", {}, method="PUT")

    def moved(self, told):
        return [body for method, _, path, body in told.asked if (method, path) == ("PUT", "/clock")]

    def test_is_off_where_it_is_not_as_far_ahead_as_it_was_moved(self, olga, told):
        self.says(told, fare="2026-12-01T13:34:00.000000Z")

        page = olga.get("/ops/clock").text

        assert "5 min 0 s ahead" in page
        assert [page.count(f'class="chip {kind}"') for kind in ("bad", "good")] == [1, len(SERVICES) - 1]
        assert "-60.000 s" in page

    def test_cannot_be_moved_where_no_service_says_so(self, olga, told):
        self.says(told, ahead=0, movable=False, **dict.fromkeys(SERVICES, self.AT))

        page = olga.get("/ops/clock").text

        assert "No clock here can be moved" in page
        assert "Move the clock" not in page

    @pytest.mark.parametrize(
        ("typed", "seconds"),
        [({"by": "3600"}, 3600), ({"by": "other", "minutes": "90"}, 5400), ({"by": "86400"}, 86400)],
    )
    def test_is_moved_from_where_the_page_saw_it_however_often_that_is_sent(self, olga, told, typed, seconds):
        self.says(told)
        sent = {**self.hidden(olga), "reason": "to watch", "sure": "yes", **typed}

        for _ in range(2):
            assert olga.post("/ops/clock", data=sent).status_code == 303

        assert self.moved(told) == [{"aheadSeconds": 300 + seconds, "reason": "to watch"}] * 2

    @pytest.mark.parametrize(
        "typed",
        [
            {"by": "3600"},
            {"by": "3600", "reason": "to watch"},
            {"by": "other", "reason": "to watch", "sure": "yes"},
            {"by": "other", "minutes": "-5", "reason": "to watch", "sure": "yes"},
            {"by": "other", "minutes": "10081", "reason": "to watch", "sure": "yes"},
            {"by": "3600", "since": "soon", "reason": "to watch", "sure": "yes"},
        ],
    )
    def test_stays_where_it_is_when_the_form_does_not_say_all(self, olga, told, typed):
        self.says(told)

        answer = olga.post("/ops/clock", data={**self.hidden(olga), **typed})

        assert (answer.status_code, self.moved(told)) == (422, [])

    def test_is_moved_by_no_forged_form(self, olga, told):
        self.says(told)

        assert (
            olga.post("/ops/clock", data={"since": "0", "by": "300", "reason": "x", "sure": "yes"}).status_code == 403
        )
        assert self.moved(told) == []

    def hidden(self, olga):
        return dict(re.findall(r'type="hidden" name="(csrf|since)" value="([^"]*)"', olga.get("/ops/clock").text))

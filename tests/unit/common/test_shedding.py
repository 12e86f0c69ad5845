"""Requests that have waited for a thread: who is refused, and how."""

import pytest
from flask import Flask

from common import shedding
from common.api import create_api
from common.db import Database


@pytest.fixture
def app() -> Flask:
    """A service with one search, one other endpoint, and whatever every service has."""
    app = create_api(
        "booking",
        title="tests",
        database=Database("booking"),
        blueprints=[],
        probes={},
        searches=("/search",),
    )
    app.add_url_rule("/search", "search", lambda: "found")
    app.add_url_rule("/pay", "pay", lambda: "paid", methods=["POST"])
    return app


def ask(app: Flask, method: str, path: str, *, after: float):
    shedding.note_wait(after)
    return app.test_client().open(path, method=method)


class TestARequestThatHasWaited:
    def test_too_long_is_refused_with_a_problem_that_says_when_to_come_again(self, app):
        answer = ask(app, "GET", "/search", after=shedding.SEARCH_SECONDS + 0.1)

        assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
        assert answer.headers["Retry-After"] == str(shedding.RETRY_SECONDS)
        assert answer.json["code"] == "overloaded"
        assert "waited 0.6 s" in answer.json["detail"]

    def test_for_a_moment_is_answered(self, app):
        assert ask(app, "GET", "/search", after=shedding.SEARCH_SECONDS / 2).status_code == 200

    def test_to_pay_is_answered_when_searches_are_refused_already(self, app):
        assert ask(app, "POST", "/pay", after=shedding.SEARCH_SECONDS * 2).status_code == 200
        assert ask(app, "POST", "/pay", after=shedding.OTHER_SECONDS * 2).status_code == 503

    def test_to_hear_whether_all_is_well_is_always_answered(self, app):
        assert ask(app, "GET", "/healthz", after=1000).status_code == 200

    def test_leaves_nothing_for_the_next_request_of_its_thread(self, app):
        ask(app, "GET", "/search", after=1000)

        assert app.test_client().get("/search").status_code == 200

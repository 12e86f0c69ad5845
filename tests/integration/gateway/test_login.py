"""Credentials at the door: verified by auth_svc, remembered for seconds, and replaced by what it says."""

import pytest

from gateway import rules
from tests.integration.gateway.doors import Door
from tests.integration.gateway.upstreams import BREAKS


def ask(door: Door, credential: str, target: str = "/reservations/K7Q2ZD"):
    return door.ask("GET", target, headers={"Authorization": credential})


@pytest.fixture
def away(upstreams):
    """auth_svc is away while the test runs."""
    upstreams["auth"].stop()
    yield
    upstreams["auth"].restart()


class TestCredentials:
    def test_that_are_good_arrive(self, door: Door):
        assert ask(door, "Bearer good-jwt").json()["headers"]["authorization"] == "Bearer good-jwt"

    def test_that_stand_for_another_are_replaced_by_it(self, door: Door):
        assert ask(door, "Bearer ask_good").json()["headers"]["authorization"] == "Bearer exchanged-jwt"

    def test_that_are_bad_are_refused_and_no_service_is_asked(self, door: Door, upstreams):
        answer = ask(door, "Bearer bad")

        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
        (challenge,) = answer.headers.get_list("www-authenticate")
        assert challenge.startswith("Bearer")
        assert answer.json()["code"] == "not_authenticated"
        assert upstreams["booking"].seen == []

    def test_need_not_be_there(self, door: Door, upstreams):
        answer = door.ask("GET", "/departures")

        assert answer.status_code == 200
        assert "authorization" not in answer.json()["headers"]
        assert upstreams["auth"].seen == []

    def test_that_are_two_are_refused(self, door: Door, upstreams):
        sent = "GET /payments HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer good-jwt\r\nAuthorization: Bearer bad\r\n"

        status, headers, _ = door.raw(f"{sent}Connection: close\r\n\r\n".encode())

        assert (status, headers["content-type"]) == (400, "application/problem+json")
        assert upstreams["payment"].seen == []

    def test_are_verified_without_the_body_of_the_request(self, door: Door, upstreams):
        door.ask("POST", "/payments", headers={"Authorization": "Bearer bad-with-body"}, content=b"x" * 1000)

        (asked,) = upstreams["auth"].seen
        assert (asked["method"], asked["bytes"]) == ("GET", 0)

    def test_are_not_looked_at_for_the_doors_own_pages(self, door: Door, upstreams):
        assert ask(door, "Bearer bad", "/openapi.json").status_code == 200


class TestVerdicts:
    @pytest.mark.parametrize(("credential", "status"), [("Bearer ask_good", 200), ("Bearer refused", 401)])
    def test_are_remembered_for_some_seconds(self, door: Door, upstreams, credential: str, status: int):
        ask(door, credential)
        upstreams["auth"].seen.clear()

        assert [ask(door, credential).status_code for _ in range(3)] == [status] * 3
        assert upstreams["auth"].seen == []
        assert rules.VERDICT_SECONDS <= 10

    def test_that_did_not_come_are_not_remembered(self, door: Door, upstreams):
        assert [ask(door, BREAKS).status_code for _ in range(3)] == [503] * 3
        assert len(upstreams["auth"].seen) == 3

    def test_of_one_credential_are_not_anothers(self, door: Door):
        assert ask(door, "Bearer good-jwt").status_code == 200
        assert ask(door, "bearer good-jwt").status_code == 401
        assert ask(door, "Bearer good-jwt2").status_code == 401


@pytest.mark.usefixtures("away")
class TestWhileAuthSvcIsAway:
    def test_credentials_are_answered_with_try_again(self, door: Door, upstreams):
        answer = ask(door, "Bearer never-seen-before")

        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"] == "2"
        assert upstreams["booking"].seen == []

    def test_anonymous_requests_go_on(self, door: Door):
        assert door.ask("GET", "/departures").status_code == 200

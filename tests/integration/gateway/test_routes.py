"""The route table, as both doors follow it."""

import re

import httpx
import pytest

from gateway.routes import METHODS, ROUTES, SERVICES, Route
from tests.integration.gateway.doors import Door

SERVED = [route for route in ROUTES if route.service in SERVICES]
INTERNAL = (
    "/verify",
    "/timeline/00000000-0000-0000-0000-000000000001",
    "/audit",
    "/parked",
    "/metrics",
    "/.verify",
    "/.problems/404",
    "/reservation",
    "/reservationsx",
    "/booking/readyz",
    "/.well-known/",
)
DEVIOUS = (
    "/reservations/../timeline/1",
    "/timeline/../reservations",
    "/reservations/%2e%2e/timeline/1",
    "/reservations/%2E%2e/timeline/1",
    "/reservations/..%2ftimeline/1",
    "/reservations/a%2Fb",
    "/reservations/..%5ctimeline",
    "/reservations\\..\\timeline",
    "//reservations/1",
    "/reservations//1",
    "/reservations/./1",
    "/reservations/%00",
)


def example(route: Route) -> str:
    filled = route.path.removesuffix("/**") + ("/x/y" if route.path.endswith("/**") else "")
    return "/".join("17" if part.startswith("{") else part for part in filled.split("/"))


@pytest.mark.parametrize("route", SERVED, ids=lambda route: route.path)
class TestEveryRow:
    def test_leads_to_its_service_with_path_and_query_as_they_were_sent(self, door: Door, route: Route):
        target = f"{example(route)}?a=%20b&a=c%2F"

        answer = door.ask("GET", target)

        assert answer.status_code == 200
        assert (answer.json()["service"], answer.json()["target"]) == (route.service, target)


class TestMethods:
    @pytest.mark.parametrize("method", METHODS)
    def test_of_the_table_are_passed_on(self, door: Door, upstreams, method: str):
        assert door.ask(method, "/payments").status_code == 200
        assert upstreams["payment"].seen[-1]["method"] == method

    @pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "FOO"])
    def test_that_are_none_are_refused_with_those_there_are(self, door: Door, method: str):
        status, headers, _ = door.raw(f"{method} /payments HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())

        assert status == 405
        assert headers["content-type"] == "application/problem+json"
        assert headers["allow"] == ", ".join(METHODS)

    def test_carry_bodies(self, door: Door):
        answer = door.ask("POST", "/payments", content=b"x" * 100_000)

        assert answer.json()["bytes"] == 100_000

    def test_carry_bodies_whose_length_is_not_told_before(self, door: Door):
        answer = door.ask("POST", "/payments", content=iter([b"x" * 70_000, b"y" * 70_000]))

        assert answer.json()["bytes"] == 140_000


class TestPathsOfNobody:
    @pytest.mark.parametrize("path", INTERNAL)
    def test_are_not_found_and_nobody_is_asked(self, door: Door, upstreams, path: str):
        answer = door.ask("GET", path)

        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json() == {
            "type": "/problems/not_found",
            "title": "Not Found",
            "status": 404,
            "detail": "There is nothing at this path; /docs lists what there is.",
            "instance": path,
            "code": "not_found",
        }
        assert not any(upstream.seen for upstream in upstreams.values())

    @pytest.mark.parametrize("path", DEVIOUS)
    def test_are_not_reached_by_detours(self, door: Door, upstreams, path: str):
        status, headers, _ = door.raw(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())

        assert status == 400
        assert headers["content-type"] == "application/problem+json"
        assert not any(upstream.seen for upstream in upstreams.values())

    def test_may_be_written_with_signs_in_disguise_and_stay_what_they_are(self, door: Door):
        assert door.ask("GET", "/%74imeline/1").status_code == 404
        assert door.ask("GET", "/rese%72vations/1").json()["target"] == "/rese%72vations/1"

    def test_are_repeated_in_the_answer_only_if_they_need_no_quoting(self, door: Door):
        _, _, body = door.raw(b'GET /a"b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')

        assert b'"instance":"/"' in body


class TestThePagesOfTheDoor:
    def test_are_healthy(self, door: Door):
        assert door.ask("GET", "/healthz").json() == {"status": "alive"}
        assert door.ask("GET", "/readyz").json() == {"status": "ready"}

    def test_begin_with_the_search(self, door: Door):
        answer = door.ask("GET", "/")

        assert answer.status_code == 200
        assert "Where to?" in answer.text

    def test_have_files_that_may_be_kept_for_ever(self, door: Door):
        (sheet, *_) = re.findall(r'"(/static/[^"]+[.]css)"', door.ask("GET", "/").text)

        answer = door.ask("GET", sheet, headers={"Accept-Encoding": "gzip"})

        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.headers["content-type"] == "text/css; charset=utf-8"

    def test_keep_their_cookies_to_themselves(self, door: Door):
        # By a client that was never here.
        (cookie,) = httpx.get(door.url, trust_env=False, timeout=20).headers.get_list("set-cookie")

        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
        assert "Secure" not in cookie  # this door speaks no TLS
        seen = door.ask("GET", "/payments", headers={"Cookie": cookie.partition(";")[0]}).json()["headers"]
        assert "cookie" not in {name.lower() for name in seen}

    @pytest.mark.parametrize("path", ["/nowhere", "/trips/x/y/z", "/static/none.css", "/metrics", "/timeline/1"])
    def test_say_to_people_that_there_is_nothing(self, door: Door, path: str):
        answer = door.ask("GET", path, headers={"Accept": "text/html,*/*"})

        assert answer.status_code == 404
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "There is nothing here" in answer.text

    def test_show_swagger_ui(self, door: Door):
        page = door.ask("GET", "/docs/")

        assert page.status_code == 200
        assert "swagger-ui-bundle.js" in page.text
        assert door.ask("GET", "/docs/swagger-ui.css").status_code == 200

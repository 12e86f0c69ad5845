"""What the door refuses by itself: each a problem document, from whichever door."""

import json
import time

import pytest

from gateway import rules
from tests.integration.gateway.doors import Door

BEGIN = b"POST /payments HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"


def problem(answer: tuple[int, dict[str, str], bytes]) -> tuple[int, str]:
    """Return status and code of a refusal, which must be a problem document with the headers of every answer."""
    status, headers, body = answer
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    document = json.loads(body)
    assert document["status"] == status
    assert document["type"] == f"/problems/{document['code']}"
    assert document["detail"]
    return status, document["code"]


class TestBodies:
    def test_may_be_as_large_as_a_service_takes(self, door: Door):
        answer = door.ask("POST", "/payments", content=b"x" * rules.MAX_BODY_BYTES)

        assert answer.json()["bytes"] == rules.MAX_BODY_BYTES

    def test_that_are_larger_are_refused_before_they_are_read(self, door: Door, upstreams):
        length = f"Content-Length: {rules.MAX_BODY_BYTES + 1}\r\n\r\n".encode()

        assert problem(door.raw(BEGIN + length)) == (413, "too_large")
        assert upstreams["payment"].seen == []

    def test_that_turn_out_to_be_larger_are_refused(self, door: Door, upstreams):
        chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
        sent = BEGIN + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * 33 + b"0\r\n\r\n"

        assert problem(door.raw(sent)) == (413, "too_large")
        assert upstreams["payment"].seen == []


class TestWhatTwoReadersWouldReadDifferently:
    @pytest.mark.parametrize(
        "headers",
        [
            b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
            b"Content-Length: 4\r\nContent-Length: 5\r\n",
            b"Content-Length: 4, 4\r\n",
            b"Content-Length: +4\r\n",
            b"Content-Length: abc\r\n",
            b"Content-Length : 4\r\n",
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            b"Transfer-Encoding: xchunked\r\n",
            b"Transfer-Encoding: gzip, chunked\r\n",
        ],
        ids=lambda headers: headers.decode().replace("\r\n", " "),
    )
    def test_is_refused(self, door: Door, upstreams, headers: bytes):
        status, _ = problem(door.raw(BEGIN + headers + b"\r\n0\r\n\r\n"))

        assert status in {400, 501}
        assert upstreams["payment"].seen == []

    @pytest.mark.parametrize("line", [b"GET", b"GET /payments HTTP/9.9", b"GET pay ments HTTP/1.1", b"\x16\x03\x01"])
    def test_or_is_no_request_at_all_is_refused(self, door: Door, line: bytes):
        status, _, _ = door.raw(line + b"\r\nHost: a\r\nConnection: close\r\n\r\n")

        assert status in {400, 505}


class TestLengths:
    def test_of_urls_have_an_end(self, door: Door):
        answer = door.raw(b"GET /airports?q=" + b"x" * 5000 + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

        assert problem(answer) == (414, "too_large")

    def test_of_urls_below_it_reach_the_service(self, door: Door):
        assert door.ask("GET", "/airports?q=" + "x" * 3900).status_code == 200

    def test_of_headers_have_an_end(self, door: Door):
        answer = door.raw(BEGIN + b"Cookie: " + b"x" * 9000 + b"\r\n\r\n")

        assert problem(answer) == (431, "too_large")


class TestServices:
    @pytest.fixture
    def without_payment(self, upstreams):
        upstreams["payment"].stop()
        yield
        upstreams["payment"].restart()

    @pytest.mark.usefixtures("without_payment")
    def test_that_are_away_are_answered_for(self, door: Door):
        answer = door.ask("POST", "/payments", content=b"{}")

        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "2"
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["instance"] == "/payments"
        assert door.ask("GET", "/departures").status_code == 200

    def test_that_are_back_are_asked_at_once(self, door: Door, upstreams):
        upstreams["payment"].stop()
        door.ask("GET", "/payments")
        upstreams["payment"].restart()

        assert door.ask("GET", "/payments").status_code == 200


class TestTheLog:
    def test_has_no_query_no_credential_and_no_secret_of_a_path(self, door: Door):
        door.ask("GET", "/wallets/tok_wallet_opens?token=in-the-query", headers={"Authorization": "Bearer good-jwt"})
        time.sleep(0.2)

        said = door.log.read_text()
        assert "tok_wallet_opens" not in said
        assert "in-the-query" not in said
        assert "good-jwt" not in said

    def test_shows_each_request_of_nginx_under_its_correlation_id(self, door: Door):
        if door.kind != "nginx":
            pytest.skip("in the embedded way each service has a log of its own, and the door none")
        answer = door.ask("POST", "/timeline/1?a=b")
        time.sleep(0.2)

        lines = [json.loads(line) for line in door.log.read_text().splitlines() if line.startswith("{")]
        (line,) = [line for line in lines if line["correlation_id"] == answer.headers["x-request-id"]]
        assert (line["method"], line["path"], line["status"]) == ("POST", "/timeline/1", 404)

"""What of a request's headers arrives, what of an answer's returns, and what the door adds."""

import re
import uuid

import pytest

from common import failures
from gateway import rules
from tests.integration.gateway.doors import Door

CLAIMS = (
    "X-Aerosaga-Authorization",
    "X-Aerosaga-User",
    "X-User",
    "X-User-Id",
    "X-Role",
    "X-Remote-User",
    "Remote-User",
    "X-Real-IP",
    "X-Client-IP",
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-HTTP-Method-Override",
    "X-Forwarded-User",
    "X-Forwarded-Prefix",
    "Forwarded",
    "Via",
    "Proxy",
    "Cookie",
    "Upgrade",
    "TE",
    failures.HEADER,
)


class TestRequests:
    @pytest.mark.parametrize("name", CLAIMS)
    def test_lose_what_a_client_claims_about_itself(self, door: Door, name: str):
        seen = door.ask("GET", "/payments", headers={name: "admin"}).json()["headers"]

        assert "admin" not in seen.values()

    @pytest.mark.parametrize("name", ["X_Role", "X_Aerosaga_Authorization", "X_Forwarded_For"])
    def test_lose_headers_that_a_service_could_read_as_another(self, door: Door, name: str):
        sent = f"GET /payments HTTP/1.1\r\nHost: a\r\n{name}: admin\r\nConnection: close\r\n\r\n".encode()

        status, _, body = door.raw(sent)

        assert (status, b"admin" in body) == (200, False)

    @pytest.mark.parametrize("name", rules.PASSED_HEADERS)
    def test_keep_what_the_services_need(self, door: Door, name: str):
        seen = door.ask("POST", "/payments", headers={name: "it"}, content=b"{}").json()["headers"]

        assert seen[name.lower()] == "it"

    def test_carry_nothing_else(self, door: Door):
        seen = door.ask("POST", "/payments", headers={"X-Anything": "a"}, content=b"{}").json()["headers"]

        ours = {"host", "connection", "content-length", "traceparent"}
        forwarded = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
        assert set(seen) - ours - forwarded <= {name.lower() for name in rules.PASSED_HEADERS}

    def test_say_where_they_came_from_whatever_the_client_says(self, door: Door):
        claims = {"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}

        seen = door.ask("GET", "/payments", headers=claims).json()["headers"]

        assert seen["x-forwarded-for"] == "127.0.0.1"
        assert seen["x-forwarded-proto"] == "http"
        assert seen["x-forwarded-host"] == f"127.0.0.1:{door.port}"

    def test_lose_headers_that_a_client_declares_to_be_of_the_connection(self, door: Door):
        seen = door.ask("GET", "/payments", headers={"Connection": "X-Secret", "X-Secret": "1"}).json()["headers"]

        assert "x-secret" not in seen


class TestTraces:
    def test_begin_at_the_door_under_the_id_that_the_answer_names(self, door: Door):
        answer = door.ask("GET", "/payments")

        version, trace, span, flags = answer.json()["headers"]["traceparent"].split("-")
        assert (version, flags) == ("00", "01")
        assert re.fullmatch("[0-9a-f]{16}", span)
        assert str(uuid.UUID(hex=trace)) == answer.headers["x-request-id"]

    def test_are_not_a_strangers_to_name(self, door: Door):
        theirs = uuid.uuid4().hex
        headers = {"traceparent": f"00-{theirs}-{theirs[:16]}-01", "X-Request-Id": theirs, "tracestate": "a=b"}

        seen = door.ask("GET", "/payments", headers=headers).json()["headers"]

        assert not any(theirs in value for value in seen.values())
        assert "tracestate" not in seen

    def test_differ_from_request_to_request(self, door: Door):
        assert len({door.ask("GET", "/payments").headers["x-request-id"] for _ in range(5)}) == 5


@pytest.mark.parametrize("path", ["/payments", "/payments?status=422", "/timeline/1", "/docs/", "/healthz", "/", "/x"])
class TestEveryAnswer:
    def test_has_the_headers_that_protect_browsers_once(self, door: Door, path: str):
        answer = door.ask("GET", path)

        for name, value in rules.SECURITY_HEADERS.items():
            assert answer.headers.get_list(name) == [value]
        (policy,) = answer.headers.get_list("content-security-policy")
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert len(answer.headers.get_list("x-request-id")) == 1

    def test_does_not_promise_tls_where_there_is_none(self, door: Door, path: str):
        assert "strict-transport-security" not in door.ask("GET", path).headers


class TestAnswers:
    def test_return_as_the_service_gave_them(self, door: Door):
        target = "/reservations?status=202&header=Location:/reservations/K7Q2ZD&header=X-Pagination:{}&header=ETag:a"

        answer = door.ask("GET", target)

        assert answer.status_code == 202
        assert answer.headers["location"] == "/reservations/K7Q2ZD"
        assert answer.headers["x-pagination"] == "{}"
        assert answer.headers["etag"] == "a"
        assert answer.headers["content-type"] == "application/json"

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503])
    def test_of_refusals_are_the_services_own(self, door: Door, status: int):
        answer = door.ask("GET", f"/payments?status={status}")

        assert answer.status_code == status
        assert answer.json()["service"] == "payment"

    def test_lose_what_only_the_door_may_know(self, door: Door):
        answer = door.ask("GET", "/payments?header=X-Aerosaga-Authorization:secret&header=Connection:X-A")

        assert "secret" not in str(answer.headers)

    def test_to_head_have_no_body(self, door: Door):
        answer = door.ask("HEAD", "/payments")

        assert answer.content == b""
        assert int(answer.headers["content-length"]) > 0

    def test_of_the_docs_allow_the_scripts_of_the_page_and_no_other(self, door: Door):
        policy = door.ask("GET", "/docs/").headers["content-security-policy"]

        scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
        assert re.fullmatch(r"script-src 'self' 'sha256-[\w+/]+='", scripts)

"""Requests that are no requests: bodies that are not JSON, of another kind or too large; wrong methods; bad headers."""

from uuid import UUID

import pytest

from tests.e2e.refusals import encode

pytestmark = pytest.mark.usefixtures("quiet")

TAKES_A_BODY = [
    ("POST", "booking", "/reservations"),
    ("POST", "payment", "/payments"),
    ("POST", "payment", "/wallets"),
    ("POST", "payment", "/payments/pa_x/refunds"),
    ("POST", "payment", "/wallets/wal_x/deposits"),
    ("PUT", "airline", "/airlines"),
    ("PUT", "airline", "/airports"),
    ("PUT", "flight", "/schedule/2026-12-01"),
]
NOT_JSON = [
    pytest.param(b"{", id="half an object"),
    pytest.param(b'{"passengers": [],}', id="a comma too much"),
    pytest.param(b"{'passengers': []}", id="single quotes"),
    pytest.param(b'{"a": 1} {"b": 2}', id="two objects"),
    pytest.param(b'{"a": "\n"}', id="a line break inside a text"),
    pytest.param(b'{"a": 01}', id="a zero before a number"),
    pytest.param(b'{"a": NaN}', id="NaN"),
    pytest.param(b"\xff\xfe{\x00}\x00", id="UTF-16"),
    pytest.param(b'{"a": "\xe9"}', id="Latin-1"),
    pytest.param(b'{"a": "\xed\xa0\x80"}', id="half a character in UTF-8"),
    pytest.param(b"[" * 100_000, id="a hundred thousand brackets"),
    pytest.param(b'{"a":' * 100_000, id="a hundred thousand braces"),
    pytest.param(b'{"a": ' + b"9" * 5000 + b"}", id="a number of five thousand digits"),
    pytest.param(b"<reservation/>", id="XML"),
    pytest.param(b" ", id="a blank"),
]


class TestABody:
    @pytest.mark.parametrize("content", NOT_JSON)
    def test_that_is_not_json_is_refused(self, refuser, facts, content):
        for method, service, path in TAKES_A_BODY:
            refuser(method, service, path, content, status=400, code="malformed", token=facts.operator_token)

    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "nonsense", ""]
    )
    def test_of_another_kind_is_refused(self, refuser, facts, kind):
        for method, service, path in TAKES_A_BODY:
            refuser(
                method,
                service,
                path,
                b"{}",
                status=415,
                code="unsupported_media_type",
                token=facts.operator_token,
                headers={"Content-Type": kind},
            )

    def test_that_is_missing_is_refused(self, refuser, facts):
        for method, service, path in TAKES_A_BODY:
            if path.endswith("/refunds"):
                continue  # nothing in it is required
            refuser(method, service, path, b"", status=422, code="invalid", token=facts.operator_token)

    def test_of_three_megabytes_is_refused(self, refuser, facts):
        body = encode({"a": "x" * 3 * 2**20})

        for method, service, path in TAKES_A_BODY:
            # The server does not read the rest of such a body, so that its connection cannot be used again.
            headers = {"Connection": "close"}
            refuser(
                method, service, path, body, status=413, code="too_large", token=facts.operator_token, headers=headers
            )

    def test_nested_as_deep_as_a_reader_follows_is_refused_all_the_same(self, refuser):
        refuser("POST", "booking", "/reservations", b"[" * 500 + b"]" * 500, status=422, code="invalid")


class TestAMethod:
    @pytest.mark.parametrize(
        ("method", "service", "path"),
        [
            ("DELETE", "booking", "/reservations"),
            ("PUT", "booking", "/reservations/AAAAAA"),
            ("PATCH", "booking", "/reservations/AAAAAA"),
            ("POST", "booking", "/departures/1/seats"),
            ("POST", "flight", "/departures"),
            ("GET", "flight", "/schedule/2026-12-01"),
            ("DELETE", "airline", "/airlines"),
            ("GET", "payment", "/payments"),
            ("GET", "payment", "/wallets"),
            ("DELETE", "payment", "/payments/pa_x"),
        ],
    )
    def test_that_an_address_does_not_know_is_refused(self, refuser, facts, method, service, path):
        refuser(method, service, path, status=405, code="method_not_allowed", token=facts.operator_token)


class TestATraceparent:
    @pytest.mark.parametrize(
        "header",
        [
            "",
            "-",
            "00",
            "nonsense",
            "00-00000000000000000000000000000000-0000000000000000-00",
            "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
            "00-0af7651916cd43dd_448eb211c80319c-b7ad6b7169203331-01",
            "00-zzf7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-" + "a" * 2000 + "-b7ad6b7169203331-01",
            "\u00e9-0af7651916cd43dd8448eb211c80319c",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01, 00-1af7651916cd43dd8448eb211c80319c-b7-01",
        ],
    )
    def test_that_is_none_is_overlooked(self, refuser, header):
        headers = {"traceparent": header.encode("latin-1")}

        refuser("POST", "booking", "/reservations", b"{}", status=422, code="invalid", headers=headers)

    def test_names_the_request_in_its_answer(self, stack):
        trace = "0af7651916cd43dd8448eb211c80319c"
        headers = {"traceparent": f"00-{trace}-b7ad6b7169203331-01"}

        answer = stack.ask("GET", "booking", "/availability", headers=headers)

        assert UUID(answer.headers["X-Request-Id"]).hex == trace


class TestAnIdempotencyKey:
    @pytest.mark.parametrize("key", ["", "x" * 256, "kéy", "a\tb"])
    def test_that_is_none_is_refused(self, refuser, facts, key):
        headers = {"Idempotency-Key": key.encode("latin-1")}
        body = encode({"currency": "USD"})

        refuser(
            *("POST", "payment", "/wallets", body),
            status=400,
            code="bad_idempotency_key",
            headers=headers,
            token=facts.operator_token,
        )

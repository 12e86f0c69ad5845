"""The client of the provider, against the sandbox bank and against servers that misbehave as it cannot."""

import json
import socket
import threading
import time
import uuid
from contextlib import contextmanager

import httpx
import pytest
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from payment_svc.provider import Bank, ProviderRefused, ProviderUnavailable, ProviderUnknown
from sandbox.bank.serving import serving
from sandbox.bank.settings import BankSettings

FOUND = {
    "id": "bank_x",
    "reference": "pa_789",
    "status": "authorized",
    "amountMinor": 45000,
    "capturedMinor": 0,
    "refundedMinor": 0,
    "currency": "EUR",
    "address": None,
    "expiresAt": "2026-12-01T12:00:00.000000Z",
}


@pytest.fixture
def url(tmp_path):
    settings = BankSettings(database=tmp_path / "bank.db", slow_seconds=0.4, timeout_seconds=2)
    with serving(settings) as url:
        yield url


@pytest.fixture
def bank(url):
    return a_bank(url)


def a_bank(url, **changes):
    return Bank(**{"base_url": url, "timeout_seconds": 0.3, "first_wait_seconds": 0.05, **changes})


def a_key():
    return str(uuid.uuid4())


def authorize(bank, token="tok_visa", *, key=None, **changes):
    wanted = {"reference": "pa_789", "kind": "card", "amount_minor": 45000, "currency": "EUR"}
    return bank.authorize(**{**wanted, "key": key or a_key(), "token": token, **changes})


def invoice(bank):
    return authorize(bank, None, kind="crypto", expires_in_seconds=60)


def acts(url):
    return [entry["act"] for entry in httpx.get(f"{url}/ledger", verify=False).json()["entries"]]


@contextmanager
def a_server(*answers):
    """Serve each answer once, the last one for ever; yields the URL and the list of requests it got."""
    asked: list[Request] = []

    @Request.application
    def application(request):
        request.get_data()
        asked.append(request)
        answer = answers[min(len(asked), len(answers)) - 1]
        return answer if isinstance(answer, Response) else answer()

    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=_Quiet)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    def log_request(self, *args):
        pass


class TestAPayment:
    def test_by_card_is_authorized_captured_and_refunded(self, bank, url):
        made = authorize(bank)
        ref = made.provider_ref

        captured = bank.capture(key=a_key(), provider_ref=ref, amount_minor=45000)
        part = bank.refund(key=a_key(), provider_ref=ref, amount_minor=5000)
        rest = bank.refund(key=a_key(), provider_ref=ref, amount_minor=40000)

        assert [answer.outcome for answer in (made, captured, part, rest)] == [
            "authorized",
            "captured",
            "refunded",
            "refunded",
        ]
        assert all(answer.done for answer in (made, captured, part, rest))
        assert (part.refunded_minor, rest.refunded_minor) == (5000, 45000)
        assert acts(url) == ["authorize", "capture", "refund", "refund"]

    def test_by_crypto_is_an_open_invoice_until_its_payer_pays(self, bank, url):
        made = invoice(bank)
        httpx.post(f"{url}/invoices/{made.provider_ref}/pay", headers={"Idempotency-Key": a_key()}, verify=False)

        paid = bank.look_up(provider_ref=made.provider_ref)

        assert (made.outcome, made.done, bool(made.address)) == ("open", True, True)
        assert made.expires_at.tzinfo is not None
        assert paid.outcome == "authorized"
        assert bank.capture(key=a_key(), provider_ref=made.provider_ref, amount_minor=45000).done

    def test_is_declined_without_an_exception(self, bank):
        declined = authorize(bank, "tok_insufficient_funds")

        assert (declined.outcome, declined.reason) == ("declined", "insufficient_funds")
        assert not declined.done

    def test_is_found_again(self, bank):
        made = authorize(bank)

        assert bank.look_up(provider_ref=made.provider_ref) == made
        assert bank.find(reference="pa_789") == (made,)
        assert bank.find(reference="pa_790") == ()


class TestTooLate:
    """What can no longer be done is an answer that names the state in the way; it is never repeated."""

    def test_to_capture_what_was_voided(self, bank):
        ref = authorize(bank).provider_ref
        bank.void(key=a_key(), provider_ref=ref)

        answer = bank.capture(key=a_key(), provider_ref=ref, amount_minor=45000)

        assert (answer.outcome, answer.reason, answer.done) == ("voided", "already_voided", False)

    def test_to_void_what_was_captured(self, bank):
        ref = authorize(bank).provider_ref
        bank.capture(key=a_key(), provider_ref=ref, amount_minor=45000)

        answer = bank.void(key=a_key(), provider_ref=ref)

        assert (answer.outcome, answer.reason, answer.captured_minor) == (
            "captured",
            "already_captured",
            45000,
        )

    def test_to_capture_or_void_what_expired(self, bank):
        ref = authorize(bank, "tok_expires_at_once").provider_ref

        assert bank.capture(key=a_key(), provider_ref=ref, amount_minor=45000).outcome == "expired"
        assert bank.void(key=a_key(), provider_ref=ref).outcome == "expired"

    def test_to_refund_more_than_is_left(self, bank):
        ref = authorize(bank).provider_ref
        bank.capture(key=a_key(), provider_ref=ref, amount_minor=45000)

        assert bank.refund(key=a_key(), provider_ref=ref, amount_minor=45001).reason == "refund_exceeds_captured"
        assert bank.refund(key=a_key(), provider_ref=ref, amount_minor=45000).done
        assert bank.refund(key=a_key(), provider_ref=ref, amount_minor=1).reason == "already_refunded"

    def test_to_capture_an_invoice_nobody_paid(self, bank):
        answer = bank.capture(key=a_key(), provider_ref=invoice(bank).provider_ref, amount_minor=45000)

        assert (answer.outcome, answer.reason) == ("open", "not_paid")

    def test_to_ask_about_what_is_not_there(self, bank):
        assert bank.look_up(provider_ref="bank_x").outcome == "absent"
        assert bank.void(key=a_key(), provider_ref="bank_x").reason == "no_such_authorization"


class TestTrouble:
    """One ask, one key: whatever happens on the way, the ledger has one entry."""

    @pytest.mark.parametrize("token", ["tok_timeout_after_success", "tok_error_after_success"])
    def test_after_success_is_resolved_by_asking_again(self, bank, url, token):
        assert authorize(bank, token).outcome == "authorized"
        assert acts(url) == ["authorize"]

    @pytest.mark.parametrize("act", ["capture", "void", "refund"])
    def test_after_success_of_a_later_act_is_resolved_by_asking_again(self, bank, url, act):
        ref = authorize(bank, f"tok_{act}_timeout_after_success").provider_ref
        if act == "refund":
            bank.capture(key=a_key(), provider_ref=ref, amount_minor=45000)
        amount = {} if act == "void" else {"amount_minor": 45000}

        answer = getattr(bank, act)(key=a_key(), provider_ref=ref, **amount)

        assert answer.done
        assert acts(url).count(act) == 1

    def test_that_leaves_the_outcome_unknown_is_resolved_later_with_the_same_key(self, url):
        key = a_key()
        with pytest.raises(ProviderUnknown):
            authorize(a_bank(url, attempts=1), "tok_timeout_after_success", key=key)

        later = authorize(a_bank(url), "tok_timeout_after_success", key=key)

        assert later.outcome == "authorized"
        assert acts(url) == ["authorize"]

    def test_before_success_is_outlasted(self, bank, url):
        assert authorize(bank, "tok_fails_twice").outcome == "authorized"
        assert acts(url) == ["authorize"]

    def test_of_a_slow_provider_waits_as_long_as_retry_after_says(self, bank, url):
        assert authorize(bank, "tok_slow").outcome == "authorized"
        assert acts(url) == ["authorize"]

    def test_repeats_the_very_same_request(self):
        with a_server(Response(status=500), Response(status=503), json_response(FOUND, 201)) as (url, asked):
            authorize(a_bank(url))

        assert len(asked) == 3
        assert len({(ask.headers["Idempotency-Key"], ask.get_data()) for ask in asked}) == 1

    def test_is_given_up_after_the_attempts_allowed(self):
        with a_server(Response(status=500)) as (url, asked), pytest.raises(ProviderUnknown, match="500"):
            authorize(a_bank(url, attempts=2))

        assert len(asked) == 2

    def test_ends_in_time_whatever_the_provider_asks_for(self):
        busy = Response(status=503, headers={"Retry-After": "3600"})
        with a_server(busy) as (url, asked), pytest.raises(ProviderUnknown):
            authorize(a_bank(url))

        assert len(asked) == 1

    def test_honours_retry_after(self):
        busy = Response(status=429, headers={"Retry-After": "1"})
        with a_server(busy, json_response(FOUND, 201)) as (url, _):
            started = time.monotonic()
            authorize(a_bank(url))

        assert time.monotonic() - started >= 1


class TestWhatIsKnown:
    def test_nothing_was_executed_when_nobody_listens(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            bank = a_bank(f"http://127.0.0.1:{free.getsockname()[1]}")

        with pytest.raises(ProviderUnavailable, match="cannot be reached"):
            authorize(bank)

    def test_nothing_was_executed_when_the_provider_turns_us_away(self):
        with a_server(Response(status=429)) as (url, _), pytest.raises(ProviderUnavailable):
            authorize(a_bank(url))

    def test_an_earlier_attempt_that_may_have_worked_is_not_forgotten(self):
        with a_server(Response(status=500), Response(status=429)) as (url, _), pytest.raises(ProviderUnknown):
            authorize(a_bank(url))

    @pytest.mark.parametrize("answers", [b"", b"HTTP/1.1 201 CREATED\r\nContent-Length: 500\r\n\r\n{"])
    def test_a_connection_cut_after_the_ask_leaves_the_outcome_unknown(self, answers):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=_cut, args=(listener, answers), daemon=True).start()

            with pytest.raises(ProviderUnknown, match="did not answer"):
                authorize(a_bank(f"http://127.0.0.1:{listener.getsockname()[1]}", attempts=1))

    @pytest.mark.parametrize(
        ("answer", "said"),
        [
            (Response("<html>", status=200), "cannot be read"),
            (Response("{}", status=200), "cannot be read"),
            (Response("x" * 300_000, status=200), "too long"),
            (lambda: json_response({**FOUND, "amountMinor": 1}, 201), "another payment"),
            (lambda: json_response({**FOUND, "reference": "pa_790"}, 201), "another payment"),
            (lambda: json_response({**FOUND, "currency": "USD"}, 201), "another payment"),
            (Response("<html>", status=409), "409"),
        ],
    )
    def test_an_answer_that_does_not_fit_the_ask_leaves_the_outcome_unknown(self, answer, said):
        with a_server(answer) as (url, _), pytest.raises(ProviderUnknown, match=said):
            authorize(a_bank(url, attempts=1))

    def test_an_answer_that_trickles_is_not_waited_for_for_ever(self):
        def trickle():
            return Response((time.sleep(0.1) or b" " for _ in range(50)), status=200)

        with a_server(trickle) as (url, _):
            started = time.monotonic()
            with pytest.raises(ProviderUnknown, match="too long"):
                authorize(a_bank(url, attempts=1))

        assert time.monotonic() - started < 2

    @pytest.mark.parametrize("status", [301, 400, 401, 404, 422])
    def test_a_refusal_of_the_ask_itself_is_not_repeated(self, status):
        refusal = Response("<html>", status=status, headers={"Location": "/elsewhere"})
        with a_server(refusal) as (url, asked), pytest.raises(ProviderRefused, match=str(status)):
            authorize(a_bank(url))

        assert len(asked) == 1

    def test_a_key_used_for_another_payment_is_refused(self, bank, url):
        key = a_key()
        authorize(bank, key=key)

        with pytest.raises(ProviderRefused, match="key_reused"):
            authorize(bank, key=key, amount_minor=1)
        assert acts(url) == ["authorize"]

    def test_no_id_reaches_another_path(self):
        with a_server(json_response(FOUND)) as (url, asked):
            a_bank(url).look_up(provider_ref="../ledger?x=1")

        assert asked[0].environ["REQUEST_URI"] == "/authorizations/..%2Fledger%3Fx%3D1"


def json_response(body, status=200):
    return Response(json.dumps(body), status=status, content_type="application/json")


def _cut(listener, answers):
    connection, _ = listener.accept()
    with connection:
        connection.recv(65536)
        connection.sendall(answers)

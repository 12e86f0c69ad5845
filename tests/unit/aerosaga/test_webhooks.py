"""The commands of an integrator as they are typed, and the listener that verifies before it believes."""

import threading
from datetime import UTC, datetime

import httpx
import pytest
from click.testing import CliRunner, Result
from standardwebhooks import Webhook

from aerosaga.commands import webhooks
from aerosaga.commands.group import aerosaga
from aerosaga.webhook_listener import Heard, listening
from tests.unit.aerosaga.services import Services, answer, problem

SECRET = "whsec_" + "c2VjcmV0" * 4
BODY = '{"type":"SeatHeld","version":1,"eventId":"5f0c","seatNumber":"12A"}'
HOOK = {
    "webhookId": "whk_mine",
    "state": "disabled",
    "disabledReason": "gone",
    "failingSince": None,
    "events": ["SeatHeld"],
    "url": "https://hooks.example.org/in",
}
DELIVERY = {
    "deliveryId": "dlv_one",
    "type": "SeatHeld",
    "state": "delivered",
    "createdAt": "2026-12-01T13:30:00.000000Z",
    "nextAttemptAt": None,
    "attempts": [{"status": 503, "error": None}, {"status": None, "error": "no answer within 15 s"}, {"status": 204}],
}


@pytest.fixture
def run(monkeypatch):
    def typed(*words: str, **answers: object) -> Result:
        services = Services({name.replace("__", " /").replace("_", " "): said for name, said in answers.items()})
        monkeypatch.setattr(webhooks, "client", lambda _: services.client())
        return CliRunner().invoke(aerosaga, ["webhooks", *words], prog_name="aerosaga")

    return typed


class TestAdd:
    def test_prints_the_secret(self, run):
        made = HOOK | {"secret": SECRET}

        result = run("add", HOOK["url"], "SeatHeld", POST_notification__webhooks=answer(made, status=201))

        assert result.exit_code == 0
        assert result.output == f"whk_mine hears SeatHeld.\nsecret: {SECRET}\n"

    def test_says_why_not(self, run):
        refusal = problem(422, "Webhooks are sent by https only.", code="endpoint_refused")

        result = run("add", "http://hooks.example.org", POST_notification__webhooks=refusal)

        assert (result.exit_code, result.output) == (1, "Error: Webhooks are sent by https only.\n")


class TestList:
    def test_shows_which_are_switched_off_and_why(self, run):
        printed = run("list", GET_notification__webhooks=[HOOK]).output

        assert "whk_mine  disabled: gone  SeatHeld  https://hooks.example.org/in" in printed

    def test_says_how_to_see_one_when_there_is_none(self, run):
        result = run("list", GET_notification__webhooks=[])

        assert (result.exit_code, "webhooks listen" in result.output) == (1, True)


class TestDeliveries:
    def test_show_how_each_attempt_ended(self, run, monkeypatch):
        services = Services({"GET notification /webhooks/whk_mine/deliveries": [DELIVERY]})
        monkeypatch.setattr(webhooks, "client", lambda _: services.client())

        printed = CliRunner().invoke(aerosaga, ["webhooks", "deliveries", "whk_mine"]).output

        assert "dlv_one   SeatHeld  01 Dec 13:30:00  delivered  503, no answer within 15 s, 204" in printed


class TestListener:
    @pytest.fixture
    def heard(self) -> list[Heard]:
        return []

    @pytest.fixture
    def listener(self, heard):
        with listening(0, heard.append) as listener:
            listener.secret = SECRET
            thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
            thread.start()
            yield listener
            listener.shutdown()
            thread.join()

    def post(self, listener, content: str, *, secret: str = SECRET) -> int:
        at = datetime.now(UTC)
        headers = {
            "webhook-id": "5f0c",
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign("5f0c", at, BODY),
        }
        return httpx.post(listener.url, content=content, headers=headers, trust_env=False).status_code

    def test_takes_what_is_signed(self, listener, heard):
        assert self.post(listener, BODY) == 204
        assert (heard[0].wrong, heard[0].body["seatNumber"], heard[0].message_id) == (None, "12A", "5f0c")

    @pytest.mark.parametrize(
        ("content", "secret"),
        [(BODY + " ", SECRET), (BODY, "whsec_" + "b3RoZXJz" * 4)],
        ids=["altered", "a stranger's"],
    )
    def test_refuses_what_is_not(self, listener, heard, content, secret):
        assert self.post(listener, content, secret=secret) == 401
        assert (heard[0].body, heard[0].wrong) == (None, "No matching signature found")

    def test_refuses_what_has_no_signature_at_all(self, listener, heard):
        assert httpx.post(listener.url, content=BODY, trust_env=False).status_code == 401

"""Webhooks over HTTP: what an owner sees and does, and that somebody else's are not there."""

import os
import time

import pytest
from flask.testing import FlaskClient

from common.api import create_api
from common.auth import Caller, Role
from common.idempotency import idempotency_key
from common.signatures import KeyRing, PrivateKey
from notification_svc.api import blueprints
from tests.builders import a_seat_held
from tests.callers import INSTALLATION, a_service, a_traveller, an_agent, an_operator
from tests.conftest import OPERATOR_TOKEN
from tests.integration.notification_svc.webhooks.receiver import receiving
from tests.surroundings import surroundings

KEY = PrivateKey("5e" * 32)
ADA = a_service("webhooks")
BOB = Caller(name="usr_bob", role=Role.SERVICE, scopes=frozenset({"webhooks"}))
HOOK = {"url": "https://hooks.example.org/in", "events": ["SeatHeld"], "description": "our seat board"}


def headers(who: Caller | None, **more: str) -> dict[str, str]:
    """Return the headers of a request by this caller."""
    if who is None:
        return more
    if who == INSTALLATION:
        return {"Authorization": f"Bearer {OPERATOR_TOKEN}", **more}
    now = int(time.time())
    claims = {"iss": "aerosaga-auth", "aud": "aerosaga", "sub": who.name, "role": str(who.role), "jti": "1"}
    claims |= {"iat": now, "exp": now + 60, "scope": " ".join(who.scopes)}
    if who.airline:
        claims["airline"] = who.airline
    return {"Authorization": f"Bearer {KEY.sign(claims, kind='at+jwt')}", **more}


@pytest.fixture
def client(hooks) -> FlaskClient:
    app = create_api(
        "notification",
        title="notification",
        database=hooks.database,
        blueprints=blueprints,
        probes={},
        keys=KeyRing([KEY.public]),
    )
    return app.test_client()


@pytest.fixture
def made(client):
    answer = client.post("/webhooks", json=HOOK, headers=headers(ADA))
    assert answer.status_code == 201, answer.text
    return answer.json


class TestPost:
    def test_answers_with_the_secret_which_is_never_shown_again(self, client, made):
        shown = client.get(f"/webhooks/{made['webhookId']}", headers=headers(ADA)).json

        assert made["secret"].startswith("whsec_")
        assert {**shown, "secret": made["secret"]} == made
        assert (shown["state"], shown["owner"], shown["airline"]) == ("enabled", ADA.name, None)

    def test_is_done_once_for_a_key_and_its_answer_is_stored_sealed(self, client, hooks):
        asked = headers(ADA, **{"Idempotency-Key": "one"})
        first, again = (client.post("/webhooks", json=HOOK, headers=asked) for _ in range(2))

        assert (first.status_code, again.status_code) == (201, 201)
        assert first.json == again.json
        assert len(client.get("/webhooks", headers=headers(ADA)).json) == 1
        (stored,) = hooks.database.read(lambda session: session.execute(idempotency_key.select()).all())
        assert "whsec_" not in str(stored.body)

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"url": "http://hooks.example.org/"}, "endpoint_refused"),
            ({"url": "https://127.0.0.1/"}, "endpoint_refused"),
            ({"url": "https://localhost/"}, "endpoint_refused"),
            ({"url": "https://[::ffff:169.254.169.254]/"}, "endpoint_refused"),
            ({"url": "https://ada:x@hooks.example.org/"}, "endpoint_refused"),
            ({"url": "https://h\u00f6oks.example.org/"}, "endpoint_refused"),
            ({"url": ""}, "invalid"),
            ({"url": None}, "invalid"),
            ({"events": []}, "invalid"),
            ({"events": ["ItineraryRecorded"]}, "invalid"),
            ({"events": "SeatHeld"}, "invalid"),
            ({"description": "x" * 201}, "invalid"),
            ({"secret": "whsec_mine"}, "invalid"),
        ],
    )
    def test_refuses(self, client, changes, code):
        answer = client.post("/webhooks", json=HOOK | changes, headers=headers(ADA))

        assert (answer.status_code, answer.json["code"]) == (422, code)
        assert client.get("/webhooks", headers=headers(ADA)).json == []

    def test_lets_an_agent_hear_only_the_airlines_own_and_what_names_one(self, client, hooks):
        agent = headers(an_agent("AA"))
        refused = client.post("/webhooks", json=HOOK | {"events": ["PaymentCaptured"]}, headers=agent)
        taken = client.post("/webhooks", json=HOOK, headers=agent)
        hooks.hear(a_seat_held(airline="UA"), a_seat_held(airline="AA"))

        assert (refused.status_code, refused.json["code"]) == (422, "events_refused")
        assert (taken.status_code, taken.json["airline"]) == (201, "AA")
        assert ['"airline":"AA"' in delivery.body for delivery in hooks.rows()] == [True]

    def test_stops_at_twenty(self, client):
        answers = [client.post("/webhooks", json=HOOK, headers=headers(ADA)).status_code for _ in range(21)]

        assert answers == [201] * 20 + [409]

    @pytest.mark.parametrize(
        ("who", "status"),
        [(None, 401), (a_traveller(), 403), (a_service("payments:write"), 403), (an_agent(None), 403)],
    )
    def test_is_not_for(self, client, who, status):
        assert client.post("/webhooks", json=HOOK, headers=headers(who)).status_code == status


class TestSomebodyElses:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", ""),
            ("PATCH", ""),
            ("DELETE", ""),
            ("POST", "/secret-rotations"),
            ("GET", "/deliveries"),
            ("POST", "/deliveries/dlv_x/redeliveries"),
            ("POST", "/tests"),
        ],
    )
    def test_webhook_looks_like_one_that_does_not_exist(self, client, made, method, path):
        body = {"json": {"enabled": False}} if method == "PATCH" else {}
        theirs, nobodys = (
            client.open(f"/webhooks/{name}{path}", method=method, headers=headers(BOB), **body)
            for name in (made["webhookId"], "whk_nobody")
        )

        assert theirs.status_code == nobodys.status_code == 404
        assert {**theirs.json, "instance": ""} == {**nobodys.json, "instance": ""}

    def test_webhooks_are_not_listed_except_for_operators(self, client, made):
        def listed(who):
            return [one["webhookId"] for one in client.get("/webhooks", headers=headers(who)).json]

        assert (listed(ADA), listed(BOB)) == ([made["webhookId"]], [])
        assert listed(an_operator()) == listed(INSTALLATION) == [made["webhookId"]]


class TestPatch:
    def test_changes_what_it_names_and_switches_off_and_on(self, client, made):
        path = f"/webhooks/{made['webhookId']}"
        off = client.patch(path, json={"enabled": False, "events": ["SeatReleased"]}, headers=headers(ADA)).json
        on = client.patch(path, json={"enabled": True}, headers=headers(an_operator())).json

        assert (off["state"], off["disabledReason"], off["events"]) == ("disabled", "by_owner", ["SeatReleased"])
        assert (on["state"], on["disabledReason"], on["disabledAt"]) == ("enabled", None, None)

    def test_with_nothing_to_change_is_refused(self, client, made):
        assert client.patch(f"/webhooks/{made['webhookId']}", json={}, headers=headers(ADA)).status_code == 422


class TestDelete:
    def test_makes_it_be_there_for_nobody(self, client, hooks, made):
        path = f"/webhooks/{made['webhookId']}"

        assert client.delete(path, headers=headers(ADA)).status_code == 204
        assert client.get(path, headers=headers(ADA)).status_code == 404
        hooks.hear(a_seat_held())
        assert hooks.rows() == []


class TestTests:
    def test_send_a_ping_whose_end_is_in_the_deliveries_and_can_be_sent_once_more(self, client, hooks):
        with receiving(500) as endpoint, surroundings_of_a_laptop():
            made = client.post("/webhooks", json=HOOK | {"url": endpoint.url}, headers=headers(ADA)).json
            path = f"/webhooks/{made['webhookId']}"
            asked = client.post(f"{path}/tests", headers=headers(ADA))
            hooks.send()
            (failed,) = client.get(f"{path}/deliveries", headers=headers(ADA)).json
            again = client.post(f"{path}/deliveries/{failed['deliveryId']}/redeliveries", headers=headers(ADA))
            hooks.send()
            (delivered,) = client.get(f"{path}/deliveries?state=delivered", headers=headers(ADA)).json

        assert (asked.status_code, again.status_code) == (202, 202)
        assert (failed["state"], failed["attempts"][0]["status"], failed["type"]) == ("failed", 500, "WebhookPinged")
        assert [attempt["status"] for attempt in delivered["attempts"]] == [500, 204]
        assert endpoint.posts[1].verify(made["secret"])["webhookId"] == made["webhookId"]
        assert endpoint.ids() == [failed["eventId"]] * 2

    def test_are_refused_while_it_is_switched_off(self, client, made):
        path = f"/webhooks/{made['webhookId']}"
        client.patch(path, json={"enabled": False}, headers=headers(ADA))

        assert client.post(f"{path}/tests", headers=headers(ADA)).json["code"] == "webhook_disabled"


def surroundings_of_a_laptop():
    """Let webhooks point at this machine, and leave every other setting as it is."""
    known = {name.removeprefix("AEROSAGA_").lower(): value for name, value in os.environ.items() if "AEROSAGA_" in name}
    return surroundings(**known | {"webhook_private_addresses": "allow"})

"""The operator's console without any service: who is let in, and what it shows when nothing answers."""

import re
import uuid

import pytest

from gateway.pages.operator import BLUEPRINTS
from tests.unit.gateway.conftest import log_in


class TestTheGate:
    def test_sends_a_stranger_to_log_in_and_back(self, client):
        answer = client.get("/ops?x=1&y=2")

        assert answer.status_code == 303
        assert answer.location == "/login?next=/ops%3Fx%3D1%26y%3D2"

    def test_leads_a_strangers_form_back_to_its_page(self, client):
        assert client.post("/ops").status_code in {403, 405}

    @pytest.mark.parametrize("role", ["traveller", "agent", "service", "", "Operator"])
    def test_turns_away_who_is_no_operator(self, client, role):
        log_in(client, role=role)

        answer = client.get("/ops")

        assert answer.status_code == 403
        assert "The console is for operators" in answer.text

    @pytest.mark.parametrize("role", ["operator", "admin"])
    def test_lets_in(self, client, role):
        log_in(client, role=role)

        assert client.get("/ops").status_code == 200

    def test_stands_before_every_page_of_the_console(self, app, client):
        names = {blueprint.name for blueprint in BLUEPRINTS}
        rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.partition(".")[0] in names]

        assert rules
        for rule in rules:
            assert rule.rule.startswith("/ops"), rule
            if "GET" in rule.methods:
                path = re.sub("<uuid:[^>]*>", str(uuid.uuid4()), rule.rule)
                path = re.sub("<[^>]*>", "7", path)
                assert client.get(path).location.startswith("/login"), rule


class TestTheNavigation:
    def test_offers_the_pages_there_are(self, client):
        log_in(client, role="operator")

        text = client.get("/ops").text

        assert '<a href="/ops" aria-current="page">Health</a>' in text

    def test_is_offered_to_operators_only(self, client):
        assert 'href="/ops"' not in client.get("/find").text
        log_in(client, role="operator")
        assert 'href="/ops"' in client.get("/find").text

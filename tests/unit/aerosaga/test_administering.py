"""The commands for who may do what, and who did."""

import httpx
import pytest
from click.testing import CliRunner

from aerosaga.commands import administering
from aerosaga.commands.group import aerosaga
from common import codec
from tests.unit.aerosaga.services import Services, problem

ADA = {
    "name": "usr_7f3a91c04be2",
    "role": "traveller",
    "email": "ada[bold]@example.org",
    "createdAt": "2026-11-22T21:00:00.000000Z",
    "disabledAt": None,
}


def entry(at, act, subject="user usr_7f3a91c04be2"):
    return {"at": at, "actor": "installation", "role": "admin", "act": act, "subject": subject, "reason": "asked"}


def run(monkeypatch, answers, *words):
    services = Services(answers)
    monkeypatch.setattr(administering, "client", lambda _: services.client())
    return CliRunner().invoke(aerosaga, words, prog_name="aerosaga"), services.asked


class TestUsers:
    def test_are_listed_as_they_wrote_themselves(self, monkeypatch):
        result, (asked,) = run(monkeypatch, {"GET auth /auth/users": [ADA]}, "users", "list", "--role", "traveller")

        assert (result.exit_code, "ada[bold]@example.org" in result.output) == (0, True)
        assert dict(asked.url.params) == {"role": "traveller", "page": "1", "page_size": "20"}

    def test_are_given_a_role_with_a_reason(self, monkeypatch):
        path = f"/auth/users/{ADA['name']}/role"
        words = ("users", "grant", ADA["name"], "agent", "--airline", "aa", "--reason", "new at the desk")

        result, (asked,) = run(monkeypatch, {f"PUT auth {path}": {**ADA, "role": "agent", "airline": "AA"}}, *words)

        assert (result.exit_code, "agent" in result.output) == (0, True)
        assert codec.loads(asked.content) == {"role": "agent", "airline": "AA", "reason": "new at the desk"}

    @pytest.mark.parametrize("words", [("agent",), ("admin", "--airline", "AA")])
    def test_are_agents_of_an_airline_or_of_none_if_they_are_no_agents(self, monkeypatch, words):
        result, asked = run(monkeypatch, {}, "users", "grant", ADA["name"], *words, "--reason", "x")

        assert (result.exit_code, asked) == (2, [])

    @pytest.mark.parametrize(("word", "disabled"), [("disable", True), ("enable", False)])
    def test_are_disabled_and_enabled(self, monkeypatch, word, disabled):
        path = f"/auth/users/{ADA['name']}"

        _, (asked,) = run(monkeypatch, {f"PATCH auth {path}": ADA}, "users", word, ADA["name"], "--reason", "left")

        assert codec.loads(asked.content) == {"disabled": disabled, "reason": "left"}

    def test_that_do_not_exist_are_told_of(self, monkeypatch):
        answers = {"PATCH auth /auth/users/usr_x": problem(404, "There is no user usr_x.")}

        result, _ = run(monkeypatch, answers, "users", "disable", "usr_x", "--reason", "x")

        assert (result.exit_code, result.output) == (1, "Error: There is no user usr_x.\n")


ANSWERS = {
    **{f"GET {service} /audit": [] for service in administering.SERVICES},
    "GET auth /audit": [
        entry("2026-11-22T21:00:03.000000Z", "grant role"),
        entry("2026-11-22T21:00:01.000000Z", "a"),
    ],
    "GET payment /audit": [entry("2026-11-22T21:00:02.000000Z", "issue refund", "payment pa_789")],
}


class TestAuditLog:
    def test_merges_all_services_newest_first(self, monkeypatch):
        result, _ = run(monkeypatch, ANSWERS, "audit-log", "--number", "2")

        lines = [" ".join(line.split()) for line in result.output.splitlines()[1:]]
        assert lines == [
            "22 Nov 21:00:03 auth installation admin grant role: user usr_7f3a91c04be2 (asked)",
            "22 Nov 21:00:02 payment installation admin issue refund: payment pa_789 (asked)",
        ]

    def test_asks_one_service_for_one_subject(self, monkeypatch):
        words = ("audit-log", "--service", "payment", "--subject", "payment pa_789")

        _, (asked,) = run(monkeypatch, ANSWERS, *words)

        assert (asked.url.host, asked.url.params["subject"]) == ("payment", "payment pa_789")

    def test_says_which_service_does_not_answer(self, monkeypatch):
        def away(_):
            raise httpx.ConnectError("refused")

        monkeypatch.setattr("aerosaga.client.PAUSE_SECONDS", 0)

        result, _ = run(monkeypatch, {**ANSWERS, "GET fare /audit": away}, "audit-log")

        assert (result.exit_code, "fare_svc does not answer" in result.output) == (0, True)
        assert "issue refund" in result.output

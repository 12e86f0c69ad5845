"""Logging in on the running system: every service knows who calls, and the public door knows what has changed."""

from uuid import uuid4

import pytest

from tests.stack import Json, Stack, read

SERVICES = ["airline", "flight", "fare", "booking", "payment", "notification", "auth"]


@pytest.fixture
def ada(stack: Stack) -> Json:
    """Somebody who has just registered: name, e-mail address, password."""
    person = {"email": f"ada-{uuid4().hex[:8]}@example.org", "password": "a difference engine"}
    read(stack.ask("POST", "auth", "/auth/register", person), 202)
    token = log_in(stack, person)["accessToken"]
    return {**person, "name": read(stack.ask("GET", "auth", "/auth/me", token=token))["name"]}


def log_in(stack: Stack, person: Json) -> Json:
    body = {"email": person["email"], "password": person["password"]}
    return read(stack.ask("POST", "auth", "/auth/login", body))


def grant(stack: Stack, person: Json, role: str) -> None:
    stack.operate("PUT", "auth", f"/auth/users/{person['name']}/role", {"role": role, "reason": "asked"})


class TestAnAccessToken:
    @pytest.mark.parametrize("service", SERVICES)
    def test_is_understood_by_every_service(self, stack: Stack, ada: Json, service: str):
        token = log_in(stack, ada)["accessToken"]

        refused = stack.ask("GET", service, "/audit", token=token)

        assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
        assert "you have the role traveller" in refused.json()["detail"]

    @pytest.mark.parametrize("service", SERVICES)
    def test_that_was_altered_is_refused_by_every_service(self, stack: Stack, ada: Json, service: str):
        head, body, signature = log_in(stack, ada)["accessToken"].split(".")

        refused = stack.ask("GET", service, "/audit", token=f"{head}.{body}.{signature[::-1]}")

        assert (refused.status_code, refused.json()["code"]) == (401, "bad_token")

    def test_has_the_role_that_was_given_after_a_refresh(self, stack: Stack, ada: Json):
        tokens = log_in(stack, ada)
        grant(stack, ada, "operator")
        renewed = read(stack.ask("POST", "auth", "/auth/refresh", {"refreshToken": tokens["refreshToken"]}))

        for service in SERVICES:
            read(stack.ask("GET", service, "/audit", token=renewed["accessToken"]))

    def test_still_stands_while_the_signing_key_changes(self, stack: Stack, ada: Json):
        grant(stack, ada, "operator")
        before = log_in(stack, ada)["accessToken"]
        stack.operate("POST", "auth", "/auth/keys/rotations", {"reason": "a test"})
        after = log_in(stack, ada)["accessToken"]

        for token in (before, after):
            for service in SERVICES:
                read(stack.ask("GET", service, "/audit", token=token))


class TestThePublicDoor:
    def test_knows_that_a_login_is_over(self, stack: Stack, ada: Json):
        tokens = log_in(stack, ada)
        stack.ask("POST", "auth", "/auth/logout", {"refreshToken": tokens["refreshToken"]})

        refused = stack.ask("GET", "gateway", "/auth/me", token=tokens["accessToken"])

        assert refused.status_code == 401

    def test_lets_a_program_in_with_its_key_and_not_after_it_is_revoked(self, stack: Stack):
        account = stack.operate("POST", "auth", "/auth/service-accounts", {"label": "a test"})["name"]
        keys = f"/auth/service-accounts/{account}/keys"
        wanted = {"label": "one", "scopes": ["reservations:read"]}
        key, unused = (stack.operate("POST", "auth", keys, wanted) for _ in range(2))

        known = stack.ask("GET", "gateway", "/auth/me", token=key["key"])
        stack.ask("DELETE", "auth", f"{keys}/{unused['name']}", token=stack.operator_token)

        assert "you have the role service" in known.json()["detail"]
        assert stack.ask("GET", "gateway", "/auth/me", token=unused["key"]).status_code == 401

    def test_shows_nobody_what_is_for_the_door_itself(self, stack: Stack):
        for path in ("/verify", "/audit"):
            assert stack.ask("GET", "gateway", path, token=stack.operator_token).status_code == 404


class TestTheAuditLog:
    def test_says_who_gave_which_role_and_why(self, stack: Stack, ada: Json):
        grant(stack, ada, "operator")

        subject = f"user {ada['name']}"
        (entry,) = stack.operate("GET", "auth", "/audit", params={"subject": subject})

        assert (entry["actor"], entry["act"], entry["reason"]) == ("installation", "grant role", "asked")
        assert ada["email"] not in str(entry)

"""The question of the public door: which Authorization may go on to the services."""

import logging

import pytest
import structlog

from auth_svc.app import web
from common.config import settings
from tests.integration.auth_svc.conftest import ADA, PASSWORD


@pytest.fixture
def client(auth):
    """The web application of auth_svc."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield web().test_client()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def verify(client, token=None, *, scheme="Bearer"):
    answer = client.get("/verify", headers={"Authorization": f"{scheme} {token}"} if token else {})
    return answer.status_code, answer.headers.get("X-Aerosaga-Authorization")


@pytest.fixture
def tokens(auth):
    """What Ada Lovelace got when she logged in."""
    auth.register()
    return auth.log_in()


class TestVerify:
    def test_lets_an_access_token_pass_as_it_is(self, client, tokens):
        assert verify(client, tokens.access_token) == (200, f"Bearer {tokens.access_token}")

    def test_lets_nobody_pass_as_nobody(self, client):
        assert verify(client) == (200, "")

    def test_lets_the_installations_own_token_pass(self, client):
        token = settings().operator_token

        assert verify(client, token) == (200, f"Bearer {token}")

    def test_exchanges_an_api_key(self, client, auth):
        status, header = verify(client, auth.make_key(auth.open_account()))

        assert status == 200
        assert auth.who(header.removeprefix("Bearer ")).scopes == {"webhooks"}

    def test_refuses_what_is_not_good_and_what_no_longer_is(self, client, auth, tokens):
        auth.log_out(tokens)

        assert verify(client, tokens.access_token) == (401, None)
        assert verify(client, "nonsense") == (401, None)
        assert verify(client, "ask_0_0") == (401, None)
        assert verify(client, tokens.access_token, scheme="Basic") == (401, None)


class TestTheAddresses:
    """A day with auth_svc, over HTTP."""

    def test_lead_from_registering_to_a_changed_password(self, client, auth):
        me = {"email": ADA, "password": PASSWORD}
        assert client.post("/auth/register", json=me).status_code == 202
        given = client.post("/auth/login", json=me).json
        bearer = {"Authorization": f"Bearer {given['accessToken']}"}
        assert client.get("/auth/me", headers=bearer).json["email"] == ADA
        assert client.get("/auth/users", headers=bearer).status_code == 403

        renewed = client.post("/auth/refresh", json={"refreshToken": given["refreshToken"]}).json
        assert (renewed["tokenType"], renewed["expiresIn"]) == ("Bearer", 600)

        change = {"presentPassword": PASSWORD, "password": "an analytical engine"}
        assert client.patch("/auth/me", json=change, headers=bearer).status_code == 204
        assert client.post("/auth/refresh", json={"refreshToken": renewed["refreshToken"]}).status_code == 401

    def test_show_the_password_and_its_hash_to_nobody(self, client, auth, tokens):
        admin = {"Authorization": f"Bearer {settings().operator_token}"}

        shown = client.get("/auth/users", headers=admin).text

        assert ADA in shown and "argon2" not in shown and "password" not in shown.lower()

    def test_tell_the_keys_of_access_tokens_without_their_private_parts(self, client, auth, tokens):
        (key,) = client.get("/.well-known/jwks.json").json["keys"]

        assert key.keys() == {"kty", "crv", "x", "kid", "use", "alg"}

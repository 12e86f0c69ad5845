"""Guards of endpoints: who is let in, and how the others are told."""

import time

import pytest
from flask import Flask
from flask.views import MethodView

from common.api import ServiceApi, ServiceBlueprint, refuse
from common.auth import Role, Scope, access_token, allowed, bearer, caller, opened_by
from common.auth.present import KEYS
from common.errors import DomainError, TooOften
from common.signatures import KeyRing, PrivateKey
from tests.surroundings import surroundings

KEY = PrivateKey("5e" * 32)
OTHER = "7a" * 32
INSTALLATION = "the-installations-own"


def token(role="traveller", **claims):
    now = int(time.time())
    fixed = {"iss": "aerosaga-auth", "aud": "aerosaga", "sub": "usr_ada", "jti": "1", "iat": now, "exp": now + 600}
    return KEY.sign({**fixed, "role": role, **claims}, kind="at+jwt")


@pytest.fixture
def client():
    blueprint = ServiceBlueprint("doors", __name__)

    @blueprint.route("/agents")
    class Agents(MethodView):
        @allowed(Role.AGENT, Role.ADMIN)
        @blueprint.doc(parameters=[{"in": "header", "name": "Idempotency-Key", "schema": {"type": "string"}}])
        @blueprint.response(200)
        def get(self):
            """For agents and admins"""
            return {}

    @blueprint.route("/integrators")
    class Integrators(MethodView):
        @allowed(Role.SERVICE, scope=Scope.WEBHOOKS)
        def get(self):
            """For service accounts with a scope"""
            return {}

    @blueprint.route("/everybody/<locator>")
    class Everybody(MethodView):
        def get(self, locator):
            """Tell who calls"""
            who = caller()
            opened = opened_by(bearer())
            return {"name": who.name, "role": who.role, "opens": opened is not None and opened.locator == locator}

    @blueprint.route("/patience")
    class Patience(MethodView):
        def get(self):
            """Refuse for some seconds"""
            raise TooOften("Wait a little.", retry_after=30)

    app = Flask("doors")
    app.config.update(API_TITLE="Doors", API_VERSION="v1", OPENAPI_VERSION="3.1.0", OPENAPI_URL_PREFIX="/")
    app.config["OPENAPI_JSON_PATH"] = "openapi.json"
    app.extensions[KEYS] = KeyRing([KEY.public])
    app.register_error_handler(DomainError, refuse)
    ServiceApi(app).register_blueprint(blueprint)
    public = PrivateKey(OTHER).public.key.public_bytes_raw().hex()
    with surroundings(operator_token=INSTALLATION, reservation_key=OTHER, reservation_public_keys=public):
        yield app.test_client()


def ask(client, path, bearer=None, *, header=None):
    given = header if header is not None else bearer and f"Bearer {bearer}"
    return client.get(path, headers={"Authorization": given} if given is not None else {})


class TestAllowed:
    @pytest.mark.parametrize("role", ["agent", "admin"])
    def test_lets_in_the_roles_it_names(self, client, role):
        assert ask(client, "/agents", token(role)).status_code == 200

    def test_takes_the_installations_own_token_for_an_admin(self, client):
        assert ask(client, "/agents", INSTALLATION).status_code == 200

    @pytest.mark.parametrize("role", ["traveller", "operator", "service"])
    def test_refuses_every_other_role_by_its_name(self, client, role):
        response = ask(client, "/agents", token(role))

        assert (response.status_code, response.json["code"]) == (403, "not_allowed")
        assert f"you have the role {role}" in response.json["detail"]

    def test_asks_who_has_not_logged_in_to_do_so(self, client):
        response = ask(client, "/agents")

        assert (response.status_code, response.json["code"]) == (401, "not_logged_in")
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="aerosaga"'

    @pytest.mark.parametrize(
        "bearer",
        [token("agent", exp=int(time.time()) - 60), token("agent")[:-8], "wrong", INSTALLATION[:-1], "ask_1_2"],
    )
    def test_says_what_is_wrong_with_a_token_that_is_not_good(self, client, bearer):
        response = ask(client, "/agents", bearer)

        assert (response.status_code, response.json["code"]) == (401, "bad_token")
        assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]

    def test_takes_no_other_scheme_than_bearer(self, client):
        for header in (INSTALLATION, f"Basic {INSTALLATION}", f"Token {token('agent')}"):
            assert ask(client, "/agents", header=header).json["code"] == "bad_token"

    def test_lets_a_service_account_in_by_its_scope_only(self, client):
        inside = ask(client, "/integrators", token("service", scope="reservations:read webhooks"))
        outside = ask(client, "/integrators", token("service", scope="reservations:read"))

        assert (inside.status_code, outside.status_code) == (200, 403)
        assert "scope webhooks" in outside.json["detail"]

    def test_cannot_be_written_without_the_scope_of_a_service_account(self):
        with pytest.raises(ValueError, match="name both"):
            allowed(Role.SERVICE)

    def test_tells_the_reader_of_the_openapi_document(self, client):
        described = client.get("/openapi.json").json["paths"]["/agents"]["get"]

        assert described["security"] == [{"bearer": []}]
        assert {"200", "401", "403"} <= described["responses"].keys()
        assert [parameter["name"] for parameter in described["parameters"]] == ["Idempotency-Key"]


class TestCaller:
    @pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer "])
    def test_is_anonymous_without_a_token(self, client, header):
        assert ask(client, "/everybody/K7Q2ZD", header=header).json["role"] == "anonymous"

    def test_is_anonymous_with_the_access_token_of_a_reservation_which_opens_that_one(self, client):
        mine = access_token(locator="K7Q2ZD", reservation_id=12345)

        assert ask(client, "/everybody/K7Q2ZD", mine).json == {"name": "anonymous", "role": "anonymous", "opens": True}
        assert not ask(client, "/everybody/QQQQQQ", mine).json["opens"]
        assert not ask(client, "/everybody/K7Q2ZD", mine[:-1]).json["opens"]

    def test_is_who_the_token_speaks_for(self, client):
        assert ask(client, "/everybody/K7Q2ZD", token()).json["name"] == "usr_ada"


class TestTooOften:
    def test_is_answered_with_how_long_to_wait(self, client):
        response = client.get("/patience")

        assert (response.status_code, response.headers["Retry-After"]) == (429, "30")

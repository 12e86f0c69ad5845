"""Endpoints of auth_svc: parse, call one function, present."""

from contextlib import suppress
from typing import Any

from flask import Response, g, jsonify
from flask.views import MethodView
from flask_smorest.pagination import PaginationParameters

from auth_svc import schemas
from auth_svc.models import database
from auth_svc.service import api_keys, logins, signing, standing, users
from common.api import ServiceBlueprint
from common.auth import Role, allowed, bearer, caller
from common.auth.present import API_KEY_PREFIX, client_address
from common.db import DatabaseUnavailable
from common.idempotency import HEADER, once

blueprint = ServiceBlueprint("auth", __name__, description="Users, logins, API keys and the keys of access tokens")

# Who logs in, and so has an account of their own to look at.
_PEOPLE = (Role.TRAVELLER, Role.AGENT, Role.OPERATOR, Role.ADMIN)
_REGISTERED = "If nobody had this address, it can log in now; if somebody had, nothing was changed."


@blueprint.route("/auth/register")
class Register(MethodView):
    @blueprint.arguments(schemas.CredentialsSchema)
    @blueprint.response(202, schemas.RegisteredSchema)
    @blueprint.alt_response(429, "TOO_MANY_REQUESTS")
    def post(self, body: dict[str, Any]) -> Any:
        """Register as a traveller; the answer does not tell whether the address was taken"""
        users.register(database, address=client_address(), **body)
        return {"detail": _REGISTERED}


@blueprint.route("/auth/users")
class Users(MethodView):
    @allowed(Role.ADMIN)
    @blueprint.arguments(schemas.UserFilterSchema, location="query")
    @blueprint.response(200, schemas.UserSchema(many=True))
    @blueprint.paginate()
    def get(self, filters: dict[str, Any], pagination_parameters: PaginationParameters) -> Any:
        """List users and service accounts, newest first (admins)"""
        rows, pagination_parameters.item_count = database.read(
            users.listing,
            filters=filters,
            first=pagination_parameters.first_item,
            count=pagination_parameters.page_size,
        )
        return rows


@blueprint.route("/auth/login")
class LogIn(MethodView):
    @blueprint.arguments(schemas.CredentialsSchema)
    @blueprint.response(200, schemas.TokensSchema)
    @blueprint.alt_response(401, "UNAUTHORIZED")
    @blueprint.alt_response(429, "TOO_MANY_REQUESTS")
    def post(self, body: dict[str, Any]) -> Any:
        """Log in: an access token for some minutes, and a refresh token for the next one"""
        return logins.log_in(database, address=client_address(), **body)


@blueprint.route("/auth/refresh")
class Refresh(MethodView):
    @blueprint.arguments(schemas.RefreshRequestSchema)
    @blueprint.response(200, schemas.TokensSchema)
    @blueprint.alt_response(401, "UNAUTHORIZED")
    @blueprint.alt_response(409, description="It was used a moment ago, by the same client asking twice")
    def post(self, body: dict[str, Any]) -> Any:
        """Get the next tokens; a refresh token is good once, and its second use ends the login"""
        return logins.refresh(database, token=body["refresh_token"])


@blueprint.route("/auth/logout")
class LogOut(MethodView):
    @blueprint.arguments(schemas.LogoutSchema)
    @blueprint.response(204)
    def post(self, body: dict[str, Any]) -> None:
        """Log out here, or everywhere; a token that is not known is as good as one that is out"""
        database.write(logins.log_out, token=body["refresh_token"], everywhere=body["everywhere"])


@blueprint.route("/auth/me")
class Me(MethodView):
    @allowed(*_PEOPLE)
    @blueprint.response(200, schemas.UserSchema)
    @blueprint.alt_response(404, description="There is no such account any longer")
    def get(self) -> Any:
        """Show who has logged in"""
        return database.read(users.me, name=caller().name)

    @allowed(*_PEOPLE)
    @blueprint.arguments(schemas.PasswordChangeSchema)
    @blueprint.response(204)
    @blueprint.alt_response(404, description="There is no such account any longer")
    @blueprint.alt_response(429, "TOO_MANY_REQUESTS")
    def patch(self, body: dict[str, Any]) -> None:
        """Change the password; every login ends, this one too"""
        users.change_password(database, name=caller().name, present=body["present_password"], wanted=body["password"])


@blueprint.route("/auth/users/<name>")
class UserByName(MethodView):
    @allowed(Role.ADMIN)
    @blueprint.response(200, schemas.UserSchema)
    def get(self, name: str) -> Any:
        """Show a user or a service account (admins)"""
        return database.read(users.me, name=name)

    @allowed(Role.ADMIN)
    @blueprint.arguments(schemas.UserChangeSchema)
    @blueprint.response(200, schemas.UserSchema)
    def patch(self, body: dict[str, Any], name: str) -> Any:
        """Disable a user, whose logins end, or enable one again (admins)"""
        return database.write(users.set_disabled, name=name, by=caller(), correlation_id=g.correlation_id, **body)


@blueprint.route("/auth/users/<name>/role")
class RoleOfUser(MethodView):
    @allowed(Role.ADMIN)
    @blueprint.arguments(schemas.GrantSchema)
    @blueprint.response(200, schemas.UserSchema)
    def put(self, body: dict[str, Any], name: str) -> Any:
        """Give a user a role; an agent also an airline (admins)"""
        return database.write(
            users.grant,
            name=name,
            role=Role(body["role"]),
            airline=body["airline"],
            reason=body["reason"],
            by=caller(),
            correlation_id=g.correlation_id,
        )


@blueprint.route("/auth/service-accounts")
class ServiceAccounts(MethodView):
    @allowed(Role.ADMIN)
    @blueprint.doc(parameters=[HEADER])
    @blueprint.arguments(schemas.ServiceAccountSchema)
    @blueprint.response(201, schemas.UserSchema)
    def post(self, body: dict[str, Any]) -> Any:
        """Open an account for a program (admins)"""
        return once(
            database,
            users.open_service_account,
            present=lambda user: (schemas.UserSchema().dump(user), 201, {}),
            by=caller(),
            correlation_id=g.correlation_id,
            **body,
        )


@blueprint.route("/auth/service-accounts/<name>/keys")
class ApiKeys(MethodView):
    # No Idempotency-Key: its answer would be kept, and with it the key.
    @allowed(Role.ADMIN)
    @blueprint.arguments(schemas.ApiKeyRequestSchema)
    @blueprint.response(201, schemas.MadeApiKeySchema)
    def post(self, body: dict[str, Any], name: str) -> Any:
        """Make an API key for a service account; it is shown this once (admins)"""
        key, text = database.write(api_keys.make, account=name, by=caller(), correlation_id=g.correlation_id, **body)
        return {**{field: getattr(key, field) for field in schemas.ApiKeySchema().fields}, "key": text}

    @allowed(Role.ADMIN)
    @blueprint.response(200, schemas.ApiKeySchema(many=True))
    def get(self, name: str) -> Any:
        """List the API keys of a service account by their visible beginnings (admins)"""
        return database.read(api_keys.listing, account=name)


@blueprint.route("/auth/service-accounts/<name>/keys/<key>")
class ApiKeyByName(MethodView):
    @allowed(Role.ADMIN)
    @blueprint.response(204)
    def delete(self, name: str, key: str) -> None:
        """Revoke an API key by its visible beginning (admins)"""
        database.write(api_keys.revoke, account=name, name=key, by=caller(), correlation_id=g.correlation_id)


@blueprint.route("/auth/keys/rotations")
class Rotations(MethodView):
    @allowed(Role.ADMIN)
    @blueprint.doc(parameters=[HEADER])
    @blueprint.arguments(schemas.RotationRequestSchema)
    @blueprint.response(201, schemas.SigningKeySchema)
    def post(self, body: dict[str, Any]) -> Any:
        """Make the next signing key now (admins)"""
        return once(
            database,
            signing.rotate,
            present=lambda key: (schemas.SigningKeySchema().dump(key), 201, {}),
            by=caller(),
            correlation_id=g.correlation_id,
            **body,
        )


@blueprint.route("/.well-known/jwks.json")
class Keys(MethodView):
    @blueprint.response(200)
    def get(self) -> Any:
        """Show the public keys of access tokens (JSON Web Key Set)"""
        response = jsonify(database.read(signing.published).to_jwks())
        response.headers["Cache-Control"] = "public, max-age=60"
        return response


@blueprint.route("/verify")
class Verify(MethodView):
    @blueprint.response(200)
    @blueprint.alt_response(401, "UNAUTHORIZED")
    def get(self) -> Response:
        """For the public door: say 200 with the Authorization to send on, an API key exchanged, or 401"""
        answer = Response(status=200)
        answer.headers["X-Aerosaga-Authorization"] = _authorization()
        return answer


def _authorization() -> str:
    """
    Return what a service may be sent as `Authorization` for the one of this request.

    :raises BadToken: if it is not good
    """
    token = bearer()
    if token.startswith(API_KEY_PREFIX):
        return f"Bearer {database.write(api_keys.exchange, text=token)}"
    who = caller()
    if who.role is not Role.ANONYMOUS and who.name.startswith(("usr_", "svc_")):
        # While the database is away, a good signature that is some minutes old at most must do.
        with suppress(DatabaseUnavailable):
            database.read(standing.check, caller=who)
    return f"Bearer {token}" if token else ""

"""The HTTP edge every service shares: problem+json, exact numbers, health, docs."""

import http
import logging
import uuid
from collections.abc import Callable, Collection, Mapping
from typing import Any

import flask
import marshmallow as ma
import structlog
from flask import Flask, Response, g, request
from flask.json.provider import JSONProvider
from flask_smorest import Api, Blueprint
from flask_smorest.pagination import PaginationMetadataSchema
from flask_swagger_ui import get_swaggerui_blueprint
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import IntegerConverter, Map

from common import codec, log, operating, shedding
from common.auth.present import KEYS
from common.auth.published_keys import PublishedKeys
from common.auth.tokens import BadToken, Keys
from common.config import settings
from common.db import CommitUnknown, Database
from common.errors import DomainError, NotLoggedIn, Overloaded, TooOften, TransientError
from common.refusals import Refusals

logger = logging.getLogger(__name__)

PROBLEM = "application/problem+json"
_PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}
# A day's schedule of a big airport is some 300 kB; everything else is far smaller.
MAX_BODY_BYTES = 2 * 1024 * 1024


class ProblemSchema(ma.Schema):
    """A problem document (RFC 9457); `code` is the stable name of the refusal, `errors` says which field and why."""

    class Meta:
        # Some refusals say more, such as the seats that are still free.
        unknown = ma.INCLUDE

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String()
    instance = ma.fields.String()
    code = ma.fields.String(required=True)
    errors = ma.fields.Dict()


class ExactJson(JSONProvider):
    """JSON with exact decimals, for bodies in and out."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return codec.dumps(obj)

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return codec.loads(s)


class ExactParser(FlaskParser):
    """Reads JSON bodies with exact decimals; refuses a body of another kind instead of overlooking it."""

    def _raw_load_json(self, req: flask.Request) -> Any:
        raw = req.get_data(cache=True)
        if raw and not req.is_json:
            flask.abort(415, "Send the body as application/json.")
        if not raw:
            return ma.missing
        try:
            return codec.loads(raw)
        except ValueError as error:
            flask.abort(400, f"The body is not JSON: {error}.")


class PageParser(FlaskParser):
    """Refuses a page so far away that no database counts to it."""

    MOST = 10**9

    def pre_load(self, location_data: Any, *, schema: ma.Schema, req: flask.Request, location: str) -> Any:
        page = location_data.get("page", "")
        if len(page) > len(str(self.MOST)):
            raise ma.ValidationError({"page": [f"At most {self.MOST}."]})
        return location_data


class KeyConverter(IntegerConverter):
    """A number in a path that a key can be: one with more than 62 bits is no key, and some databases refuse it."""

    def __init__(self, map: Map, fixed_digits: int = 0, min: int | None = None, max: int | None = 2**62) -> None:
        super().__init__(map, fixed_digits=fixed_digits, min=min, max=max)


class ServiceBlueprint(Blueprint):
    """A flask-smorest blueprint that reads exactly."""

    ARGUMENTS_PARSER = ExactParser()
    PAGINATION_ARGUMENTS_PARSER = PageParser()

    def arguments(self, schema: Any, **options: Any) -> Any:
        """Return what makes an endpoint read `schema`, which is made once: for each request it would cost more."""
        return super().arguments(schema() if isinstance(schema, type) else schema, **options)


class ServiceApi(Api):
    """flask-smorest's Api, whose errors are problem documents."""

    ERROR_SCHEMA = ProblemSchema

    def handle_http_exception(self, error: HTTPException) -> Any:
        data = getattr(error, "data", None) or {}
        messages = data.get("errors") or data.get("messages") or {}
        # webargs names the place first ("json"); the reader cares for the field.
        fields = messages.get("json", messages) if isinstance(messages, dict) else {"": messages}
        detail = "Some fields are not as they must be; see errors." if fields else error.description
        if detail == NotFound.description:
            # Werkzeug's own words, for people with a browser: no route takes this path, or no key can be so.
            detail = "There is nothing at this path; /docs lists what there is."
        response = problem(error.code or 500, detail or "", code=_code(error.code or 500), errors=fields or None)
        response.headers.update(data.get("headers") or {})
        if error.code == 405 and getattr(error, "valid_methods", None):
            response.headers["Allow"] = ", ".join(error.valid_methods)  # type: ignore[attr-defined]
        return response

    def _register_responses(self) -> None:
        super()._register_responses()
        for response in self.spec.components.responses_lazy.values():
            content = response.get("content", {})
            if "application/json" in content:
                content[PROBLEM] = content.pop("application/json")

    def _register_pagination_header(self) -> None:
        # Its value is a JSON document; by a `schema` alone it would be read as a list of names and values.
        content = {"application/json": {"schema": PaginationMetadataSchema}}
        self.spec.components.header("PAGINATION", {"description": "Where the page is", "content": content}, lazy=True)


def problem(status: int, detail: str, *, code: str, **extra: Any) -> Response:
    """Return a problem document as an answer."""
    body = {
        "type": f"/problems/{code}",
        "title": http.HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.path,
        "code": code,
        **{key: value for key, value in extra.items() if value is not None},
    }
    # It may repeat what was sent, lone surrogates included, which UTF-8 cannot write; JSON's \ud800 can.
    return Response(codec.dumps(body).encode("utf-8", "backslashreplace"), status=status, content_type=PROBLEM)


def refuse(error: DomainError) -> Response:
    """Return a refusal as the problem document it is answered with."""
    response = problem(error.status, error.detail, code=error.code, **error.extra)
    if isinstance(error, NotLoggedIn):
        # RFC 6750, section 3: a token that is not good is told apart from none at all.
        response.headers["WWW-Authenticate"] = 'Bearer realm="aerosaga"' + (
            ', error="invalid_token"' if isinstance(error, BadToken) else ""
        )
    if isinstance(error, TooOften):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def create_api(
    service: str,
    *,
    title: str,
    database: Database,
    blueprints: list[Blueprint],
    probes: Mapping[str, Callable[[], Any]],
    keys: Keys | None = None,
    searches: Collection[str] = (),
) -> Flask:
    """
    Return the web application of a service.

    `probes` are asked by `/readyz`: each returns when its dependency answers and raises when it does not.
    `keys` are those of access tokens; without them, they are fetched from AEROSAGA_JWKS_URL. `searches` are the rules
    of routes where people only look around, which are refused first when there is too much to do.
    """
    log.configure(service=service, role="web")
    app = Flask(f"{service}_svc")
    app.json = ExactJson(app)
    app.url_map.converters["int"] = KeyConverter
    app.config.update(
        API_TITLE=title,
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        OPENAPI_JSON_PATH="openapi.json",
        MAX_CONTENT_LENGTH=MAX_BODY_BYTES,
        API_SPEC_OPTIONS={"components": {"securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}}}},
    )
    app.extensions[KEYS] = keys or PublishedKeys(settings().jwks_url)
    app.before_request(_begin_trace)
    app.before_request(shedding.shedder(searches))
    app.after_request(_end_trace)
    app.register_error_handler(DomainError, refuse)
    app.register_error_handler(TransientError, _try_again)
    app.register_error_handler(Exception, _apologize)
    app.register_blueprint(get_swaggerui_blueprint("/docs", "/openapi.json", config={"app_name": title}))
    _add_health(app, probes)
    api = ServiceApi(app, spec_kwargs={"extra_plugins": [Refusals({PROBLEM: {"schema": _PROBLEM_SCHEMA}})]})
    operators = ServiceBlueprint("operating", __name__, description="What every service tells its operators")
    operating.add_to(operators, service=service, database=database)
    for blueprint in [*blueprints, operators]:
        api.register_blueprint(blueprint)
    return app


def _begin_trace() -> None:
    # A caller's W3C trace goes on through us: its trace id is our correlation id.
    version, _, rest = request.headers.get("traceparent", "").partition("-")
    trace = rest.partition("-")[0]
    try:
        g.correlation_id = (
            _as_key(uuid.UUID(hex=trace)) if version and len(trace) == 32 and int(trace, 16) else uuid.uuid4()
        )
    except ValueError:
        g.correlation_id = uuid.uuid4()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(correlation_id=str(g.correlation_id))


def _as_key(trace: uuid.UUID) -> uuid.UUID:
    # A trace id is any 128 bits, of which MariaDB refuses some that are no UUID: they get the nearest of version 4.
    return trace if trace.version in {1, 2, 3, 4, 5} else uuid.UUID(int=trace.int, version=4)


def _end_trace(response: Response) -> Response:
    response.headers["X-Request-Id"] = str(g.correlation_id)
    response.headers["X-Content-Type-Options"] = "nosniff"
    if response.mimetype in {"application/json", PROBLEM}:
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def _try_again(error: TransientError) -> Response:
    if isinstance(error, Overloaded):
        # No line in the log for each: they come by the thousand, and the door's log has them.
        refusal = problem(503, error.detail, code="overloaded")
        refusal.headers["Retry-After"] = str(error.retry_after)
        return refusal
    logger.warning("answered 503: %s", error)
    if isinstance(error, CommitUnknown):
        unknown = "The database went away before it said whether this was done. Look, or repeat it with its key."
        response = problem(503, unknown, code="outcome_unknown")
    else:
        response = problem(503, "Something this needs is away for a moment. Try again.", code="try_again")
    response.headers["Retry-After"] = "2"
    return response


def _apologize(error: Exception) -> Any:
    if isinstance(error, HTTPException):
        return flask.current_app.extensions["flask-smorest"]["apis"][""]["ext_obj"].handle_http_exception(error)
    logger.error("a request failed by a fault of ours", exc_info=error)
    return problem(500, f"A fault of ours. Tell us this id: {g.correlation_id}.", code="internal_error")


def _code(status: int) -> str:
    return {
        400: "malformed",
        401: "not_logged_in",
        403: "not_allowed",
        404: "not_found",
        405: "method_not_allowed",
        413: "too_large",
        415: "unsupported_media_type",
        422: "invalid",
    }.get(status, "refused")


def _add_health(app: Flask, probes: Mapping[str, Callable[[], Any]]) -> None:
    @app.get("/healthz")
    def healthz() -> Any:
        return {"status": "alive"}

    @app.get("/readyz")
    def readyz() -> Any:
        down = {}
        for name, probe in probes.items():
            try:
                probe()
            except Exception as error:  # whatever a dependency's client raises, it means the same
                down[name] = f"{type(error).__name__}: {error}".splitlines()[0]
        if down:
            return problem(503, f"Not ready: {', '.join(down)} is down.", code="not_ready", errors=down)
        return {"status": "ready", "checked": list(probes)}

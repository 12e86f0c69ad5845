"""The HTTP edge: every refusal is a problem document, numbers are exact, health says which dependency is down."""

import logging
from decimal import Decimal
from uuid import UUID

import pytest
import structlog
from flask import jsonify
from flask.views import MethodView

from common import audit, codec, journal
from common.api import MAX_BODY_BYTES, ServiceBlueprint, create_api
from common.auth import Caller, Role
from common.columns import SHARED
from common.db import Database
from common.errors import Conflict, DomainError, NotAllowed, NotFound, Rejected, TransientError
from common.fields import Amount, Schema, Whole
from tests.surroundings import surroundings

TOKEN = "operators-only"
TRACE = "0af7651916cd43dd8448eb211c80319c"
CORRELATION = "0af76519-16cd-43dd-8448-eb211c80319c"
CORRELATION_UUID, OTHER_UUID = UUID(CORRELATION), UUID(int=7)


class KiteSchema(Schema):
    kite_id = Whole(required=True)
    length = Amount()


class KiteTorn(Conflict):
    code = "kite_torn"


ERRORS = {
    "torn": KiteTorn("The kite is torn.", kite=7, spare=["red"]),
    "gone": NotFound("There is no such kite."),
    "odd": Rejected("A kite has one line."),
    "closed": NotAllowed("This field is closed."),
    "refused": DomainError("No wind."),
    "busy": TransientError("the wind is away"),
    "bug": KeyError("a secret of ours"),
}


def kites(service):
    blueprint = ServiceBlueprint("kites", __name__)

    @blueprint.route("/kites")
    class Kites(MethodView):
        @blueprint.arguments(KiteSchema)
        @blueprint.response(200, KiteSchema)
        def post(self, body):
            """Echo"""
            return body

    @blueprint.route("/kites/<int:kite_id>")
    class KiteById(MethodView):
        def get(self, kite_id):
            """Echo"""
            return jsonify(kite_id)

    @blueprint.route("/trouble/<name>")
    class Trouble(MethodView):
        def get(self, name):
            """Fail as told"""
            raise ERRORS[name]

    @blueprint.route("/exact")
    class Exact(MethodView):
        def get(self):
            """Tell an amount"""
            return jsonify({"amount": Decimal("450.00")})

    return [blueprint]


@pytest.fixture
def database(tmp_path):
    with surroundings(booking_database_url=f"sqlite:///{tmp_path / 'kites.db'}", operator_token=TOKEN):
        made = Database("booking")
        SHARED.create_all(made.engine)
        yield made
        made.engine.dispose()


@pytest.fixture
def health():
    """What the probes of the application under test do."""
    return {"database": lambda: None, "broker": lambda: None}


@pytest.fixture
def client(database, health):
    root, contexts = logging.getLogger(), structlog.contextvars
    handlers, level = root.handlers[:], root.level
    probes = {name: lambda name=name: health[name]() for name in health}
    app = create_api("kite", title="Kites", database=database, blueprints=kites("kite"), probes=probes)
    yield app.test_client()
    root.handlers[:] = handlers
    root.setLevel(level)
    contexts.clear_contextvars()
    structlog.reset_defaults()


def problem(response, status):
    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    body = codec.loads(response.data)
    assert {"type", "title", "status", "detail", "instance", "code"} <= body.keys()
    assert body["status"] == status
    assert body["type"] == f"/problems/{body['code']}"
    return body


def post(client, text, content_type="application/json", path="/kites"):
    return client.post(path, data=text, content_type=content_type)


class TestAKeyInAPath:
    @pytest.mark.parametrize("key", [1, 2**62])
    def test_is_a_number_of_at_most_62_bits(self, client, key):
        assert client.get(f"/kites/{key}").get_json() == key

    @pytest.mark.parametrize("key", [2**62 + 1, "9" * 5000, "-1", "1.5", "one"])
    def test_is_not_found_when_no_key_can_be_so(self, client, key):
        told = problem(client.get(f"/kites/{key}"), 404)

        assert told["detail"] == "There is nothing at this path; /docs lists what there is."


class TestErrors:
    @pytest.mark.parametrize(
        ("name", "status", "code"),
        [
            ("torn", 409, "kite_torn"),
            ("gone", 404, "not_found"),
            ("odd", 422, "rejected"),
            ("closed", 403, "not_allowed"),
            ("refused", 422, "refused"),
        ],
    )
    def test_of_the_domain_are_told_as_they_are(self, client, name, status, code):
        told = problem(client.get(f"/trouble/{name}"), status)

        assert (told["code"], told["detail"], told["instance"]) == (code, ERRORS[name].detail, f"/trouble/{name}")

    def test_of_the_domain_bring_what_helps_along(self, client):
        told = problem(client.get("/trouble/torn"), 409)

        assert (told["kite"], told["spare"], told["title"]) == (7, ["red"], "Conflict")

    def test_that_pass_ask_to_try_again(self, client):
        response = client.get("/trouble/busy")

        assert problem(response, 503)["code"] == "try_again"
        assert response.headers["Retry-After"] == "2"
        assert "wind" not in response.text

    def test_of_ours_tell_nothing_but_an_id(self, client):
        response = client.get("/trouble/bug", headers={"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"})

        assert CORRELATION in problem(response, 500)["detail"]
        assert "secret" not in response.text


class TestBadRequests:
    @pytest.mark.parametrize(
        "text",
        ["", "{", "nonsense", b"\xff\xfe", '{"kiteId": NaN}', "[" * 50_000, "1e99999999999999999999"],
        ids=["empty", "cut off", "not JSON", "not UTF-8", "NaN", "too deep", "too large a number"],
    )
    def test_that_are_no_json_are_refused(self, client, text):
        told = problem(post(client, text), 422 if text == "" else 400)

        assert told["code"] == ("invalid" if text == "" else "malformed")

    @pytest.mark.parametrize("text", ["[]", "7", '"kite"', "null", "true", "[{}]"])
    def test_that_are_no_object_are_refused(self, client, text):
        assert problem(post(client, text), 422)["errors"]

    @pytest.mark.parametrize(
        ("text", "field"),
        [
            ('{"kiteId": 1, "price": 1}', "price"),
            ('{"kiteId": "1"}', "kiteId"),
            ('{"kiteId": true}', "kiteId"),
            ('{"kiteId": 1.0}', "kiteId"),
            ('{"kiteId": 1, "length": "12.50"}', "length"),
            ("{}", "kiteId"),
        ],
    )
    def test_name_the_field_that_is_wrong(self, client, text, field):
        told = problem(post(client, text), 422)

        assert (told["code"], list(told["errors"])) == ("invalid", [field])

    def test_of_another_kind_are_refused(self, client):
        assert (
            problem(post(client, "kiteId=1", "application/x-www-form-urlencoded"), 415)["code"]
            == "unsupported_media_type"
        )

    def test_that_are_too_large_are_refused(self, client):
        assert problem(post(client, " " * (MAX_BODY_BYTES + 1)), 413)["code"] == "too_large"

    def test_to_nowhere_are_not_found(self, client):
        assert problem(client.get("/nowhere"), 404)["code"] == "not_found"

    def test_by_a_wrong_method_are_told_the_right_ones(self, client):
        response = client.delete("/kites")

        assert problem(response, 405)["code"] == "method_not_allowed"
        assert "POST" in response.headers["Allow"]


class TestNumbers:
    def test_are_exact_in_both_directions(self, client):
        response = post(client, '{"kiteId": 7, "length": 0.10000000000000000000001}')

        assert codec.loads(response.data) == {"kiteId": 7, "length": Decimal("0.10000000000000000000001")}

    def test_of_amounts_keep_their_places(self, client):
        assert client.get("/exact").text.strip() == '{"amount":450.00}'


class TestHealth:
    def test_is_alive_whatever_is_down(self, client, health):
        health["database"] = lambda: 1 / 0

        assert client.get("/healthz").status_code == 200

    def test_is_ready_when_every_dependency_answers(self, client):
        response = client.get("/readyz")

        assert (response.status_code, response.json["checked"]) == (200, ["database", "broker"])

    def test_names_the_dependency_that_is_down(self, client, health):
        def down():
            raise ConnectionError("refused\nwith a second line")

        health["broker"] = down

        told = problem(client.get("/readyz"), 503)

        assert told["detail"] == "Not ready: broker is down."
        assert told["errors"] == {"broker": "ConnectionError: refused"}


class TestTraces:
    @pytest.mark.parametrize(
        ("header", "expected"),
        [
            (f"00-{TRACE}-b7ad6b7169203331-01", CORRELATION),
            (f"00-{'0' * 32}-b7ad6b7169203331-01", None),
            ("nonsense", None),
            (f"00-{TRACE[:30]}zz-b7ad6b7169203331-01", None),
            ("", None),
        ],
    )
    def test_of_the_caller_go_on_if_they_are_well_formed(self, client, header, expected):
        told = client.get("/healthz", headers={"traceparent": header}).headers["X-Request-Id"]

        assert told == expected if expected else (len(told) == 36 and told.replace("-", "") not in (TRACE, "0" * 32))

    def test_whose_ids_are_no_uuids_get_the_nearest_one_because_mariadb_refuses_some(self, client):
        trace = "aa9bccc061e9d6b47b5d80304c4aae8b"

        told = client.get("/healthz", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"}).headers

        assert told["X-Request-Id"] == "aa9bccc0-61e9-46b4-bb5d-80304c4aae8b"


class TestTimeline:
    def test_is_for_operators_only(self, client):
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
            wanted = "bad_token" if headers else "not_logged_in"
            assert problem(client.get(f"/timeline/{CORRELATION}", headers=headers), 401)["code"] == wanted

    def test_is_closed_while_no_token_is_set(self, client, tmp_path):
        with surroundings():
            response = client.get(f"/timeline/{CORRELATION}", headers={"Authorization": "Bearer "})

        assert response.status_code == 401

    def test_tells_what_was_done_for_one_correlation_id(self, client, database):
        database.write(journal.record, correlation_id=CORRELATION_UUID, kind="step", name="fly", height=Decimal("1.50"))
        database.write(journal.record, correlation_id=OTHER_UUID, kind="step", name="land")

        response = client.get(f"/timeline/{CORRELATION}", headers={"Authorization": f"Bearer {TOKEN}"})

        (entry,) = codec.loads(response.data)
        assert (entry["service"], entry["kind"], entry["name"]) == ("kite", "step", "fly")
        assert entry["detail"] == {"height": Decimal("1.50")}


class TestAudit:
    def note(self, database, *subjects):
        for subject in subjects:
            database.write(
                audit.record,
                by=Caller(name="usr_ada", role=Role.OPERATOR),
                act="cut line",
                subject=subject,
                correlation_id=CORRELATION_UUID,
                reason="a storm",
                height=Decimal("1.50"),
            )

    def ask(self, client, query=""):
        return client.get(f"/audit{query}", headers={"Authorization": f"Bearer {TOKEN}"})

    def test_tells_who_did_what_newest_first(self, client, database):
        self.note(database, "kite 1", "kite 2")

        newest, oldest = codec.loads(self.ask(client).data)

        assert (newest["subject"], oldest["subject"]) == ("kite 2", "kite 1")
        assert (newest["actor"], newest["reason"]) == ("usr_ada", "a storm")
        assert (newest["correlationId"], newest["detail"]) == (CORRELATION, {"height": Decimal("1.50")})

    def test_can_be_read_by_subject_and_page_by_page(self, client, database):
        self.note(database, "kite 1", "kite 2", "kite 1")

        assert [entry["subject"] for entry in self.ask(client, "?subject=kite%201").json] == ["kite 1", "kite 1"]
        (newest,) = self.ask(client, "?count=1").json
        assert [entry["id"] for entry in self.ask(client, f"?before={newest['id']}").json] == [2, 1]

    def test_is_for_operators_only(self, client):
        assert problem(client.get("/audit"), 401)["code"] == "not_logged_in"

    @pytest.mark.parametrize("query", ["?before=0", "?before=x", "?count=201", "?count=9e9", "?subject="])
    def test_says_what_is_wrong_with_a_question(self, client, query):
        problem(self.ask(client, query), 422)


class TestDocs:
    def test_describe_every_endpoint_and_its_problems(self, client):
        described = codec.loads(client.get("/openapi.json").data)

        assert {"/kites", "/timeline/{correlation_id}"} <= described["paths"].keys()
        refusal = described["components"]["responses"]["UNPROCESSABLE_ENTITY"]["content"]
        assert list(refusal) == ["application/problem+json"]

    def test_can_be_browsed(self, client):
        assert client.get("/docs/").status_code == 200


class TestAnswers:
    def test_are_neither_sniffed_nor_kept(self, client):
        headers = client.get("/exact").headers

        assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")

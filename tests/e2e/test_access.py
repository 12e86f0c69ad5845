"""Nobody reads or changes what is not theirs: reservations open to their token, operators' endpoints to operators."""

import pytest

from tests.e2e.refusals import Facts
from tests.stack import read

pytestmark = pytest.mark.usefixtures("quiet")

CORRELATION_ID = "0af76519-16cd-43dd-8448-eb211c80319c"
FOR_OPERATORS = [
    ("PUT", "airline", "/airlines"),
    ("PUT", "airline", "/airports"),
    ("PUT", "flight", "/schedule/2026-12-01"),
    *(("PUT", "fare", f"/{what}") for what in ("rules", "seasons", "fares")),
    ("DELETE", "fare", "/fares/1"),
    ("GET", "booking", "/reservations"),
    ("GET", "booking", f"/sagas/{CORRELATION_ID}"),
    ("POST", "payment", "/payments/{auth_id}/refunds"),
    ("POST", "payment", "/wallets/{wallet}/deposits"),
    *(
        ("GET", service, path)
        for service in ("airline", "flight", "fare", "booking", "payment", "notification", "auth")
        for path in (f"/timeline/{CORRELATION_ID}", "/audit")
    ),
    ("GET", "auth", "/auth/users"),
    ("POST", "auth", "/auth/keys/rotations"),
]


def path(facts: Facts) -> str:
    return f"/reservations/{facts.theirs['locator']}"


class TestSomebodyElsesReservation:
    @pytest.mark.parametrize(
        "token",
        [
            pytest.param(lambda f: None, id="no token"),
            pytest.param(lambda f: "", id="an empty token"),
            pytest.param(lambda f: f.mine["accessToken"], id="the token of another reservation"),
            pytest.param(lambda f: f.theirs["accessToken"][:-1], id="its token without the last sign"),
            pytest.param(lambda f: _forged(f), id="the signature of another under its locator"),
        ],
    )
    def test_is_not_there_for(self, refuser, facts, token):
        given = token(facts)
        headers = {} if given is None else {"Authorization": f"Bearer {given}".rstrip().encode("latin-1")}

        problem = refuser("GET", "booking", path(facts), status=404, code="not_found", headers=headers)

        assert "no such reservation, or it is not yours" in problem["detail"]

    @pytest.mark.parametrize(
        "token",
        [
            pytest.param(lambda f: f.theirs["locator"], id="its locator"),
            pytest.param(lambda f: "\u00ff\u00fe..==", id="nonsense"),
            pytest.param(lambda f: f.operator_token[:-1], id="almost the installation's token"),
        ],
    )
    def test_is_not_told_of_for_what_is_no_token(self, refuser, facts, token):
        headers = {"Authorization": f"Bearer {token(facts)}".encode("latin-1")}

        refuser("GET", "booking", path(facts), status=401, code="bad_token", headers=headers)

    @pytest.mark.parametrize("locator", ["AAAAAA", "aaaaaa", "A", "A" * 200, "%F0%9F%98%80", "%00", "1%20OR%201=1"])
    def test_looks_just_like_one_that_does_not_exist(self, refuser, facts, locator):
        token = facts.mine["accessToken"]

        stranger = refuser("GET", "booking", path(facts), status=404, code="not_found", token=token)
        nobody = refuser("GET", "booking", f"/reservations/{locator}", status=404, code="not_found", token=token)

        assert {**stranger, "instance": ""} == {**nobody, "instance": ""}

    def test_opens_to_its_own_token_and_to_operators_and_shows_the_token_to_nobody(self, stack, facts):
        for token in (facts.theirs["accessToken"], facts.operator_token):
            shown = read(stack.ask("GET", "booking", path(facts), token=token))

            assert shown["locator"] == facts.theirs["locator"]
            assert "accessToken" not in shown

    def test_cannot_be_opened_by_the_same_locator_in_small_letters(self, refuser, facts):
        small = f"/reservations/{facts.theirs['locator'].lower()}"

        for token in (facts.theirs["accessToken"], facts.operator_token):
            refuser("GET", "booking", small, status=404, code="not_found", token=token)


class TestAnOperatorsEndpoint:
    @pytest.mark.parametrize(("method", "service", "address"), FOR_OPERATORS)
    @pytest.mark.parametrize(
        ("token", "code"),
        [
            pytest.param(lambda f: None, "not_logged_in", id="nobody"),
            pytest.param(lambda f: f.mine["accessToken"], "not_logged_in", id="who made a reservation"),
            pytest.param(lambda f: f.operator_token[:-1], "bad_token", id="almost an operator"),
            pytest.param(lambda f: f.operator_token.upper(), "bad_token", id="an operator who shouts"),
        ],
    )
    def test_is_closed_to(self, refuser, facts, method, service, address, token, code):
        where = address.format(auth_id=facts.auth_id, wallet=facts.wallet)
        body = None if method == "GET" else b"[]"

        refuser(method, service, where, body, status=401, code=code, token=token(facts))

    def test_takes_no_other_scheme_than_bearer(self, refuser, facts):
        for header in (facts.operator_token, f"Basic {facts.operator_token}", f"Token {facts.operator_token}"):
            refuser("GET", "booking", "/reservations", status=401, code="bad_token", headers={"Authorization": header})


def _forged(facts: Facts) -> str:
    claims, signature = facts.theirs["accessToken"].rpartition(".")[0], facts.mine["accessToken"].rpartition(".")[2]
    return f"{claims}.{signature}"

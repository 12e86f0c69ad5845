"""What an OpenAPI document tells of refusals that come by themselves."""

import pytest

from common.refusals import Refusals

CONTENT = {"application/problem+json": {"schema": {}}}


def told(operation, path="/things"):
    """Return the responses of an operation after the refusals were added."""
    Refusals(CONTENT).operation_helper(path=path, operations={"post": operation})
    return operation["responses"]


class TestAnOperation:
    def test_can_always_find_the_service_without_what_it_needs(self):
        assert told({"responses": {}}) == {503: "SERVICE_UNAVAILABLE"}

    @pytest.mark.parametrize("status", [400, 413, 415, 422])
    def test_that_takes_a_body_refuses_it(self, status):
        assert status in told({"requestBody": {}})

    def test_that_takes_an_idempotency_key_can_be_in_conflict_with_itself(self):
        assert 409 in told({"parameters": [{"name": "Idempotency-Key"}]})

    def test_that_names_a_thing_may_not_find_it(self):
        assert 404 in told({}, path="/things/{name}")

    def test_that_takes_a_token_refuses_a_bad_one(self):
        assert 401 in told({"security": []})

    def test_keeps_what_it_tells_of_a_status_itself(self):
        responses = told({"responses": {"404": "MINE"}}, path="/things/{name}")

        assert responses["404"] == "MINE"
        assert 404 not in responses

    def test_refuses_with_a_problem_document_and_succeeds_without(self):
        responses = told({"responses": {409: {"description": "It is over"}, 200: {"description": "OK"}}})

        assert responses[409]["content"] == CONTENT
        assert "content" not in responses[200]

"""A traveller who knows nothing but the public door."""

import pytest

from tests.stack import Stack, read


class TestTheDoor:
    def test_is_all_that_a_traveller_needs(self, stack: Stack):
        seen = stack.departure()
        query = {"from": seen["origin"], "to": seen["destination"], "date": seen["departsLocal"][:10]}
        found = read(stack.ask("GET", "gateway", "/departures", params={**query, "page_size": 100}))
        departure_id = seen["departureId"]
        assert departure_id in [each["departureId"] for each in found]

        seats = read(stack.ask("GET", "gateway", f"/departures/{departure_id}/seats"))
        assert seats["departure"]["departureId"] == departure_id
        (seat, *_) = stack.free_seats(departure_id)
        answer = stack.ask(
            "POST",
            "gateway",
            "/reservations",
            {
                "departures": [{"departureId": departure_id, "seats": [seat]}],
                "passengers": [{"firstName": "Ada", "lastName": "Lovelace"}],
                "contact": {"email": "ada@example.org"},
                "payments": [{"kind": "card", "token": "tok_visa"}],
            },
        )
        made = read(answer, 202)

        def shown():
            return read(stack.ask("GET", "gateway", answer.headers["location"], token=made["accessToken"]))

        stack.wait(lambda: shown()["status"] == "confirmed", what="the reservation to be confirmed", seconds=40)

    def test_begins_the_trace_that_the_timeline_follows(self, stack: Stack):
        departure_id = stack.departure()["departureId"]
        body = {
            "departures": [{"departureId": departure_id, "seats": stack.free_seats(departure_id)[:1]}],
            "passengers": [{"firstName": "Ada", "lastName": "Lovelace"}],
            "contact": {"email": "ada@example.org"},
            "payments": [{"kind": "card", "token": "tok_visa"}],
        }
        theirs = "0af7651916cd43dd8448eb211c80319c"

        answer = stack.ask(
            "POST", "gateway", "/reservations", body, headers={"traceparent": f"00-{theirs}-b7ad6b7169203331-01"}
        )

        assert read(answer, 202)["correlationId"] == answer.headers["x-request-id"]
        assert answer.headers["x-request-id"].replace("-", "") != theirs
        assert stack.timeline(answer.json())

    @pytest.mark.parametrize(
        ("token", "status"), [("", 401), ("no token at all", 401), ("the installation's", 200)], ids=lambda it: str(it)
    )
    def test_lets_operators_in_by_their_token(self, stack: Stack, token: str, status: int):
        given = stack.operator_token if token == "the installation's" else token

        assert stack.ask("GET", "gateway", "/reservations", token=given or None).status_code == status

    def test_shows_a_reservation_to_nobody_else(self, stack: Stack):
        mine, other = stack.book(), stack.book()

        answer = stack.ask("GET", "gateway", f"/reservations/{mine['locator']}", token=other["accessToken"])

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    @pytest.mark.parametrize("path", ["/timeline/0af76519-16cd-43dd-8448-eb211c80319c", "/audit", "/verify", "/parked"])
    def test_keeps_internal_paths_inside_even_from_operators(self, stack: Stack, path: str):
        answer = stack.ask("GET", "gateway", path, token=stack.operator_token)

        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")

    def test_has_one_document_of_all_services(self, stack: Stack):
        document = read(stack.ask("GET", "gateway", "/openapi.json"))

        assert "x-missing" not in document
        assert {"/departures", "/reservations", "/offers", "/payments", "/airlines"} <= set(document["paths"])
        assert not [path for path in document["paths"] if path.startswith(("/timeline", "/audit", "/parked"))]

    def test_logs_a_traveller_in(self, stack: Stack):
        credentials = {"email": "door@example.org", "password": "a door is not a wall 7"}
        read(stack.ask("POST", "gateway", "/auth/register", credentials), 202)

        tokens = read(stack.ask("POST", "gateway", "/auth/login", credentials))

        answer = stack.ask("GET", "gateway", "/auth/me", token=tokens["accessToken"])
        assert read(answer)["email"] == "door@example.org"
        assert stack.ask("GET", "gateway", "/auth/me").status_code == 401

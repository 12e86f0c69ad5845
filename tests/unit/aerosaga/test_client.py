"""Talking to the services, and what is said when they refuse or do not answer."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from aerosaga import client as module
from aerosaga.client import Client
from aerosaga.errors import Failed, Refused, Unreachable
from aerosaga.target import Target
from tests.unit.aerosaga.services import Services, answer, problem


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)


def lose(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


class TestClient:
    def test_reads_amounts_with_all_of_their_digits(self):
        services = Services({"GET booking /reservations/K7Q2ZD": {"price": {"amount": Decimal("450.00")}}})

        assert str(services.client().reservation("K7Q2ZD")["price"]["amount"]) == "450.00"

    def test_asks_as_an_operator_unless_it_has_an_access_token(self):
        services = Services({"GET booking /reservations/K7Q2ZD": {}})

        services.client().reservation("K7Q2ZD")
        services.client().reservation("K7Q2ZD", access_token="mine")

        assert [request.headers["Authorization"] for request in services.asked] == ["Bearer operator", "Bearer mine"]

    def test_reads_every_page_of_a_search(self, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(module, "PAGE_SIZE", 2)
        pages = {"1": [{"departureId": 1}, {"departureId": 2}], "2": [{"departureId": 3}]}
        services = Services({"GET flight /departures": lambda request: answer(pages[request.url.params["page"]])})

        found = services.client().search(origin="JFK", destination="LAX", day=date(2026, 12, 1))

        assert [each["departureId"] for each in found] == [1, 2, 3]

    def test_asks_about_fifty_departures_at_a_time(self):
        def know(request: httpx.Request) -> httpx.Response:
            return answer([{"departureId": int(each)} for each in request.url.params.get_list("departureId")])

        services = Services({"GET booking /availability": know})

        known = services.client().availability(list(range(1, 121)))

        assert (len(known), len(services.asked)) == (120, 3)

    def test_sends_the_correlation_id_of_a_schedule_as_its_trace(self):
        services = Services({"PUT flight /schedule/2026-12-01": {"created": 0, "unchanged": 0}})
        correlation_id = UUID("b9d10000-1111-2222-3333-444444444444")

        services.client().put_schedule(date(2026, 12, 1), [], correlation_id=correlation_id)

        assert services.asked[0].headers["traceparent"].split("-")[1] == correlation_id.hex

    def test_asks_again_when_a_service_is_away_for_a_moment(self):
        answers = iter([problem(503, "try again"), answer([{"saga": "book"}])])
        services = Services({"GET booking /sagas/1": lambda _: next(answers)})

        assert services.client().sagas("1") == [{"saga": "book"}]

    def test_never_asks_twice_for_seats(self):
        services = Services({"POST booking /reservations": problem(503, "try again")})

        with pytest.raises(Refused):
            services.client().reserve({})

        assert len(services.asked) == 1


class TestTrouble:
    def test_is_one_sentence_when_a_service_does_not_answer(self):
        services = Services({"GET booking /reservations/K7Q2ZD": lose})

        with pytest.raises(Unreachable, match=r"booking_svc does not answer at http://booking.*aerosaga status"):
            services.client().reservation("K7Q2ZD")

    def test_is_the_services_own_words_when_it_refuses(self):
        services = Services({"GET booking /reservations/K7Q2ZD": problem(404, "There is no such reservation.")})

        with pytest.raises(Refused, match=r"^There is no such reservation\.$"):
            services.client().reservation("K7Q2ZD")

    def test_names_the_fields_that_are_wrong(self):
        errors = {"departures": {"0": {"seats": ["Missing data."]}}}
        services = Services({"POST booking /reservations": problem(422, "Some fields are wrong.", errors=errors)})

        with pytest.raises(Refused, match=r"departures\.0\.seats: Missing data\."):
            services.client().reserve({})

    def test_names_the_seats_that_are_free_instead(self):
        refusal = problem(409, "Seat 12A is taken.", code="seat_taken", alternatives={"12A": ["12F", "13A"]})
        services = Services({"POST booking /reservations": refusal})

        with pytest.raises(Refused, match="Free seats like 12A: 12F, 13A") as caught:
            services.client().reserve({})

        assert (caught.value.status, caught.value.code) == (409, "seat_taken")

    def test_says_what_operators_need(self):
        services = Services({"GET booking /sagas/1": problem(403, "This is for operators.")})

        with pytest.raises(Refused, match="set AEROSAGA_OPERATOR_TOKEN"):
            services.client().sagas("1")

    def test_says_whose_fault_a_fault_is(self):
        services = Services({"GET booking /sagas/1": problem(500, "A fault of ours.")})

        with pytest.raises(Refused, match=r"^booking_svc answered 500: A fault of ours"):
            services.client().sagas("1")

    def test_says_when_something_else_answers(self):
        services = Services({"GET booking /sagas/1": httpx.Response(200, content=b"<html>")})

        with pytest.raises(Unreachable, match="is not booking_svc"):
            services.client().sagas("1")

    def test_says_which_variable_names_a_service_that_is_not_known(self, tmp_path):
        target = Target(way="remote", urls={"booking": "http://booking"}, operator_token=None, directory=tmp_path)

        with pytest.raises(Failed, match="Set AEROSAGA_FLIGHT_URL"):
            Client(target).search(origin="JFK", destination="LAX", day=date(2026, 12, 1))


EVERYWHERE = {"gateway": "http://door", "booking": "http://booking", "flight": "http://flight"}


class TestThePublicDoor:
    """Where it is known, what anybody may ask goes through it."""

    def asked(self, act, urls):
        hosts = []

        def note(request: httpx.Request) -> httpx.Response:
            hosts.append(request.url.host)
            return answer([] if request.method == "GET" else {})

        target = Target(way="servers", urls=urls, operator_token="operator", directory=Path("/nowhere"))
        act(Client(target, transport=httpx.MockTransport(note)))
        return hosts

    @pytest.mark.parametrize(
        "act",
        [
            lambda client: client.search(origin="JFK", destination="LAX", day=date(2026, 12, 1)),
            lambda client: client.availability([1]),
            lambda client: client.seat_map(1),
            lambda client: client.reserve({}),
            lambda client: client.reservation("K7Q2ZD"),
            lambda client: client.pay(locator="K7Q2ZD", method={}),
            lambda client: client.open_wallet(currency="USD"),
        ],
    )
    def test_is_where_a_traveller_goes(self, act):
        assert self.asked(act, EVERYWHERE) == ["door"]

    def test_is_not_asked_for_what_is_internal(self):
        assert self.asked(lambda client: client.timeline("booking", "1"), EVERYWHERE) == ["booking"]

    def test_is_not_asked_to_put_what_must_carry_one_correlation_id(self):
        def put(client: Client) -> None:
            client.put_schedule(date(2026, 12, 1), [], correlation_id=UUID(int=1))

        assert self.asked(put, EVERYWHERE) == ["flight"]
        assert self.asked(put, {"gateway": "http://door"}) == ["door"]

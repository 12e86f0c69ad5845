"""The commands as they are typed: help, what is refused, and what is printed."""

from decimal import Decimal

import click
import pytest
from click.testing import CliRunner, Result

from aerosaga.commands import travelling
from aerosaga.commands.group import aerosaga
from tests.unit.aerosaga.services import Services, problem
from tests.unit.aerosaga.stories import reservation

ADA = ["--passenger", "Ada Lovelace"]


def run(*words: str, services: Services | None = None, monkeypatch: pytest.MonkeyPatch | None = None) -> Result:
    if services and monkeypatch:
        monkeypatch.setattr(travelling, "client", lambda _: services.client())
    return CliRunner().invoke(aerosaga, words, prog_name="aerosaga")


class TestHelp:
    def test_lists_every_command_on_one_line_under_a_heading(self):
        printed = run("--help").output
        width = max(len(name) for name in aerosaga.commands)

        for name, command in aerosaga.commands.items():
            assert f"  {name:<{width}}  {command.get_short_help_str(limit=90)}\n" in printed
        assert [line for line in printed.splitlines() if line.endswith(("it:", "data:"))] == [
            "Run it:",
            "Travel with it:",
            "Disrupt it:",
            "Look after it:",
            "Keep its data:",
            "Fill it:",
            "Connect to it:",
            "Change it:",
        ]

    def test_shows_examples(self):
        assert "aerosaga search JFK LAX" in run("--help").output

    @pytest.mark.parametrize("name", list(aerosaga.commands))
    def test_is_there_for_every_command(self, name):
        result = run(name, "--help")

        assert (result.exit_code, result.output.startswith(f"Usage: aerosaga {name}")) == (0, True)

    @pytest.mark.parametrize("name", [name for name, one in aerosaga.commands.items() if isinstance(one, click.Group)])
    def test_cuts_no_line_of_what_a_command_has_in_it_short(self, name):
        assert "..." not in run(name, "--help").output.partition("Commands:")[2]


class TestWhatIsTypedWrong:
    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["search", "JFK", "L"], "'L' is no airport; write it like JFK"),
            (["search", "JFK", "LAX", "soon"], "'soon' is no date; write 2026-12-01, today or tomorrow"),
            (["seats", "zero"], "'zero' is not a valid integer"),
            (["show", "abc"], "'abc' is no locator; write it like K7Q2ZD"),
            (["book", "17", "12A", *ADA], "Say how it is paid"),
            (["book", "17", "12A", *ADA, "--later", "--crypto"], "Say how it is paid"),
            (["book", "17", "12A", "12B", *ADA, "--later"], "2 seats asked for, 1 --passenger given"),
            (["book", "17", "12A", "--passenger", "Ada", "--later"], "'Ada' has no last name"),
            (["book", "17", "A12", *ADA, "--later"], "'A12' is no seat; write it like 12A"),
            (["book", "17", "12A", *ADA, "--card", "tok_visa=much"], "'much' is no amount"),
            (["book", "17", "12A", *ADA, "--card", "tok_visa=-1"], "-1 is no amount that can be paid"),
            (["pay", "K7Q2ZD"], "Pay one way at a time"),
            (["load-timetable", "--full-year", "--days", "3"], "Say --days or --full-year"),
        ],
    )
    def test_is_told_in_a_sentence_with_exit_status_2(self, words, said):
        result = run(*words)

        assert (result.exit_code, said in result.output) == (2, True), result.output


class TestShow:
    def test_says_when_there_is_no_such_reservation(self, monkeypatch):
        services = Services({"GET booking /reservations/K7Q2ZD": problem(404, "There is no such reservation.")})

        result = run("show", "K7Q2ZD", services=services, monkeypatch=monkeypatch)

        assert (result.exit_code, result.output) == (1, "Error: There is no such reservation.\n")

    def test_takes_a_locator_in_small_letters(self, monkeypatch):
        services = Services({"GET booking /reservations/K7Q2ZD": reservation()})

        assert run("show", "k7q2zd", services=services, monkeypatch=monkeypatch).exit_code == 0

    def test_shows_who_sits_where_on_which_flight(self, monkeypatch):
        services = Services({"GET booking /reservations/K7Q2ZD": reservation(status="confirmed")})

        printed = run("show", "K7Q2ZD", services=services, monkeypatch=monkeypatch).output

        assert "Ada Lovelace  seat 12A  economy  B6 23 JFK to LAX  Wed 02 Dec 22:30 to 01:45 +1" in printed


class TestBook:
    def test_ends_with_status_0_and_the_reservation_when_it_is_confirmed(self, monkeypatch):
        confirmed = reservation(status="confirmed")
        services = Services(
            {"POST booking /reservations": reservation(), "GET booking /reservations/K7Q2ZD": confirmed}
        )

        result = run("book", "17", "12a", *ADA, "--card", "tok_visa", services=services, monkeypatch=monkeypatch)

        assert (result.exit_code, "K7Q2ZD  confirmed" in result.output) == (0, True)

    def test_ends_with_status_1_and_the_reason_when_it_failed(self, monkeypatch):
        failed = reservation(status="failed", failureReason="insufficient_funds")
        services = Services({"POST booking /reservations": reservation(), "GET booking /reservations/K7Q2ZD": failed})

        result = run("book", "17", "12A", *ADA, "--card", "tok_poor", services=services, monkeypatch=monkeypatch)

        assert (result.exit_code, "failed (insufficient funds)" in result.output) == (1, True)

    def test_names_free_seats_when_the_one_asked_for_is_taken(self, monkeypatch):
        refusal = problem(409, "Seat 12A is taken.", code="seat_taken", alternatives={"12A": ["12F"]})
        services = Services({"POST booking /reservations": refusal})

        result = run("book", "17", "12A", *ADA, "--later", services=services, monkeypatch=monkeypatch)

        assert (result.exit_code, "Free seats like 12A: 12F" in result.output) == (1, True)

    def test_says_how_to_pay_what_is_to_be_paid_later(self, monkeypatch):
        services = Services({"POST booking /reservations": reservation()})

        result = run("book", "17", "12A", *ADA, "--later", services=services, monkeypatch=monkeypatch)

        assert "bin/aerosaga pay K7Q2ZD --card tok_visa" in result.output

    def test_sends_the_shares_of_a_split_price_exactly(self, monkeypatch):
        services = Services(
            {
                "POST booking /reservations": reservation(),
                "GET booking /reservations/K7Q2ZD": reservation(status="confirmed"),
            }
        )
        payments = ["--card", "tok_visa=100.10", "--wallet", "wal_mine"]

        run("book", "17", "12A", *ADA, *payments, services=services, monkeypatch=monkeypatch)

        sent = services.asked[0].content.decode()
        assert (
            '"payments":[{"kind":"card","token":"tok_visa","amount":100.10},{"kind":"wallet","token":"wal_mine"}]'
            in sent
        )


class TestSearch:
    def test_says_when_an_airport_does_not_exist(self, monkeypatch):
        services = Services({"GET flight /departures": [], "GET airline /airports/JFK": {"code": "JFK"}})

        result = run("search", "JFK", "XYZ", services=services, monkeypatch=monkeypatch)

        assert (result.exit_code, "There is no airport XYZ" in result.output) == (1, True)

    def test_says_when_nothing_flies(self, monkeypatch):
        airports = {f"GET airline /airports/{code}": {} for code in ("JFK", "LAX")}
        services = Services({"GET flight /departures": [], **airports})

        result = run("search", "JFK", "LAX", services=services, monkeypatch=monkeypatch)

        assert (result.exit_code, "Nothing flies from JFK to LAX" in result.output) == (1, True)

    def test_shows_flights_with_local_times_free_seats_and_prices(self, monkeypatch):
        departure = {
            "departureId": 17,
            "airline": "B6",
            "airlineName": "JetBlue Airways",
            "flightNumber": 23,
            "departsLocal": "2026-12-01T22:30:00-05:00",
            "arrivesLocal": "2026-12-02T01:45:00-08:00",
            "durationMinutes": 375,
            "aircraft": "Airbus A320-200",
            "seats": 200,
        }
        known = [{"departureId": 17, "free": 198, "fromPrice": Decimal("324.00"), "currency": "USD"}]
        services = Services({"GET flight /departures": [departure], "GET booking /availability": known})

        printed = run("search", "JFK", "LAX", services=services, monkeypatch=monkeypatch).output

        line = " ".join(printed.splitlines()[2].split())
        assert line == "17 B6 23 JetBlue Airways 22:30 01:45 +1 6h15 Airbus A320-200 198/200 324.00 USD"

"""What the pages do without any service: cookies, forms, searches, words."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from common.config import settings
from gateway.pages import assets, cookies, formats
from gateway.pages.errors import Away, TooMuch
from gateway.pages.returning import local
from gateway.pages.services import Services
from gateway.pages.traveller import methods, searches
from gateway.pages.traveller.sandbox import Sandbox
from gateway.settings import GatewaySettings

TODAY = date(2026, 11, 23)


def token(client: FlaskClient) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get("/find").text)
    assert found
    return found[1]


class TestCookies:
    def test_come_back_as_they_were_put(self, app):
        with app.test_request_context():
            sealed = sent(app, "a", {"amount": Decimal("4.50")})
        with app.test_request_context(headers={"Cookie": f"a={sealed}"}):
            assert cookies.read("a") == {"amount": Decimal("4.50")}

    def test_are_none_under_another_name(self, app):
        with app.test_request_context():
            sealed = sent(app, "a", {"x": 1})
        with app.test_request_context(headers={"Cookie": f"b={sealed}"}):
            assert cookies.read("b") is None

    def test_are_none_when_they_were_altered(self, app):
        with app.test_request_context():
            sealed = sent(app, "a", {"x": 1})
        with app.test_request_context(headers={"Cookie": f"a={sealed[:-3]}AAA"}):
            assert cookies.read("a") is None

    def test_are_refused_when_they_would_not_come_back_whole(self, app):
        with app.test_request_context(), pytest.raises(TooMuch):
            cookies.put(Response(), "a", {"x": "y" * 4000})

    def test_are_for_https_only_where_there_is_https(self, app):
        with app.test_request_context(base_url="https://a.example"):
            response = Response()
            cookies.put(response, "a", {})
        assert "Secure; HttpOnly" in response.headers["Set-Cookie"]


class TestForms:
    def test_are_taken_with_a_token_of_this_browser(self, client):
        assert client.post("/theme", data={"csrf": token(client), "theme": "dark"}).status_code == 303

    def test_have_another_token_each_time(self, client):
        assert token(client) != token(client)

    @pytest.mark.parametrize("sent", ["", "AAAA", "ä", "A" * 43, "A" * 44])
    def test_are_refused_with_another(self, client, sent):
        token(client)

        assert client.post("/theme", data={"csrf": sent}).status_code == 403


class TestFiles:
    def test_are_named_after_what_is_in_them(self, client):
        for name, asset in assets.known().items():
            answer = client.get(asset.url)

            assert answer.status_code == 200, name
            assert "immutable" in answer.headers["Cache-Control"]
        assert client.get("/static/pages.css").status_code == 404

    def test_that_are_vendored_are_what_their_makers_published(self):
        import hashlib

        body = (assets.FOLDER / "vendor" / "htmx-4.0.1.min.js").read_bytes()

        assert hashlib.sha256(body).hexdigest().startswith("a0abb04f2f45a1f89d1d4844023245537e5e6014c87b")


class TestLocal:
    @pytest.mark.parametrize("path", ["/", "/trips", "/search?from=JFK&to=LAX", "/a//b"])
    def test_keeps_what_is_here(self, path):
        assert local(path, "/x") == path

    @pytest.mark.parametrize(
        "path",
        [
            "",
            None,
            "trips",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a\nb",
            "/\tb",
            "/" + "a" * 600,
        ],
    )
    def test_leads_nowhere_else(self, path):
        assert local(path, "/x") == "/x"


class TestASearch:
    def read(self, app, **args):
        with app.app_context():
            return searches.read(MultiDict(args), app.extensions["places"], today=TODAY)

    def test_is_what_was_typed(self, app):
        found = self.read(app, **{"from": "jfk", "to": "LAX", "date": "2026-12-01", "passengers": "3"})

        assert (found.origin, found.destination, found.day, found.passengers) == ("JFK", "LAX", date(2026, 12, 1), 3)
        assert found.problems == {}

    @pytest.mark.parametrize(
        ("args", "field"),
        [
            ({"to": "LAX", "date": "2026-12-01"}, "from"),
            ({"from": "JFK", "to": "Atlantis", "date": "2026-12-01"}, "to"),
            ({"from": "JFK", "to": "JFK", "date": "2026-12-01"}, "to"),
            ({"from": "JFK", "to": "LAX"}, "date"),
            ({"from": "JFK", "to": "LAX", "date": "tomorrow"}, "date"),
            ({"from": "JFK", "to": "LAX", "date": "2026-11-20"}, "date"),
            ({"from": "JFK", "to": "LAX", "date": "2029-11-20"}, "date"),
            ({"from": "JFK", "to": "LAX", "date": "2026-12-02", "return": "2026-12-01"}, "return"),
        ],
    )
    def test_says_by_field_what_is_wrong(self, app, args, field):
        assert list(self.read(app, **args).problems) == [field]

    @pytest.mark.parametrize("passengers", ["0", "-1", "100", "²", "x", ""])
    def test_is_for_one_to_nine(self, app, passengers):
        assert 1 <= self.read(app, **{"from": "JFK", "passengers": passengers}).passengers <= 9

    def test_on_another_day_stays_as_long(self, app):
        found = self.read(app, **{"from": "JFK", "to": "LAX", "date": "2026-12-01", "return": "2026-12-05"})

        assert found.on(date(2026, 12, 3)).return_day == date(2026, 12, 7)


class TestAWayToPay:
    def read(self, **form):
        return methods.read(form, total=Decimal("450.00"), currency="USD")

    def test_by_card_is_its_token(self):
        assert self.read(method="card", token=" tok_visa ").payments == [{"kind": "card", "token": "tok_visa"}]

    def test_split_leaves_the_rest_to_the_second(self):
        chosen = self.read(
            **{"method": "split", "first": "wallet", "first-token": "wal_1", "amount": "100,50", "second": "crypto"}
        )

        assert chosen.payments == [
            {"kind": "wallet", "token": "wal_1", "amount": Decimal("100.50")},
            {"kind": "crypto"},
        ]

    @pytest.mark.parametrize("amount", ["", "0", "-1", "450", "451", "NaN", "1e2", "Infinity", "1.00001"])
    def test_split_is_refused_for_what_is_no_part(self, amount):
        chosen = self.read(**{"method": "split", "amount": amount, "first-token": "a", "second-token": "b"})

        assert list(chosen.problems) == ["amount"]

    def test_later_is_no_payment(self):
        assert self.read(method="later").later
        assert self.read(method="later").payments == []

    @pytest.mark.parametrize("token", ["", "x" * 81, "a b", "a\nb"])
    def test_by_card_is_refused_without_a_token(self, token):
        assert list(self.read(method="card", token=token).problems) == ["token"]


class TestFormats:
    def test_write_money_as_the_reader_does(self, app):
        with app.test_request_context(headers={"Accept-Language": "en-GB"}):
            assert formats.money(Decimal("1450.00"), "USD") == "US$1,450.00"
            assert formats.price(Decimal("324.00"), "EUR") == "€324"
        with app.test_request_context():
            assert formats.price(Decimal("324.50"), "USD") == "$324.50"

    def test_tell_how_many_days_later_somebody_arrives(self):
        assert formats.days_later("2026-12-01T22:30:00-05:00", "2026-12-02T06:10:00+00:00") == 1

    def test_count(self):
        assert [formats.count(number, "seat") for number in (0, 1, 2)] == ["0 seats", "1 seat", "2 seats"]

    def test_show_an_instant_with_utc_in_its_title(self):
        shown = formats.moment(datetime(2026, 12, 1, 13, 30, tzinfo=UTC), "time")

        assert 'datetime="2026-12-01T13:30:00Z"' in shown
        assert shown.endswith("UTC</time>")


class TestErrors:
    def test_are_pages_that_say_what_to_do(self, client):
        date_ = TODAY.isoformat()

        away = client.get(f"/search?from=JFK&to=LAX&date={date_}".replace(date_, datetime.now(UTC).date().isoformat()))

        assert away.status_code == 503
        assert "We are back in a moment" in away.text
        assert "Try again" in away.text

    def test_say_that_a_booking_is_not_known_here(self, client):
        lapsed = client.get("/book/abc/pay")

        assert lapsed.status_code == 404
        assert "Nothing was booked or paid" in lapsed.text


def sent(app: Flask, name: str, value: dict[str, object]) -> str:
    response = Response()
    cookies.put(response, name, value)
    assert settings().key_secret
    return response.headers["Set-Cookie"].split("=", 1)[1].split(";")[0]


class TestTheSandbox:
    def test_is_there_where_the_provider_is_the_sandbox_bank(self, monkeypatch):
        monkeypatch.setenv("AEROSAGA_SANDBOX_BANK_URL", "http://bank.example/")

        here = Sandbox(Services(GatewaySettings().asked_by_pages))

        assert here.is_there
        assert here.usual_token == "tok_visa"

    def test_has_nothing_to_try_and_pays_nothing_where_the_provider_is_a_real_one(self, monkeypatch, client):
        monkeypatch.delenv("AEROSAGA_SANDBOX_BANK_URL", raising=False)

        here = Sandbox(Services(GatewaySettings().asked_by_pages))

        assert (here.is_there, here.tokens, here.usual_token) == (False, {}, "")
        with pytest.raises(Away):
            here.pay("in_1")
        form = {"csrf": token(client)}
        assert client.post("/trips/K7Q2ZD/invoices/in_1/pay", data=form).status_code == 404

"""What operators may put as airlines and airports."""

import marshmallow as ma
import pytest

from airline_svc.schemas import AirlineSchema, AirportSchema

JFK = {
    "code": "JFK",
    "name": "John F Kennedy Intl",
    "city": "New York",
    "country": "US",
    "latitude": 40.639751,
    "longitude": -73.778925,
    "timeZone": "America/New_York",
}


class TestAnAirline:
    @pytest.mark.parametrize("code", ["AA", "9E", "AAL"])
    def test_has_a_code_of_two_or_three(self, code):
        assert AirlineSchema().load({"code": code, "name": "An airline"})["code"] == code

    @pytest.mark.parametrize("code", ["A", "AAAA", "aa", "A\n", "AA\n", "", "ÄÄ", None, 12])
    def test_has_no_other_code(self, code):
        with pytest.raises(ma.ValidationError) as refusal:
            AirlineSchema().load({"code": code, "name": "An airline"})

        assert list(refusal.value.messages) == ["code"]

    @pytest.mark.parametrize("name", ["", " ", "x" * 81, "a\x00b", "a\nb", "\ud800"])
    def test_has_a_name_that_can_be_printed(self, name):
        with pytest.raises(ma.ValidationError) as refusal:
            AirlineSchema().load({"code": "AA", "name": name})

        assert list(refusal.value.messages) == ["name"]

    def test_keeps_a_name_in_any_script_without_the_blanks_around_it(self):
        assert AirlineSchema().load({"code": "CA", "name": " 中国国际航空 "})["name"] == "中国国际航空"


class TestAnAirport:
    def test_is_read_in_camel_case(self):
        assert AirportSchema().load(JFK)["time_zone"] == "America/New_York"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("code", "JFKX"),
            ("code", "JFK\n"),
            ("country", "USA"),
            ("country", "US\n"),
            ("latitude", 90.01),
            ("latitude", float("nan")),
            ("latitude", True),
            ("longitude", -180.5),
            ("longitude", 10**400),
            ("timeZone", None),
            ("altitude", 13),
        ],
    )
    def test_is_refused_by_the_name_of_what_is_wrong(self, field, value):
        with pytest.raises(ma.ValidationError) as refusal:
            AirportSchema().load({**JFK, field: value})

        assert list(refusal.value.messages) == [field]

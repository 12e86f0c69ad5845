"""Time zones that exist."""

import pytest

from airline_svc.domain import UnknownTimeZone, check_time_zone


class TestCheckTimeZone:
    @pytest.mark.parametrize("name", ["America/New_York", "Asia/Kathmandu", "UTC"])
    def test_lets_zones_of_the_database_pass(self, name):
        check_time_zone(name, airport="JFK")

    @pytest.mark.parametrize("name", ["", "America", "America/Gotham", "../etc/passwd", "EST5EDT4", "\ud800", "UTC\n"])
    def test_refuses_everything_else_and_names_the_airport(self, name):
        with pytest.raises(UnknownTimeZone, match=r"^Airport JFK: ") as refusal:
            check_time_zone(name, airport="JFK")

        # It travels in an answer, so it must be text that can be sent.
        refusal.value.detail.encode("utf-8")

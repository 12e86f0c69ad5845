"""Keys of seat maps: short enough for their column, and different for different aircraft."""

from hypothesis import given
from hypothesis import strategies as st

from flight_svc.domain.seat_maps import MAX_SEATS, generate, map_key


class TestAKey:
    def test_reads_like_the_aircraft_and_its_seats(self):
        assert map_key("Boeing 737-800", 172) == "boeing-737-800-172"

    # İ is one letter that becomes two when it is made small.
    @given(aircraft=st.text(min_size=1, max_size=80) | st.just("İ" * 80), seats=st.integers(1, MAX_SEATS))
    def test_fits_its_column(self, aircraft, seats):
        assert 3 <= len(map_key(aircraft, seats)) <= 60

    def test_tells_long_names_apart_that_begin_alike(self):
        first, second = (map_key("Boeing " + "x" * 70 + end, 172) for end in "ab")

        assert first != second

    def test_of_a_long_name_is_that_of_its_map(self):
        assert generate("B" * 80, 172).key == map_key("B" * 80, 172)

"""Free seats like the one that was asked for."""

from hypothesis import given
from hypothesis import strategies as st

from booking_svc.domain.seats import nearest_free
from common.contracts.seat_map import Cabin, SeatMap

LETTERS = "ABCDEF"
A_NARROW_BODY = SeatMap(
    key="a-narrow-body-76",
    aircraft="A narrow body",
    cabins=(
        Cabin.of(name="first", columns=("AC", "DF"), rows=[(row, "ACDF") for row in range(1, 5)]),
        Cabin.of(name="economy", columns=("ABC", "DEF"), rows=[(row, LETTERS) for row in range(5, 15)]),
    ),
)
SEATS = A_NARROW_BODY.seat_numbers()


class TestNearestFree:
    def test_offers_the_same_position_in_the_nearest_rows(self):
        found = nearest_free(seat_map=A_NARROW_BODY, asked="8A", taken={"8A"}, count=4)

        assert found == ["8F", "7A", "9A", "7F"]

    def test_passes_over_taken_seats(self):
        found = nearest_free(seat_map=A_NARROW_BODY, asked="8A", taken={"8A", "8F", "9A"}, count=2)

        assert found == ["7A", "7F"]

    def test_offers_another_position_when_its_own_is_sold_out(self):
        windows = {seat.number for seat in A_NARROW_BODY.seats() if seat.position == "window"}

        found = nearest_free(seat_map=A_NARROW_BODY, asked="8A", taken=windows, count=2)

        assert found == ["8B", "8C"]

    def test_does_not_offer_another_cabin(self):
        economy = {seat.number for seat in A_NARROW_BODY.seats() if seat.cabin == "economy"}

        assert nearest_free(seat_map=A_NARROW_BODY, asked="8A", taken=economy, count=3) == []

    def test_does_not_offer_the_seat_that_was_asked_for(self):
        assert "8A" not in nearest_free(seat_map=A_NARROW_BODY, asked="8A", taken=set(), count=100)

    def test_has_nothing_like_a_seat_that_does_not_exist(self):
        assert nearest_free(seat_map=A_NARROW_BODY, asked="99X", taken=set(), count=3) == []

    @given(asked=st.sampled_from(SEATS), taken=st.sets(st.sampled_from(SEATS)), count=st.integers(0, 80))
    def test_offers_as_many_different_free_seats_of_the_cabin_as_asked_for_or_there_are(self, asked, taken, count):
        found = nearest_free(seat_map=A_NARROW_BODY, asked=asked, taken=taken, count=count)

        cabin = A_NARROW_BODY.find(asked).cabin
        free = {seat.number for seat in A_NARROW_BODY.seats() if seat.cabin == cabin} - taken - {asked}
        assert set(found) <= free
        assert len(found) == len(set(found)) == min(count, len(free))

    @given(asked=st.sampled_from(SEATS), taken=st.sets(st.sampled_from(SEATS)))
    def test_puts_the_same_position_first_and_then_the_nearest_row(self, asked, taken):
        found = nearest_free(seat_map=A_NARROW_BODY, asked=asked, taken=taken, count=len(SEATS))

        wanted = A_NARROW_BODY.find(asked)
        offered = [A_NARROW_BODY.find(number) for number in found]
        unlikeness = [(seat.position != wanted.position, abs(seat.row - wanted.row)) for seat in offered]
        assert unlikeness == sorted(unlikeness)

"""What a run asks for."""

from collections import Counter

from bench.asking import plan


class TestPlan:
    def test_asks_for_every_seat_and_for_two_in_a_hundred_again(self):
        asks = plan(1000, first=300, seed=7)

        assert Counter(ask.kind for ask in asks) == {"ok": 950, "declined": 50, "duplicate": 20}
        assert {ask.place for ask in asks} == set(range(300, 1300))
        assert [ask.number for ask in asks] == list(range(1020))

    def test_asks_again_only_for_seats_whose_card_is_good_and_only_after_the_first_time(self):
        asks = plan(1000, first=0, seed=3)
        first = {ask.place: ask for ask in reversed(asks) if ask.kind != "duplicate"}

        again = [ask for ask in asks if ask.kind == "duplicate"]
        assert all(first[ask.place].kind == "ok" and first[ask.place].number < ask.number for ask in again)

    def test_is_the_same_for_every_system(self):
        assert plan(200, first=0, seed=7) == plan(200, first=0, seed=7)

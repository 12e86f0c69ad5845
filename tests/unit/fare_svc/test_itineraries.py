"""Which flights make a journey."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fare_svc.domain.itineraries import BadSearch, Connecting, Hop, check_search, duration, journeys

START = datetime(2026, 12, 1, 6, tzinfo=UTC)
CONNECTING = Connecting(least=timedelta(minutes=45), most=timedelta(hours=6))
AIRPORTS = ["JFK", "ORD", "DEN", "SFO"]


def a_hop(number: int, origin: str, destination: str, *, leaves: int, takes: int) -> Hop:
    """Flight `number`, which leaves so many minutes after START."""
    departs_at = START + timedelta(minutes=leaves)
    arrives_at = departs_at + timedelta(minutes=takes)
    return Hop(
        departure_id=number,
        airline="AA",
        flight_number=number,
        origin=origin,
        destination=destination,
        travel=departs_at.date(),
        departs_at=departs_at,
        departs_local=departs_at.isoformat(),
        arrives_at=arrives_at,
        arrives_local=arrives_at.isoformat(),
    )


def find(*hops: Hop, most: int = 1000) -> list[list[int]]:
    """Return the flight numbers of every journey from JFK to SFO."""
    first = [hop for hop in hops if hop.origin == "JFK"]
    found = journeys(first=first, onward=hops, destination="SFO", connecting=CONNECTING, most=most)
    return [[hop.flight_number for hop in journey] for journey in found]


class TestJourneys:
    def test_are_direct_or_by_one_or_two_connections_the_shortest_first(self):
        hops = [
            a_hop(1, "JFK", "SFO", leaves=0, takes=380),
            a_hop(2, "JFK", "ORD", leaves=0, takes=120),
            a_hop(3, "ORD", "SFO", leaves=180, takes=240),
            a_hop(4, "ORD", "DEN", leaves=170, takes=120),
            a_hop(5, "DEN", "SFO", leaves=350, takes=150),
        ]

        assert find(*hops) == [[1], [2, 3], [2, 4, 5]]

    @pytest.mark.parametrize(("wait", "legal"), [(44, False), (45, True), (360, True), (361, False)])
    def test_connect_within_the_legal_time(self, wait, legal):
        hops = [a_hop(1, "JFK", "ORD", leaves=0, takes=100), a_hop(2, "ORD", "SFO", leaves=100 + wait, takes=240)]

        assert find(*hops) == ([[1, 2]] if legal else [])

    def test_never_come_through_an_airport_twice(self):
        hops = [
            a_hop(1, "JFK", "ORD", leaves=0, takes=60),
            a_hop(2, "ORD", "JFK", leaves=120, takes=60),
            a_hop(3, "JFK", "SFO", leaves=240, takes=60),
        ]

        assert find(*hops) == [[3]]

    def test_have_three_flights_at_most(self):
        stops = ["JFK", "ORD", "DEN", "LAS", "SFO"]
        hops = [a_hop(n, *pair, leaves=n * 120, takes=60) for n, pair in enumerate(pairwise(stops))]

        assert find(*hops) == []

    def test_are_cut_to_the_shortest(self):
        hops = [a_hop(n, "JFK", "SFO", leaves=n, takes=300 + n) for n in range(9)]

        assert find(*hops, most=2) == [[0], [1]]

    @settings(max_examples=60)
    @given(
        hops=st.lists(
            st.builds(
                lambda pair, leaves, takes: (pair, leaves, takes),
                st.sampled_from(list(permutations(AIRPORTS, 2))),
                st.integers(0, 900),
                st.integers(30, 400),
            ),
            max_size=14,
        )
    )
    def test_are_all_that_are_legal_and_no_others(self, hops):
        made = [a_hop(n, *pair, leaves=leaves, takes=takes) for n, (pair, leaves, takes) in enumerate(hops)]
        legal = {
            tuple(hop.flight_number for hop in chosen)
            for length in (1, 2, 3)
            for chosen in permutations(made, length)
            if chosen[0].origin == "JFK" and chosen[-1].destination == "SFO" and _can_be_travelled(chosen)
        }

        found = [tuple(numbers) for numbers in find(*made)]

        assert len(found) == len(set(found))
        assert set(found) == legal


class TestDuration:
    def test_is_from_the_first_departure_to_the_last_arrival(self):
        journey = (a_hop(1, "JFK", "ORD", leaves=0, takes=60), a_hop(2, "ORD", "SFO", leaves=120, takes=60))

        assert duration(journey) == timedelta(hours=3)


class TestCheckSearch:
    @pytest.mark.parametrize(
        ("destination", "return_day", "why"),
        [("JFK", None, "nothing to fly"), ("SFO", date(2026, 11, 30), "before the outward journey")],
    )
    def test_refuses_what_nobody_could_travel(self, destination, return_day, why):
        with pytest.raises(BadSearch, match=why):
            check_search(origin="JFK", destination=destination, day=date(2026, 12, 1), return_day=return_day)

    def test_lets_somebody_return_on_the_same_day(self):
        check_search(origin="JFK", destination="SFO", day=START.date(), return_day=START.date())


def _can_be_travelled(hops: tuple[Hop, ...]) -> bool:
    """The rule, said another way."""
    airports = [hops[0].origin, *(hop.destination for hop in hops)]
    waits = [after.departs_at - before.arrives_at for before, after in pairwise(hops)]
    return (
        len(set(airports)) == len(airports)
        and all(after.origin == before.destination for before, after in pairwise(hops))
        and all(timedelta(minutes=45) <= wait <= timedelta(hours=6) for wait in waits)
    )

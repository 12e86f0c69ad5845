"""Percentiles."""

import pytest

from bench.figures import percentile, spread


class TestPercentile:
    def test_lies_between_the_two_nearest_values_in_proportion(self):
        assert percentile([10, 0], 25) == pytest.approx(2.5)

    def test_of_one_value_is_that_value(self):
        assert percentile([7.0], 99) == 7.0

    def test_of_nothing_is_none(self):
        assert percentile([], 50) is None


class TestSpread:
    def test_names_the_middle_the_tail_and_the_worst(self):
        assert spread(range(101)) == {"p50": 50.0, "p95": 95.0, "p99": 99.0, "max": 100}

    def test_of_nothing_says_nothing(self):
        assert spread([]) == {}

"""Charts as shapes: bars that stand on each other within the drawing, lines with gaps, tops that people can read."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.pages.operator.drawing import HEIGHT, WIDTH, Series, bars, lines

MINUTES = [datetime(2026, 12, 1, 9, 0, tzinfo=UTC) + timedelta(minutes=place) for place in range(3)]


class TestBars:
    def test_stand_on_each_other_and_reach_the_top_at_most(self):
        chart = bars([Series(name="a", values=[1, 0, 4]), Series(name="b", values=[1, 0, 1])], MINUTES)

        assert chart.top == 5
        assert [column.at for column in chart.columns] == [MINUTES[0], MINUTES[2]]
        below, above = chart.columns[1].bars
        assert (below.tone, above.tone) == (1, 2)
        assert above.y + above.height == pytest.approx(below.y)
        assert (above.y, below.y + below.height) == (0, HEIGHT)
        assert below.x + below.width <= WIDTH

    def test_of_nothing_are_empty(self):
        chart = bars([Series(name="a", values=[0, 0, 0])], MINUTES)

        assert chart.is_empty
        assert chart.columns == []
        assert chart.rows == []


class TestLines:
    def test_have_gaps_where_nothing_was(self):
        chart = lines([Series(name="a", values=[0.2, None, 0.4])], MINUTES)

        assert chart.top == 0.5
        assert chart.lines[0].path.count("M") == 2

    def test_are_left_out_where_there_is_nothing_at_all(self):
        assert lines([Series(name="a", values=[None, None, None])], MINUTES).lines == []

    def test_come_with_their_figures_newest_first(self):
        chart = lines([Series(name="a", values=[1, None, 3])], MINUTES)

        assert chart.rows == [(MINUTES[2], [3]), (MINUTES[0], [1])]


@pytest.mark.parametrize(("most", "top"), [(0, 1), (1, 1), (3, 5), (7, 10), (12, 20), (0.03, 0.05), (100, 100)])
def test_the_top_is_a_round_number(most, top):
    assert bars([Series(name="a", values=[most])], MINUTES[:1]).top == pytest.approx(top)

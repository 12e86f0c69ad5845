"""What the command line of fault runs makes of its words, and how it says them again."""

import pytest

from tests.reliability.faults.__main__ import _parser, again_with, chosen
from tests.reliability.faults.kinds.registry import KINDS
from tests.reliability.faults.scorecard.registry import FIGURES


class TestTheChapters:
    def test_are_every_kind_by_itself_and_then_all_of_them(self):
        *alone, mixed = chosen(_parser().parse_args([]))

        assert [chapter.title for chapter in alone] == list(KINDS)
        assert all(list(chapter.kinds) == [chapter.title] for chapter in alone)
        assert set(mixed.kinds) == set(KINDS)

    def test_of_a_short_run_are_the_worst_together(self):
        (mixed,) = chosen(_parser().parse_args(["--short"]))

        assert set(mixed.kinds) == {name for name, kind in KINDS.items() if kind.short}

    def test_can_be_all_of_them_at_once_alone(self):
        (mixed,) = chosen(_parser().parse_args(["--together"]))

        assert set(mixed.kinds) == set(KINDS)

    def test_of_one_kind_have_nothing_to_mix(self):
        (kill,) = chosen(_parser().parse_args(["--only", "kill"]))

        assert (kill.title, kill.seconds) == ("kill", 60.0)


class TestTheWordsThatRepeatARun:
    @pytest.mark.parametrize(
        "words",
        [
            [],
            ["--seed", "8", "--seconds", "30", "--only", "kill,cut", "--mixed", "2", "--clients", "4"],
            ["--short"],
            ["--together", "--seconds", "300"],
            ["--scorecard", "G1=400,G7"],
        ],
        ids=" ".join,
    )
    def test_mean_the_same(self, words):
        given = _parser().parse_args(words)

        again = _parser().parse_args(again_with(given).split()[3:])

        assert (again, chosen(again)) == (given, chosen(given))


class TestTheWords:
    def test_name_figures_whole_or_smaller(self):
        given = _parser().parse_args(["--scorecard", "G1=400,G7"])

        assert given.scorecard == {"G1": 400, "G7": FIGURES["G7"].size}

    @pytest.mark.parametrize(
        ("words", "known"), [(["--only", "kill,nonsense"], "kill-group"), (["--scorecard", "G99"], "G18")]
    )
    def test_that_name_nothing_are_refused_with_what_there_is(self, words, known, capsys):
        with pytest.raises(SystemExit):
            _parser().parse_args(words)

        assert known in capsys.readouterr().err.rpartition("there are")[2]

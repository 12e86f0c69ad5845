"""When a chapter of a fault run passes, fails, or says nothing; and what a whole run is."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from aerosaga.invariants import INVARIANTS, Judgement
from tests.reliability.faults import report
from tests.reliability.faults.chapter import ACKNOWLEDGED, Chapter, Outcome
from tests.reliability.faults.kinds.registry import KINDS
from tests.reliability.faults.report import Run
from tests.reliability.faults.schedule import Strike
from tests.reliability.faults.scorecard.figure import Figure

GOOD = Outcome(
    title="kill",
    schedule=[Strike(at=1.0, kind="kill", target="beat", lasts=0.0)],
    fired=Counter(kill=3),
    floors={"kill": 3},
    undone=[],
    acknowledged=ACKNOWLEDGED,
    least=ACKNOWLEDGED,
    statuses=Counter({"202": ACKNOWLEDGED}),
    errands=Counter(paid=ACKNOWLEDGED),
    troubles=[],
    first_ok_seconds=0.5,
    quiet_seconds=2.0,
    missing=[],
    moving={},
    judgements=[Judgement(invariant=INVARIANTS["I1"], examined=5, floor=1, violations=())],
    violations=[],
    repeated=0,
)


class TestAChapter:
    def test_in_which_enough_happened_and_nothing_broke_passes(self):
        assert GOOD.verdict == "pass"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"violations": ["I1: a seat is sold twice"]},
            {"troubles": ["POST /reservations: 500"]},
            {"missing": ["booking-worker"]},
            {"moving": {"booking outbox": 3}},
            {"first_ok_seconds": None},
        ],
        ids=lambda wrong: next(iter(wrong)),
    )
    def test_in_which_something_broke_fails(self, wrong):
        assert replace(GOOD, **wrong).verdict == "fail"

    @pytest.mark.parametrize(
        "little",
        [
            {"fired": Counter(kill=2)},
            {"acknowledged": ACKNOWLEDGED - 1},
            {"judgements": [Judgement(invariant=INVARIANTS["I1"], examined=0, floor=1, violations=())]},
        ],
        ids=lambda little: next(iter(little)),
    )
    def test_in_which_too_little_happened_says_nothing(self, little):
        outcome = replace(GOOD, **little)

        assert outcome.verdict == "unknown"
        assert len(outcome.too_little) == 1


class TestTheFloors:
    def chapter(self, *names: str, seconds: float = 60.0) -> Chapter:
        return Chapter(title="x", kinds={name: KINDS[name] for name in names}, seconds=seconds, clients=8, seed="7")

    def test_of_a_kind_by_itself_are_its_own(self):
        assert self.chapter("kill").floors == {"kill": KINDS["kill"].floor}
        assert self.chapter("kill").least == ACKNOWLEDGED

    def test_of_less_time_or_more_kinds_are_a_share_and_never_nothing(self):
        assert self.chapter("reset", seconds=30).floors == {"reset": KINDS["reset"].floor // 2}
        assert self.chapter("reset", "pause").floors == {"reset": KINDS["reset"].floor // 2, "pause": 2}
        assert set(self.chapter(*KINDS, seconds=10).floors.values()) == {1}

    def test_are_reached_by_the_schedule_of_a_chapter_of_every_kind(self):
        chapter = self.chapter(*KINDS)
        planned = Counter(strike.kind for strike in chapter.schedule)

        assert all(planned[name] >= floor for name, floor in chapter.floors.items())


class TestAFigure:
    def figure(self, **changes: object) -> Figure:
        whole = {"name": "G1", "promise": "sagas end", "reached": 10, "tried": 10, "size": 10, "problems": []}
        return Figure(**{**whole, **changes})

    def test_passes_if_all_that_was_tried_went_well(self):
        assert self.figure().verdict == "pass"

    def test_fails_if_one_did_not_or_something_else_broke(self):
        assert self.figure(reached=9).verdict == "fail"
        assert self.figure(problems=["a seat is sold twice"]).verdict == "fail"

    def test_says_nothing_if_nothing_was_tried_or_nothing_was_in_its_way(self):
        assert self.figure(reached=0, tried=0).verdict == "unknown"
        assert self.figure(too_little=["the database was never restarted"]).verdict == "unknown"

    def test_of_a_smaller_size_says_so(self):
        assert "(a full run has 5,000)" in self.figure(size=5000).lines()[0]
        assert "full run" not in self.figure().lines()[0]


class TestARun:
    def run(self, *outcomes: Outcome) -> Run:
        return Run(seed=7, commit="abc1234", words="again", began=datetime.now(UTC), outcomes=outcomes)

    def test_of_nothing_says_nothing(self):
        assert self.run().verdict == "unknown"

    def test_is_as_good_as_its_worst_chapter(self):
        unknown, bad = replace(GOOD, acknowledged=0), replace(GOOD, troubles=["500"])

        assert self.run(GOOD, GOOD).verdict == "pass"
        assert self.run(GOOD, unknown).verdict == "unknown"
        assert self.run(GOOD, unknown, bad).verdict == "fail"

    def test_is_told_with_its_seed_its_schedule_and_how_to_repeat_it(self, tmp_path):
        report.write(tmp_path, self.run(GOOD))

        told = (tmp_path / "report.txt").read_text()
        assert "commit abc1234, seed 7" in told
        assert "again with: again" in told
        assert GOOD.schedule[0].line() in told
        assert (tmp_path / "report.json").exists()

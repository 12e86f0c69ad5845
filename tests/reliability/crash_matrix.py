"""
The crash matrix: a process dies at each place where one can, over real servers, and nothing may be lost or done twice.

    python -m tests.reliability.crash_matrix [--rounds 5] [--seed 7] [--only event.applied,people] [--short]

Each cell arms one point, plays its scene through the front door until a process has died there, and lets the next
begin; its own recovery goes on meanwhile. Cells of different processes are played side by side. After each chapter
the system comes to rest and is judged by every invariant. Exit status: 0 all passed, 1 something failed, 2 too little
happened to say.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from aerosaga.invariants import Judgement, judge, overall, render, repeated_commands
from tests.reliability.armory import Armory
from tests.reliability.cells import Cell
from tests.reliability.chapters import CELLS, CHAPTERS
from tests.reliability.rest import Rest
from tests.reliability.scenes.bookings import TurnedBack
from tests.reliability.traveller import Traveller
from tests.stack import running

HOLD_SECONDS = 10
# How long a scene may take to lead somebody past its point, and the system to come to rest.
REACH_SECONDS, REST_SECONDS = 240, 300
LATE_SECONDS, PLAYS = 30, 4
# What the matrix cannot provoke and does not judge: poison, and the executions of it.
NOT_HERE = {"I22"}
# As often as this each invariant must have had something to look at before "pass" is said of all cells; of a few cells,
# once is enough.
FLOORS = {"I1": 20, "I5": 20, "I6": 20, "I7": 20, "I8": 20, "I9": 40, "I12": 20, "I14": 100, "I16": 100, "I24": 20}


@dataclass(kw_only=True)
class Run:
    """What became of one cell: when its process died, and when all it began was at its end."""

    cell: Cell
    died: bool = False
    recovery_seconds: float | None = None
    trouble: str | None = None

    @property
    def fine(self) -> bool:
        """Whether a process died there and the scene came to an end that it may have."""
        return self.died and self.trouble is None

    def line(self) -> str:
        """What a reader of the matrix sees."""
        recovery = "      -" if self.recovery_seconds is None else f"{self.recovery_seconds:5.1f} s"
        verdict = "fail" if self.trouble else "pass" if self.died else "unknown"
        return f"{verdict:<8}{self.cell.name:<58} {recovery}  {self.cell.scene.__name__}  {self.trouble or ''}".rstrip()


@dataclass(kw_only=True)
class Matrix:
    """Plays cells over one running system and judges it."""

    traveller: Traveller
    rest: Rest
    armory: Armory
    floors: Mapping[str, int] = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    #: Scenes that could not go on, because a saga's deadline had passed while processes were dying.
    late: list[str] = field(default_factory=list)
    repeated: int = 0
    judgements: list[Judgement] = field(default_factory=list)
    moving: dict[str, int] = field(default_factory=dict)

    def chapter(self, cells: Iterable[Cell]) -> Iterator[Run]:
        """Play cells, of each process one kill after the other; yield what became of each once it is at its end."""
        lanes: dict[str, list[Cell]] = defaultdict(list)
        for cell in cells:
            lanes[cell.dies].append(cell)
        with ThreadPoolExecutor(len(lanes)) as killers, ThreadPoolExecutor(64) as players:
            begun = [killers.submit(self._lane, lane, players) for lane in lanes.values()]
            for lane in as_completed(begun):
                for run, ended, died_at in lane.result():
                    try:
                        run.recovery_seconds = max(0.0, ended.result() - died_at)
                    except Exception as error:  # whatever a scene meets is what became of it
                        run.trouble = f"{type(error).__name__}: {error}"
                    self.runs.append(run)
                    yield run

    def come_to_rest(self) -> list[Judgement]:
        """Wait until nothing moves, and judge all that has happened so far."""
        self.moving = self.rest.wait(REST_SECONDS)
        self.traveller.look_around()
        evidence = self.rest.evidence(self.traveller.history)
        self.judgements = [each for each in judge(evidence, floors=self.floors) if each.invariant.name not in NOT_HERE]
        self.repeated = repeated_commands(evidence)
        return self.judgements

    def verdict(self) -> str:
        """Return fail, unknown or pass for everything."""
        if self.moving or overall(self.judgements) == "fail" or any(run.trouble for run in self.runs):
            return "fail"
        return "pass" if overall(self.judgements) == "pass" and all(run.fine for run in self.runs) else "unknown"

    def _lane(self, cells: Sequence[Cell], pool: ThreadPoolExecutor) -> list[tuple[Run, Future[float], float]]:
        return [self._begin(cell, pool) for cell in cells]

    def _begin(self, cell: Cell, pool: ThreadPoolExecutor) -> tuple[Run, Future[float], float]:
        """Play a cell's scene until a process has died; another way may be quicker once, so it is played again."""
        self.armory.arm(cell.point, of=cell.of, kill=cell.kill)
        try:
            for _ in range(PLAYS):
                ended = pool.submit(self._play, cell)
                if self._wait_for_a_death(cell, ended):
                    died_at = time.monotonic()
                    idle = cell.point == "sweep.begun" and not self._is_begun_again(cell)
                    trouble = "nobody began it again" if idle else None
                    return Run(cell=cell, died=True, trouble=trouble), ended, died_at
            return Run(cell=cell), ended, time.monotonic()
        finally:
            self.armory.disarm(cell.point, of=cell.of)

    def _is_begun_again(self, cell: Cell) -> bool:
        """Wait until somebody else begins the sweep; what was asked of who died is lost, so it is asked for again."""
        end = time.monotonic() + REACH_SECONDS
        while self.armory.passages(cell.point, of=cell.of) < 2:
            if time.monotonic() > end:
                return False
            self.rest.order(cell.of)
            time.sleep(1)
        return True

    def _wait_for_a_death(self, cell: Cell, ended: Future[float]) -> bool:
        end = time.monotonic() + REACH_SECONDS
        late = None
        while time.monotonic() < min(end, late or end):
            if self.armory.passages(cell.point, of=cell.of):
                return True
            if ended.done():
                # What came too late for this scene, a command overtaken by an event, is still on its way.
                late = late or time.monotonic() + LATE_SECONDS
            time.sleep(0.02)
        return False

    def _play(self, cell: Cell) -> float:
        try:
            cell.scene(self.traveller, self.rest)
        except TurnedBack as late:
            self.late.append(str(late))
        return time.monotonic()


@contextmanager
def system(run_dir: Path) -> Iterator[Matrix]:
    """Start the whole system on servers of its own, with some days of departures on sale."""
    armory = Armory(run_dir / "armory")
    # Sagas are looked after soon, so that what is left to the sweeps does not take most of the time.
    os.environ.setdefault("AEROSAGA_SAGA_PATIENCE_SECONDS", "3")
    options = {"hold_seconds": HOLD_SECONDS, "crash_points": armory.place, "progress": say}
    with closing(armory), running("servers", run_dir, **options) as stack, closing(Rest(run_dir)) as rest:
        yield Matrix(traveller=Traveller(stack), rest=rest, armory=armory)


def say(line: str) -> None:
    """Tell who watches, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def play(matrix: Matrix, *, rounds: int, only: str, short: bool, seed: int) -> None:
    """Play every chapter `rounds` times, its cells in an order that the seed decides, and print as it goes."""
    for number in range(rounds):
        order = random.Random(seed + number)
        for title, cells in CHAPTERS.items():
            chosen = [cell for cell in cells if _is_wanted(title, cell, only) and (cell.short or not short)]
            if not chosen:
                continue
            say(f"\n{title}" + (f" (round {number + 1} of {rounds})" if rounds > 1 else ""))
            order.shuffle(chosen)
            for run in matrix.chapter(chosen):
                say(run.line())
            judgements = matrix.come_to_rest()
            wrong = sum(len(judgement.violations) for judgement in judgements)
            still = f", still moving: {matrix.moving}" if matrix.moving else ""
            say(f"        at rest: {len(judgements)} invariants, {wrong} violations{still}")
            for each in judgements:
                for violation in each.violations[:3]:
                    say(f"        {each.invariant.name}: {violation}")


def _is_wanted(title: str, cell: Cell, only: str) -> bool:
    return any(part in cell.name or part in title for part in only.split(","))


def scorecard(matrix: Matrix, *, began: float, again_with: str) -> str:
    """Return the figures of a run, as docs/reliability.md shows them."""
    recoveries = sorted(run.recovery_seconds for run in matrix.runs if run.fine and run.recovery_seconds is not None)
    at = (lambda share: recoveries[min(int(len(recoveries) * share), len(recoveries) - 1)]) if recoveries else None
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    wrong = sum(len(judgement.violations) for judgement in matrix.judgements)
    again = sum(done.outcome == "info" for done in matrix.traveller.history)
    return "\n".join(
        [
            f"crash matrix {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit.strip()}",
            f"  repeat with           make crash-matrix {again_with}",
            f"  cells played          {len(matrix.runs)}, of {len(CELLS)} there are",
            f"  processes killed      {sum(run.died for run in matrix.runs)}",
            f"  ended as they may     {sum(run.fine for run in matrix.runs)}",
            f"  of these by deadline  {len(matrix.late)}, turned back as promised",
            f"  violations            {wrong}",
            f"  repeated commands     {matrix.repeated}, each absorbed",
            f"  requests              {len(matrix.traveller.history)}, {again} without an answer and sent again",
            f"  recovery              p50 {at(0.5):.1f} s, p99 {at(0.99):.1f} s" if at else "  recovery              -",
            f"  took                  {time.monotonic() - began:.0f} s",
            f"  verdict               {matrix.verdict()}",
        ]
    )


def main() -> int:
    """Run the matrix as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1, help="how often each cell is played")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="decides the order of the cells")
    parser.add_argument(
        "--only", default="", help="play only cells and chapters whose name has one of these in it, a,b"
    )
    parser.add_argument("--short", action="store_true", help="play only the cells that tell most")
    chosen = parser.parse_args()
    began = time.monotonic()
    again_with = f"SEED={chosen.seed} ROUNDS={chosen.rounds}" + (" SHORT=1" if chosen.short else "")
    again_with += f" ONLY={chosen.only}" if chosen.only else ""
    with tempfile.TemporaryDirectory(prefix="aerosaga-crashes-") as place, system(Path(place)) as matrix:
        matrix.floors = {} if chosen.only or chosen.short else FLOORS
        play(matrix, rounds=chosen.rounds, only=chosen.only, short=chosen.short, seed=chosen.seed)
        say("\n" + render(matrix.judgements))
        say("\n" + scorecard(matrix, began=began, again_with=again_with))
        return {"pass": 0, "fail": 1, "unknown": 2}[matrix.verdict()]


if __name__ == "__main__":
    sys.exit(main())

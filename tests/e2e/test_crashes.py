"""A process dies at the places that tell most; `make crash-matrix` has all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aerosaga.invariants import judge, render
from tests.reliability.armory import Armory
from tests.reliability.chapters import CELLS
from tests.reliability.crash_matrix import Matrix
from tests.reliability.rest import Rest
from tests.reliability.traveller import Traveller
from tests.stack import Stack

SHORT = [cell for cell in CELLS if cell.short]
# Other tests of this system do what no traveller can: they put poison into queues and take what is not theirs.
ABOUT_MONEY_AND_SEATS = ["I1", "I4", "I5", "I7", "I8", "I10", "I11", "I12", "I24", "I25"]


@pytest.fixture
def matrix(stack: Stack, armory: Armory) -> Iterator[Matrix]:
    """The crash matrix over the system that all tests share."""
    rest = Rest(Path(stack.state.run_dir))
    yield Matrix(traveller=Traveller(stack), rest=rest, armory=armory)
    rest.close()


class TestAProcessThatDies:
    @pytest.mark.timeout(600)
    def test_anywhere_between_request_and_settlement_loses_nothing_and_does_nothing_twice(self, matrix):
        runs = list(matrix.chapter(SHORT))

        assert [run.line() for run in runs if not run.fine] == []
        assert matrix.rest.wait(120) == {}
        judgements = judge(matrix.rest.evidence(matrix.traveller.history), only=ABOUT_MONEY_AND_SEATS)
        assert not any(each.violations for each in judgements), render(judgements)

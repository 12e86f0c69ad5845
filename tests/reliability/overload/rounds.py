"""One round of load and its figures, as a line of the table."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.reliability.overload.client import Answer
from tests.reliability.overload.traffic import BOOK, SEARCH, Sent

# An answer after these seconds counts for nothing: the person has gone.
SEARCH_SECONDS, ACCEPTED_SECONDS = 1.0, 2.0
# So long a reservation may take from its request to its confirmation.
CONFIRMED_SECONDS = 15.0

TITLES = (
    f"{'load':<6}{'offered/s':>10}{'good/s':>8}{'search':>8}{'booked':>8}{'503':>7}{'429':>5}{'late':>6}{'none':>6}"
    f"{'bare 5xx':>9}{'p50 ms':>8}{'p99 ms':>8}{'conf p99':>9}{'client':>7}{'behind':>8}{'MB':>6}"
)


@dataclass(frozen=True, kw_only=True)
class Round:
    """
    What became of the requests of one round.

    `confirmed` has the seconds from request to confirmation of each reservation that was confirmed, by its locator.
    With a `patience` of 2, twice as long as the bounds say is in time.
    """

    name: str
    a_second: float
    seconds: float
    sent: Sent
    confirmed: Mapping[str, float]
    megabytes: float
    patience: float = 1.0

    def good(self, kind: str | None = None) -> float:
        """Requests a second that were answered in time, reservations only if they were confirmed in time too."""
        return sum(self._is_good(each) for each in self.sent.answers if kind in (None, each.kind)) / self.seconds

    @property
    def bare_errors(self) -> int:
        """Answers of 500 and more that do not say when to come again."""
        return sum(each.status >= 500 and not each.retry_after for each in self.sent.answers)

    def line(self) -> str:
        """The round as a line under TITLES."""
        statuses = Counter(each.status for each in self.sent.answers)
        accepted = [each for each in self.sent.answers if each.status in {200, 202}]
        times = sorted(each.seconds * 1000 for each in accepted)
        ends = sorted(self.confirmed[each.locator] for each in accepted if each.locator in self.confirmed)
        late = sum(not self._is_good(each) for each in accepted)
        return (
            f"{self.name:<6}{self.a_second:>10.1f}{self.good():>8.1f}{self.good(SEARCH):>8.1f}{self.good(BOOK):>8.1f}"
            f"{statuses[503]:>7}{statuses[429]:>5}{late:>6}{statuses[0]:>6}{self.bare_errors:>9}"
            f"{at(times, 0.5):>8.0f}{at(times, 0.99):>8.0f}{at(ends, 0.99):>8.1f}s{self.sent.client_share:>7.0%}"
            f"{self.sent.behind_seconds:>7.2f}s{self.megabytes:>6.0f}"
        )

    def _is_good(self, answer: Answer) -> bool:
        if answer.kind == SEARCH:
            return answer.status == 200 and answer.seconds <= SEARCH_SECONDS * self.patience
        in_time = answer.status == 202 and answer.seconds <= ACCEPTED_SECONDS * self.patience
        return in_time and self.confirmed.get(answer.locator, math.inf) <= CONFIRMED_SECONDS * self.patience


def at(times: Sequence[float], share: float) -> float:
    """Return the value below which so large a share of sorted values is; 0 if there are none."""
    return times[min(int(len(times) * share), len(times) - 1)] if times else 0.0

"""G7, G8: many clients at the same moment want the same seat, or repeat the same request."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random
from uuid import uuid4

import httpx

from common import codec
from tests.reliability.faults.chapter import Story
from tests.reliability.faults.scorecard.figure import Figure
from tests.reliability.faults.scorecard.storm import at_rest
from tests.reliability.traveller import wanted
from tests.stack import Json

ROUNDS, KEYS, TIMES = 1_000, 1_000, 10
RACERS = (20, 50)
PATIENCE_SECONDS = 60.0
# Whoever is told so asks again, as a client would: an overloaded system may. It hides nothing: had the first one been
# carried out after all, the second would find the seat gone, and its round would have no winner.
COME_AGAIN = {429, 503}


class Delayed:
    """Counts how often somebody was told to come again, and did."""

    def __init__(self) -> None:
        self.times = 0
        self._lock = threading.Lock()

    def add(self) -> None:
        """One more."""
        with self._lock:
            self.times += 1

    def said(self) -> str:
        """Return it in words."""
        return f"{self.times:,} times somebody was told to come again (429 or 503 with Retry-After), and did"


def last_seat(story: Story, size: int, chance: Random) -> Figure:
    """G7: in each round 20, then 50 clients want the last seat there is to them; exactly one gets it."""
    right, problems, notes, tried = 0, list[str](), list[str](), 0
    delayed = Delayed()
    for racers in RACERS:
        statuses: Counter[int] = Counter()
        with ThreadPoolExecutor(racers) as pool:
            for _ in range(size):
                departure_id, seat = story.caller.place()
                body = wanted({departure_id: [seat]})
                answers = _at_once(story, pool, racers, body, delayed=delayed)
                got = Counter(answer.status_code for answer in answers)
                statuses += got
                tried += 1
                if got[202] == 1 and not any(status >= 500 for status in got):
                    right += 1
                else:
                    problems.append(f"seat {seat} of {departure_id}: {dict(got)}")
        notes.append(f"{racers} clients, {size:,} rounds: {dict(sorted(statuses.items()))}")
        story.tell(f"    {notes[-1]}")
    return Figure(
        name="G7",
        promise="rounds in which 20 and 50 clients want the last seat have exactly one winner and no 5xx in the end",
        reached=right,
        tried=tried,
        size=ROUNDS * len(RACERS),
        problems=[*problems, *at_rest(story)],
        notes=[*notes, delayed.said()],
    )


def same_key(story: Story, size: int, chance: Random) -> Figure:
    """G8: the same request with the same key, ten times at once, is done once and answered alike."""
    right, problems, statuses = 0, list[str](), Counter[int]()
    delayed = Delayed()
    before = _reservations(story)
    with ThreadPoolExecutor(TIMES) as pool:
        for _ in range(size):
            departure_id, seat = story.caller.place()
            body, key = wanted({departure_id: [seat]}), str(uuid4())
            answers = _at_once(story, pool, TIMES, body, key=key, delayed=delayed)
            # What was told that the first still runs asks again, as it was told to.
            answers.append(story.caller.answered("booking", "/reservations", body, key=key))
            statuses.update(answer.status_code for answer in answers)
            told = {codec.loads(answer.content)["locator"] for answer in answers if answer.status_code == 202}
            if len(told) == 1 and {answer.status_code for answer in answers} <= {202, 409}:
                right += 1
            else:
                problems.append(f"key {key}: {sorted(answer.status_code for answer in answers)}, {sorted(told)}")
    made = _reservations(story) - before
    if made != size:
        problems.append(f"{size} keys made {made} reservations")
    return Figure(
        name="G8",
        promise="keys, each sent ten times at once, have one effect and one answer",
        reached=right,
        tried=size,
        size=KEYS,
        problems=[*problems, *at_rest(story)],
        notes=[f"{made:,} reservations made; answers {dict(sorted(statuses.items()))}", delayed.said()],
    )


def _at_once(
    story: Story, pool: ThreadPoolExecutor, number: int, body: Json, *, delayed: Delayed, key: str | None = None
) -> list[httpx.Response]:
    gate = threading.Barrier(number)
    headers = {"Idempotency-Key": key} if key else {}

    def ask(_: int) -> httpx.Response:
        gate.wait(60)
        end = time.monotonic() + PATIENCE_SECONDS
        while True:
            answer = story.caller.stack.ask("POST", "booking", "/reservations", body, headers=headers, timeout=60)
            again = answer.headers.get("Retry-After")
            if answer.status_code not in COME_AGAIN or again is None or time.monotonic() > end:
                return answer
            delayed.add()
            time.sleep(float(again))

    return list(pool.map(ask, range(number)))


def _reservations(story: Story) -> int:
    return int(story.system.rows("booking", "SELECT COUNT(*) FROM reservation")[0][0])

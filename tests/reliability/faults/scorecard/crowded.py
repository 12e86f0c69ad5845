"""G7, G8: many clients at the same moment want the same seat, or repeat the same request."""

import threading
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


def last_seat(story: Story, size: int, chance: Random) -> Figure:
    """G7: in each round 20, then 50 clients want the last seat there is to them; exactly one gets it."""
    right, problems, notes, tried = 0, list[str](), list[str](), 0
    for racers in RACERS:
        statuses: Counter[int] = Counter()
        with ThreadPoolExecutor(racers) as pool:
            for _ in range(size):
                departure_id, seat = story.caller.place()
                body = wanted({departure_id: [seat]})
                answers = _at_once(story, pool, racers, body, keys=[None] * racers)
                got = Counter(answer.status_code for answer in answers)
                statuses += got
                tried += 1
                if got[202] == 1 and not any(status >= 500 for status in got):
                    right += 1
                else:
                    problems.append(f"seat {seat} of {departure_id}: {dict(got)}")
        notes.append(f"{racers} clients, {size:,} rounds: {dict(sorted(statuses.items()))}")
    return Figure(
        name="G7",
        promise="rounds in which 20 and 50 clients want the last seat have exactly one winner and no 5xx",
        reached=right,
        tried=tried,
        size=ROUNDS * len(RACERS),
        problems=[*problems, *at_rest(story)],
        notes=notes,
    )


def same_key(story: Story, size: int, chance: Random) -> Figure:
    """G8: the same request with the same key, ten times at once, is done once and answered alike."""
    right, problems, statuses = 0, list[str](), Counter[int]()
    before = _reservations(story)
    with ThreadPoolExecutor(TIMES) as pool:
        for _ in range(size):
            departure_id, seat = story.caller.place()
            body, key = wanted({departure_id: [seat]}), str(uuid4())
            answers = _at_once(story, pool, TIMES, body, keys=[key] * TIMES)
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
        notes=[f"{made:,} reservations made; answers {dict(sorted(statuses.items()))}"],
    )


def _at_once(
    story: Story, pool: ThreadPoolExecutor, number: int, body: Json, *, keys: list[str | None]
) -> list[httpx.Response]:
    gate = threading.Barrier(number)

    def ask(key: str | None) -> httpx.Response:
        gate.wait(60)
        headers = {"Idempotency-Key": key} if key else {}
        return story.caller.stack.ask("POST", "booking", "/reservations", body, headers=headers, timeout=60)

    return list(pool.map(ask, keys))


def _reservations(story: Story) -> int:
    return int(story.system.rows("booking", "SELECT COUNT(*) FROM reservation")[0][0])

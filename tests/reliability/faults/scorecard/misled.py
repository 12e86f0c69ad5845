"""G9, G11: a bank that is silent after it did what was asked, and messages that are poison."""

from random import Random
from uuid import uuid4

import pika

from tests.reliability.faults.chapter import Story
from tests.reliability.faults.errands import CARD, DECLINED, PART
from tests.reliability.faults.kinds.messages import POISONED, UNREADABLE, channel
from tests.reliability.faults.scorecard.figure import Figure
from tests.reliability.faults.scorecard.storm import at_rest, by_many
from tests.stack import Json, wait

CASES, POISONS = 200, 1_000
REFUND_SECONDS = 180


def silent_bank(story: Story, size: int, chance: Random) -> Figure:
    """G9: authorize, capture, void and refund in turn time out after success; each is found out and done once."""
    made: list[Json] = []

    def ask(number: int) -> None:
        match number % 4:
            case 0:
                payments = [{**CARD, "token": "tok_timeout_after_success"}]
            case 1:
                payments = [{**CARD, "token": "tok_capture_timeout_after_success"}]
            case 2:
                payments = [{**PART, "token": "tok_void_timeout_after_success"}, DECLINED]
            case _:
                payments = [{**CARD, "token": "tok_refund_timeout_after_success"}]
        reservation = story.caller.reserve(payments=payments)
        made.append(reservation)
        if number % 4 == 3:
            _refund(story, reservation)

    troubles = by_many(ask, range(size))
    problems = [*troubles, *at_rest(story)]
    locators = "', '".join(each["locator"] for each in made)
    of = f"SELECT reservation_id FROM payable WHERE locator IN ('{locators}')"
    rows = story.system.rows("payment", f"SELECT auth_id, status FROM payment WHERE reservation_id IN ({of})")
    unknown = [row.auth_id for row in rows if row.status == "pending"]
    evidence = story.system.rest.evidence()
    names = {row["id"]: row["reference"] for row in evidence.authorizations}
    acts = [(names[entry["authorization"]], entry["act"]) for entry in evidence.entries]
    mine = {row.auth_id for row in rows}
    twice = sorted({act for act in acts if act[0] in mine and acts.count(act) > 1})
    problems += [f"{name} was {act}d twice at the bank" for name, act in twice]
    problems += [f"the outcome of {name} is not known" for name in unknown]
    return Figure(
        name="G9",
        promise="acts at the bank that timed out after success were found out and done once",
        reached=len(made) - len(twice) - len(unknown),
        tried=size,
        size=CASES,
        problems=problems,
        notes=[f"{len(twice)} double charges, {len(unknown)} unknown after the window, {len(rows)} payments"],
    )


def _refund(story: Story, reservation: Json) -> None:
    rest = story.system.rest
    wait(
        lambda: "captured" in rest.payments(reservation["locator"]).values(),
        what=f"the money of {reservation['locator']}",
        seconds=REFUND_SECONDS,
    )
    (auth_id,) = rest.payments(reservation["locator"])
    path = f"/payments/{auth_id}/refunds"
    story.caller.send("payment", path, {"reason": "goodwill"}, token=story.caller.operator_token)


def poison(story: Story, size: int, chance: Random) -> Figure:
    """G11: what cannot be read is tried no more often than the limit, parked with its error, and holds up nobody."""
    before = story.system.injected
    with channel(story.system) as opened:
        for number in range(size):
            body = list(UNREADABLE.values())[number % len(UNREADABLE)]
            properties = pika.BasicProperties(content_type="application/json", message_id=str(uuid4()), delivery_mode=2)
            opened.basic_publish("", chance.choice(POISONED), body, properties)
            story.system.injected += 1
            if number % 10 == 0:
                story.caller.reserve()
    problems = at_rest(story)
    deliveries: list[int] = []
    for service in {queue.split(".")[0] for queue in POISONED}:
        deliveries += [int(row[0]) for row in story.system.rows(service, "SELECT deliveries FROM parked_message")]
    story.system.executions["the most often tried poison"] = max(deliveries, default=0)
    parked = len(deliveries) - before
    return Figure(
        name="G11",
        promise="poisonous messages are parked, and executed no more often than the limit",
        reached=min(parked, size),
        tried=size,
        size=POISONS,
        problems=problems,
        notes=[f"{size} injected, {parked} parked, tried at most {max(deliveries, default=0)} times"],
    )

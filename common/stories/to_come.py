"""What is still to come for a correlation id: steps, undos, events under way, payments to settle, and the clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from common.codec import moment
from common.contracts.subscriptions import SUBSCRIPTIONS
from common.money import Money
from common.stories.timeline import Entry, Story

# They write about reservations and look after them, and none of them waits for that.
_ONLY_LISTENS = ("notification", "auditor")


@dataclass(frozen=True, kw_only=True)
class Coming:
    """
    One thing that has not happened yet.

    `kind` is step, undo, publish, hear, settle or clock. `at` is when it happens if nothing else does before; without
    it, it is under way now, or follows what stands above it.
    """

    kind: str
    service: str
    what: str
    at: datetime | None = None


def to_come(story: Story) -> list[Coming]:
    """Return what is still to come, in the order in which it can be expected; nothing once all is done."""
    found: list[Coming] = []
    for saga in story.sagas:
        if saga["state"] in ("running", "completing"):
            found += _forward(story, saga)
        elif saga["state"] == "rewinding":
            found += _backward(story, saga)
    found += _messages(story)
    found += _settlements(story)
    for saga in story.sagas:
        found += _clock(saga)
    return found


def _forward(story: Story, saga: Mapping[str, Any]) -> Iterator[Coming]:
    done = _done(story, ended=("authorized",))
    for step in saga["steps"]:
        missing = step["times"] - done[step["does"]]
        if step["does"] == "await payment" and story.reservation:
            price = story.reservation["price"]
            rest = price["amount"] - sum(event.detail["amount"] for event in _authorized(story))
            if rest > 0:
                yield Coming(kind="step", service="payment", what=f"await payment of {_money(rest, price['currency'])}")
            continue
        if step["does"] == "authorize payment":
            invoices = _open_invoices(story)
            missing -= len(invoices)
            for part in invoices:
                yield Coming(kind="step", service="payment", what=f"somebody has to pay the invoice of payment {part}")
        if missing > 0:
            yield Coming(kind="step", service=_carried_out_by(step["does"]), what=_times(step["does"], missing, step))


def _backward(story: Story, saga: Mapping[str, Any]) -> Iterator[Coming]:
    done = _done(story, ended=())
    for step in reversed(saga["steps"]):
        if not step.get("undoes"):
            continue
        missing = step["times"] - done[step["undoes"]]
        if missing > 0:
            what = _times(step["undoes"], missing, step)
            yield Coming(kind="undo", service=_carried_out_by(step["undoes"]), what=what)


def _messages(story: Story) -> Iterator[Coming]:
    """Events that wait for the relay, and events on their way to those who hear them."""
    heard: Counter[tuple[str, str]] = Counter()
    for service in SUBSCRIPTIONS:
        by_handler = Counter(
            (entry.name, entry.detail.get("by"))
            for entry in story.entries
            if entry.kind == "heard" and entry.service == service
        )
        for (name, _), times in by_handler.items():
            heard[service, name] = max(heard[service, name], times)
    for event in story.events:
        if event.published_at is None:
            yield Coming(kind="publish", service=event.service, what=f"publish {event.name}")
    for subscriber, kinds in SUBSCRIPTIONS.items():
        if subscriber in (*story.silent, *_ONLY_LISTENS):
            continue
        for kind in kinds:
            told = sum(1 for event in story.events if event.name == kind.__name__)
            for _ in range(told - heard[subscriber, kind.__name__]):
                yield Coming(kind="hear", service=subscriber, what=f"hear {kind.__name__}")


def _settlements(story: Story) -> Iterator[Coming]:
    """Authorized money is captured after a confirmation and voided after a failure."""
    ends = {"confirmed": "capture", "failed": "void"}
    act = ends.get(story.reservation["status"]) if story.reservation else None
    if act is None or "payment" in story.silent:
        return
    for event in _authorized(story):
        amount = _money(event.detail["amount"], event.detail["currency"])
        yield Coming(kind="settle", service="payment", what=f"{act} {amount} ({event.detail['authId']})")


def _clock(saga: Mapping[str, Any]) -> Iterator[Coming]:
    wake = moment(saga["wakeAt"]) if saga.get("wakeAt") else None
    if saga["state"] == "running":
        deadline = moment(saga["deadline"])
        if wake is not None and wake < deadline:
            text = "a sweep looks, and sends again what shows no progress"
            yield Coming(kind="clock", service="booking", what=text, at=wake)
        undos = ", ".join(step["undoes"] for step in reversed(saga["steps"]) if step.get("undoes"))
        text = f"time is up: what has not ended by then turns back ({undos})"
        yield Coming(kind="clock", service="booking", what=text, at=deadline)
    elif saga["state"] == "completing" and wake is not None:
        text = "a sweep looks, and sends again what shows no progress"
        yield Coming(kind="clock", service="booking", what=text, at=wake)
    elif saga["state"] == "rewinding" and wake is not None:
        text = "a sweep looks, and sends again the undos that are not done"
        yield Coming(kind="clock", service="booking", what=text, at=wake)


def _authorized(story: Story) -> list[Entry]:
    """The PaymentAuthorized of each payment that has not come to its end since."""
    over = {"PaymentCaptured", "PaymentVoided", "PaymentFailed", "RefundIssued"}
    ended = {event.detail.get("authId") for event in story.events if event.name in over}
    return [
        event for event in story.events if event.name == "PaymentAuthorized" and event.detail.get("authId") not in ended
    ]


def _open_invoices(story: Story) -> list[int]:
    """The parts that answered "open" and have not come to their end since."""
    outcomes = {
        entry.detail["part"]: entry.detail.get("outcome")
        for entry in story.entries
        if entry.name == "authorize payment" and "part" in entry.detail
    }
    return sorted(part for part, outcome in outcomes.items() if outcome == "open")


def _done(story: Story, *, ended: Sequence[str]) -> Counter[str]:
    """How often each step was carried out; one that tells an outcome counts if it is among `ended`, when given."""
    return Counter(
        entry.name
        for entry in story.entries
        if entry.kind in {"step", "act"}
        and (not ended or "outcome" not in entry.detail or entry.detail["outcome"] in ended)
    )


def _times(what: str, missing: int, step: Mapping[str, Any]) -> str:
    return what if step["times"] == 1 else f"{what} ({missing} of {step['times']} missing)"


def _carried_out_by(step: str) -> str:
    return "payment" if "payment" in step else "booking"


def _money(amount: Any, currency: str) -> str:
    return str(Money.of(Decimal(str(amount)), currency))

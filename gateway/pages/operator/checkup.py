"""What the services' answers say of the whole system: part by part how it is, what is wrong, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gateway.pages.formats import count, lasted, listed
from gateway.pages.operator.api import Answer

Tone = Literal["good", "wait", "bad"]

#: An event waits half a second for the relay; after this long, in seconds, nobody relays.
LATE_SECONDS = 10.0
#: Beat has the books held against each other every ten seconds, or twenty; after this long, in seconds, it does not.
SILENT_SECONDS = 60.0
_WORST_FIRST: tuple[Tone, ...] = ("bad", "wait")
# What /readyz calls what a service needs, and what operators call it.
_NEEDS = {"database": "Databases", "broker": "Broker", "results": "Result store"}


@dataclass(frozen=True, kw_only=True)
class Part:
    """
    One part of the system: how it is in a word or a number, and where that is looked at (`path`, if anywhere).

    `wrong` says what is wrong and `todo` what to do about it; both are empty where nothing is.
    """

    title: str
    tone: Tone
    figure: str
    wrong: str = ""
    todo: str = ""
    path: str | None = None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One service: whether it is ready, what it lacks, and its messages; None for what it did not say."""

    service: str
    tone: Tone
    words: str
    unpublished: int | None
    oldest: float | None
    parked: int | None


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What was asked: readiness and messages by service, the stuck runs, the auditor's report."""

    ready: Mapping[str, Answer]
    messages: Mapping[str, Answer]
    stuck: Answer
    report: Answer


def examine(answers: Answers) -> list[Part]:
    """Return every part, in the order in which one depends on the other."""
    return [
        _services(answers),
        *_needs(answers),
        _beat(answers),
        _outbox(answers),
        _parked(answers),
        _stuck(answers),
        _books(answers),
    ]


def rows(answers: Answers) -> list[Row]:
    """Return every service."""
    found = []
    for service, answer in answers.ready.items():
        said = answers.messages.get(service)
        told = said.body if said and said.is_good else {}
        found.append(
            Row(
                service=service,
                tone="good" if answer.is_good else "bad",
                words="ready" if answer.is_good else _why(answer),
                unpublished=told.get("unpublished"),
                oldest=told.get("oldestSeconds"),
                parked=told.get("parked"),
            )
        )
    return found


def _services(answers: Answers) -> Part:
    down = [service for service, answer in answers.ready.items() if not answer.is_good]
    figure = f"{len(answers.ready) - len(down)} of {len(answers.ready)}"
    if not down:
        return Part(title="Services", tone="good", figure=figure)
    return Part(
        title="Services",
        tone="bad",
        figure=figure,
        wrong=f"{listed(down)} {'is' if len(down) == 1 else 'are'} not ready.",
        todo="`bin/aerosaga status` says which process is down, the end of its log why.",
    )


def _needs(answers: Answers) -> list[Part]:
    found = []
    for need, title in _NEEDS.items():
        lacking = {service: _errors(answer) for service, answer in answers.ready.items()}
        without = {service: str(errors[need]) for service, errors in lacking.items() if need in errors}
        asked = any(answer.status is not None for answer in answers.ready.values())
        if without:
            error = next(iter(without.values()))
            found.append(
                Part(
                    title=title,
                    tone="bad",
                    figure="away",
                    wrong=f"{listed(list(without))} cannot reach {'theirs' if len(without) > 1 else 'it'}: {error}",
                    todo="Start it again; nothing is lost, what waits goes on by itself.",
                )
            )
        elif not asked:
            found.append(_unknown(title, "No service answers, so nobody can say."))
        else:
            found.append(Part(title=title, tone="good", figure="up"))
    return found


def _beat(answers: Answers) -> Part:
    if not answers.report.is_good:
        return _unknown("Beat", "The auditor, whose rounds show that it ticks, does not answer.")
    ages = [float(each["ageSeconds"]) for each in answers.report.body["readings"] if each["ageSeconds"] is not None]
    if not ages:
        return _unknown("Beat", "No round of the auditor has ended yet; the first takes a few seconds.")
    if min(ages) < SILENT_SECONDS:
        return Part(title="Beat", tone="good", figure="ticks")
    return Part(
        title="Beat",
        tone="bad",
        figure=lasted(min(ages)),
        wrong="For so long nobody has asked for the sweeps, which publish events and wake sagas.",
        todo="Look at the processes beat and auditor-sweeper: `bin/aerosaga status`.",
    )


def _outbox(answers: Answers) -> Part:
    told = {name: answer.body for name, answer in answers.messages.items() if answer.is_good}
    if not told:
        return _unknown("Outbox", "No service says how long its events wait.")
    waiting = sum(int(each["unpublished"]) for each in told.values())
    oldest = max(float(each["oldestSeconds"] or 0) for each in told.values())
    if oldest < LATE_SECONDS:
        return Part(title="Outbox", tone="good", figure="no lag" if oldest < 2 else lasted(oldest))
    late = [name for name, each in told.items() if float(each["oldestSeconds"] or 0) >= LATE_SECONDS]
    return Part(
        title="Outbox",
        tone="bad",
        figure=lasted(oldest),
        wrong=f"{count(waiting, 'event')} of {listed(late)} should be out by now.",
        todo="Is the broker there, and beat? Then the log of the sweeper says why. Nothing is lost.",
    )


def _parked(answers: Answers) -> Part:
    told = [answer.body for answer in answers.messages.values() if answer.is_good]
    if not told:
        return _unknown("Parked messages", "No service says how many it has.")
    parked = sum(int(each["parked"]) for each in told)
    if not parked:
        return Part(title="Parked messages", tone="good", figure="none", path="/ops/parked")
    return Part(
        title="Parked messages",
        tone="wait",
        figure=str(parked),
        wrong="They could not be read or carried out, and wait for somebody.",
        todo="Look at each: mend it and send it again, or drop it.",
        path="/ops/parked",
    )


def _stuck(answers: Answers) -> Part:
    if not answers.stuck.is_good:
        return _unknown("Stuck sagas", "booking_svc does not answer.")
    if not answers.stuck.total:
        return Part(title="Stuck sagas", tone="good", figure="none", path="/ops/sagas")
    return Part(
        title="Stuck sagas",
        tone="bad",
        figure=str(answers.stuck.total),
        wrong="Out of time, or sent again and again, and still not at an end.",
        todo="Their timelines say where. Retry what is mended, rewind what is not.",
        path="/ops/sagas?state=stuck",
    )


def _books(answers: Answers) -> Part:
    if not answers.report.is_good:
        return _unknown("Books", "The auditor does not answer.")
    found = sum(int(rule["open"]) for rule in answers.report.body["rules"])
    if not found:
        return Part(title="Books", tone="good", figure="agree", path="/ops/audit")
    return Part(
        title="Books",
        tone="bad",
        figure=count(found, "finding"),
        wrong="What the services keep does not agree.",
        todo="The auditor's report names each reservation, seat and payment.",
        path="/ops/audit",
    )


def _unknown(title: str, why: str) -> Part:
    return Part(title=title, tone="wait", figure="unknown", wrong=why, todo="See the services first.")


def _why(answer: Answer) -> str:
    if answer.trouble:
        return "does not answer"
    errors = _errors(answer)
    return f"lacks {listed(list(errors))}" if errors else f"answers {answer.status}"


def _errors(answer: Answer) -> Mapping[str, Any]:
    found = answer.body.get("errors") if isinstance(answer.body, dict) and not answer.is_good else None
    return found if isinstance(found, dict) else {}


def verdict(parts: Sequence[Part]) -> tuple[Tone, str]:
    """Return the worst of it, and the one sentence that says what that is."""
    tone: Tone = next((tone for tone in _WORST_FIRST if any(part.tone == tone for part in parts)), "good")
    if tone == "good":
        return "good", "All is well"
    wrong = [part.title for part in parts if part.tone == tone]
    return tone, f"{listed(wrong)} {'needs' if len(wrong) == 1 and not wrong[0].endswith('s') else 'need'} a look"

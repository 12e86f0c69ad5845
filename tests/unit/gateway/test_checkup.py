"""What the console's health page says of the services' answers."""

from collections.abc import Mapping
from typing import Any

import pytest

from gateway.pages.operator import checkup
from gateway.pages.operator.api import Answer, Question

SERVICES = ("booking", "payment")
WELL = {"unpublished": 0, "oldestSeconds": 0, "parked": 0}
REPORT = {"rules": [{"open": 0}], "readings": [{"ageSeconds": 4}, {"ageSeconds": None}]}


def said(body: Any = None, *, status: int = 200, total: int | None = None) -> Answer:
    return Answer(question=Question(service="any", path="/"), status=status, body=body, total=total)


def silent() -> Answer:
    return Answer(question=Question(service="any", path="/"), trouble="connection refused")


def lacking(**errors: str) -> Answer:
    return said({"errors": errors}, status=503)


def answers(
    *,
    ready: Mapping[str, Answer] | None = None,
    messages: Mapping[str, Answer] | None = None,
    stuck: Answer | None = None,
    report: Answer | None = None,
) -> checkup.Answers:
    """Return answers of a system that is well, but for what is told."""
    return checkup.Answers(
        ready={**dict.fromkeys(SERVICES, said({})), **(ready or {})},
        messages={**dict.fromkeys(SERVICES, said(WELL)), **(messages or {})},
        stuck=stuck or said([], total=0),
        report=report or said(REPORT),
    )


def part(title: str, found: checkup.Answers) -> checkup.Part:
    return next(each for each in checkup.examine(found) if each.title == title)


class TestASystemThatIsWell:
    def test_has_nothing_wrong(self):
        found = checkup.examine(answers())

        assert {each.tone for each in found} == {"good"}
        assert checkup.verdict(found) == ("good", "All is well")


class TestASystemWithoutAnybodyWhoAnswers:
    def test_is_known_by_its_services_and_by_nothing_else(self):
        nobody = dict.fromkeys(SERVICES, silent())

        found = checkup.examine(answers(ready=nobody, messages=nobody, stuck=silent(), report=silent()))

        assert {each.title for each in found if each.tone == "bad"} == {"Services"}
        assert {each.figure for each in found if each.tone == "wait"} == {"unknown"}
        assert checkup.verdict(found) == ("bad", "Services need a look")


class TestServices:
    def test_are_named_that_are_not_ready(self):
        shown = part("Services", answers(ready={"payment": silent()}))

        assert (shown.tone, shown.figure, shown.wrong) == ("bad", "1 of 2", "payment is not ready.")

    def test_say_what_they_lack(self):
        rows = checkup.rows(answers(ready={"payment": lacking(broker="refused")}, messages={"payment": silent()}))

        assert [(row.service, row.tone, row.words, row.parked) for row in rows] == [
            ("booking", "good", "ready", 0),
            ("payment", "bad", "lacks broker", None),
        ]


class TestWhatServicesNeed:
    @pytest.mark.parametrize(
        ("need", "title"), [("database", "Databases"), ("broker", "Broker"), ("results", "Result store")]
    )
    def test_is_away_when_one_of_them_says_so(self, need, title):
        shown = part(title, answers(ready={"booking": lacking(**{need: "connection refused"})}))

        assert (shown.tone, shown.figure) == ("bad", "away")
        assert "booking" in shown.wrong
        assert "connection refused" in shown.wrong


class TestBeat:
    def test_is_silent_when_no_round_has_ended_for_a_minute(self):
        report = {**REPORT, "readings": [{"ageSeconds": 61}, {"ageSeconds": 300}]}

        assert part("Beat", answers(report=said(report))).tone == "bad"

    def test_is_not_judged_before_the_first_round(self):
        assert part("Beat", answers(report=said({**REPORT, "readings": []}))).figure == "unknown"


class TestMessages:
    def test_are_late_when_the_oldest_has_waited_for_ten_seconds(self):
        waiting = {"unpublished": 7, "oldestSeconds": 12.5, "parked": 0}

        shown = part("Outbox", answers(messages={"payment": said(waiting)}))

        assert (shown.tone, shown.figure, shown.wrong) == ("bad", "12 s", "7 events of payment should be out by now.")

    def test_that_are_parked_are_counted_over_all_services(self):
        messages = {name: said({**WELL, "parked": 2}) for name in SERVICES}

        shown = part("Parked messages", answers(messages=messages))

        assert (shown.tone, shown.figure, shown.path) == ("wait", "4", "/ops/parked")


class TestStuckSagas:
    def test_lead_to_their_list(self):
        shown = part("Stuck sagas", answers(stuck=said([{}], total=3)))

        assert (shown.tone, shown.figure, shown.path) == ("bad", "3", "/ops/sagas?state=stuck")


class TestTheVerdict:
    def test_names_what_is_wrong(self):
        found = checkup.examine(answers(stuck=said([{}], total=1), report=said({**REPORT, "rules": [{"open": 2}]})))

        assert checkup.verdict(found) == ("bad", "Stuck sagas and Books need a look")

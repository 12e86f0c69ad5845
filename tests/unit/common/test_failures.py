"""Failure switches: what can be asked for, where it strikes, and that none of it is there in production."""

import re
import subprocess
import sys
from itertools import product
from pathlib import Path
from uuid import uuid4

import pytest
from celery.exceptions import Ignore
from flask import Flask, g

from booking_svc.domain import magic_seats
from booking_svc.sagas import SAGAS
from common import failures
from common.db import CommitUnknown
from common.errors import Conflict, TransientError
from common.failures import Behaviour, acting
from common.saga import StepRefused
from deploy import compose_nginx, environment, topology
from gateway import nginx, proxy
from gateway.settings import GatewaySettings
from sandbox.bank.tokens import TOKENS
from tests.surroundings import outside
from tests.unit.common.test_saga import a_payload, links
from tests.unit.deploy.test_compose import EXAMPLE, TEXT
from tests.unit.deploy.test_environment import EVERYTHING

ROOT = Path(__file__).resolve().parents[3]
TARGETS = {name: target for made in SAGAS.values() for name, target in made.targets.items()}
COMMANDS = sorted(name for name, target in TARGETS.items() if not target.in_request)


def read(text):
    return [str(switch) for switch in failures.read(text, targets=TARGETS)]


class TestTargets:
    def test_are_the_steps_of_every_saga_and_their_undos(self):
        assert {name: sorted(made.targets) for name, made in SAGAS.items()} == {
            "book": [
                "booking.confirm-reservation",
                "booking.hold-seats",
                "booking.release-seats",
                "payment.authorize-payment",
                "payment.void-payment",
            ],
            "hold": ["booking.confirm-reservation", "booking.hold-seats", "booking.release-seats"],
            "cancel": ["booking.cancel-reservation", "booking.close-cancellation", "payment.refund-payment"],
            "disrupt": ["booking.cancel-reservations", "booking.report"],
        }

    def test_are_all_steps_but_those_that_an_event_does(self):
        left_out = [step.does for made in SAGAS.values() for step in made.steps if step.awaited]

        assert left_out == ["await payment", "cancel departure"]


class TestASwitch:
    @pytest.mark.parametrize(
        ("asked", "meant"),
        [
            ("payment.authorize-payment=fail", "payment.authorize-payment=fail"),
            ("payment.authorize=slow", "payment.authorize-payment=slow 3s"),
            ("payment.authorize = slow 0.5s ; times=2", "payment.authorize-payment=slow 0.5s; times=2"),
            ("booking.cancel-reservation=lose-answer", "booking.cancel-reservation=lose-answer"),
            ("booking.report=stuck", "booking.report=stuck"),
        ],
    )
    def test_is_named_by_its_step_or_the_first_words_of_it(self, asked, meant):
        assert read(asked) == [meant]
        assert read(meant) == [meant]

    def test_may_stand_beside_others(self):
        assert read("booking.confirm=fail, payment.void=fail; times=2") == [
            "booking.confirm-reservation=fail",
            "payment.void-payment=fail; times=2",
        ]

    @pytest.mark.parametrize(
        ("asked", "said"),
        [
            ("", "'' is no failure switch"),
            ("payment.authorise=fail", "payment.authorise is no step that can be struck here"),
            ("booking.await-payment=fail", "booking.await-payment is no step"),
            ("booking.cancel=fail", "may be booking.cancel-reservation or booking.cancel-reservations"),
            ("payment.authorize=explode", "cannot be made to 'explode'"),
            ("booking.hold-seats=stuck", "booking.hold-seats cannot be made to 'stuck'"),
            ("payment.authorize=fail 3s", "which only slow takes"),
            ("payment.authorize=slow 31s", "at most 30s"),
            ("payment.authorize=fail; times=21", "times=1 to 20"),
            ("payment.authorize=fail; times=0", "times=1 to 20"),
            ("booking.hold-seats=fail; times=2", "for steps that are sent again"),
            ("payment.authorize=fail,", "'' is no failure switch"),
        ],
    )
    def test_that_is_none_is_refused_with_what_can_be_named(self, asked, said):
        with pytest.raises(failures.BadSwitch) as refused:
            failures.read(asked, targets=TARGETS)

        assert said in refused.value.detail
        assert refused.value.extra["steps"] == sorted(TARGETS)
        assert set(refused.value.extra["behaviours"]) <= set(Behaviour)
        assert refused.value.status == 422

    @pytest.mark.parametrize("seat", magic_seats.SWITCHES)
    def test_of_a_magic_seat_can_be_asked_for_by_header_too(self, seat):
        assert read(magic_seats.SWITCHES[seat]) == magic_seats.switches_of([seat])


class TestStriking:
    @pytest.mark.parametrize(("target", "behaviour"), list(product(COMMANDS, Behaviour)))
    def test_tells_the_command_of_that_step_and_no_other(self, target, behaviour):
        (switch,) = read(f"{target}={behaviour}")
        deed = "slow 3s" if behaviour is Behaviour.SLOW else behaviour.value

        told = {name: told_of(made, switch, attempt=1) for name, made in SAGAS.items() if target in made.targets}

        assert told
        for made in told.values():
            assert {task: deed for task, said in made.items() if said} == {
                task: deed for task, name in NAMES.items() if name == target and task in made
            }

    @pytest.mark.parametrize("behaviour", [each for each in Behaviour if each is not Behaviour.STUCK])
    def test_ends_after_so_many_times(self, behaviour):
        (switch,) = read(f"payment.void={behaviour}; times=2")

        struck = [told_of(SAGAS["book"], switch, attempt)["payment_svc.void_payment"] for attempt in (1, 2, 3)]

        assert [said is not None for said in struck] == [True, True, False]

    def test_turns_a_saga_back_however_often_the_step_is_sent(self):
        (switch,) = read("booking.confirm=fail")

        assert told_of(SAGAS["book"], switch, attempt=9)["booking_svc.confirm_reservation"] == "fail"

    def test_of_a_stuck_step_does_not_end(self):
        (switch,) = read("payment.authorize=stuck")

        assert told_of(SAGAS["book"], switch, attempt=99)["payment_svc.authorize_payment"] == "stuck"

    def test_gives_a_stuck_saga_an_hour_more(self):
        assert failures.patience(read("payment.authorize=stuck"), 120) == 3720
        assert failures.patience(read("payment.authorize=slow 3s"), 120) == 120


class TestACommandThatIsStruck:
    def carry_out(self, deed):
        done = []
        try:
            answer = acting.carry_out(deed, lambda: done.append("done") or len(done))
        except (StepRefused, Ignore) as error:
            answer = type(error).__name__
        return len(done), answer

    @pytest.mark.parametrize(
        ("deed", "times_done", "answer"),
        [
            ("fail", 0, "StepRefused"),
            ("slow 0.01s", 1, 1),
            ("repeat", 2, 2),
            ("lose-answer", 1, "Ignore"),
            ("stuck", 0, "Ignore"),
        ],
    )
    def test_is_done_so_often_and_answered_so_each_time(self, deed, times_done, answer):
        assert [self.carry_out(deed) for _ in range(2)] == [(times_done, answer)] * 2


class TestARequestThatIsStruck:
    def answer(self, behaviour):
        done = []

        def ask():
            done.append("done")
            if len(done) > 1:
                raise Conflict("the seat is taken")
            return "202"

        try:
            answer = acting.answer([f"booking.hold-seats={behaviour}"], "booking.hold-seats", ask)
        except (TransientError, CommitUnknown) as error:
            answer = type(error).__name__
        return len(done), answer

    @pytest.mark.parametrize(
        ("behaviour", "times_done", "answer"),
        [
            ("fail", 0, "TransientError"),
            ("slow 0.01s", 1, "202"),
            ("repeat", 2, "202"),
            ("lose-answer", 1, "CommitUnknown"),
        ],
    )
    def test_is_done_so_often_and_answered_so(self, behaviour, times_done, answer):
        assert self.answer(behaviour) == (times_done, answer)

    def test_is_left_alone_by_switches_of_other_steps(self):
        assert acting.answer(["booking.confirm-reservation=fail"], "booking.hold-seats", lambda: "202") == "202"


class TestInProduction:
    def on(self, **variables):
        done = subprocess.run(
            [sys.executable, "-c", "from common import failures; print(failures.on())"],
            cwd=ROOT,
            env=outside() | {f"AEROSAGA_{name}": value for name, value in variables.items()},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        return done.stdout.strip() == "True"

    def test_they_are_off_unless_they_are_set_on(self):
        assert self.on(FAILURE_SWITCHES="on")
        assert not self.on()
        assert not self.on(FAILURE_SWITCHES="")

    def test_they_cannot_be_on_in_a_container(self):
        assert not self.on(FAILURE_SWITCHES="on", WAY="containers")

    @pytest.mark.parametrize("process", topology.PROCESSES, ids=lambda process: process.name)
    def test_no_process_is_given_the_variable_by_the_shell_of_who_starts_it(self, process, monkeypatch):
        monkeypatch.setenv(failures.VARIABLE, "on")

        assert failures.VARIABLE not in environment.of(process, EVERYTHING)
        assert failures.VARIABLE not in environment.only((), EVERYTHING)

    def test_the_containers_know_no_such_variable(self):
        assert failures.VARIABLE not in TEXT
        assert failures.VARIABLE not in EXAMPLE

    def test_the_containers_door_lets_no_such_header_in(self):
        assert failures.HEADER not in compose_nginx.text(GatewaySettings())


class TestTheDoor:
    @pytest.mark.parametrize("switches", [True, False])
    def test_of_nginx_lets_the_header_in_only_where_they_are_on(self, switches, tmp_path):
        place = nginx.Place(
            listen="127.0.0.1:1",
            directory=tmp_path,
            upstreams={"booking": "http://127.0.0.1:2"},
            access_log="/dev/stdout",
            failure_switches=switches,
        )

        sent_on = f"proxy_set_header {failures.HEADER} $http_aerosaga_failure;"
        assert (sent_on in nginx.render(place, GatewaySettings())) == switches

    @pytest.mark.parametrize("switches", [True, False])
    def test_of_the_embedded_way_does_the_same(self, switches, monkeypatch):
        monkeypatch.setattr(failures, "on", lambda: switches)
        with Flask("door").test_request_context("/", headers={failures.HEADER: "booking.confirm=fail"}):
            g.request_id = uuid4()

            assert (failures.HEADER in proxy._passed_on()) == switches


class TestThePage:
    PAGE = (ROOT / "docs/how-to/failure-switches.md").read_text()

    def test_names_every_step_and_no_other(self):
        table = self.PAGE.partition("| saga | steps | undos |")[2].partition("\n\n")[0]

        assert set(re.findall(r"`([a-z]+\.[a-z-]+)`", table)) == set(TARGETS)

    @pytest.mark.parametrize("seat", magic_seats.SWITCHES)
    def test_names_every_magic_seat(self, seat):
        assert f"| {seat} | `{magic_seats.SWITCHES[seat]}` |" in self.PAGE

    def test_names_every_magic_token(self):
        assert [token for token in TOKENS if f"`{token}`" not in self.PAGE] == []

    def test_names_every_behaviour(self):
        assert [each for each in Behaviour if f"| `{each}`" not in self.PAGE] == []


#: The name that a switch has for each task of a saga.
NAMES = {
    command.task: name
    for made in SAGAS.values()
    for step in made.steps
    for words, command in ((step.does, step.do), (step.undoes, step.undo))
    if command is not None
    for name in made.targets
    if name == f"{command.queue.partition('.')[0]}.{words.replace(' ', '-')}"
}


def told_of(made, switch, attempt):
    """Return what each command of a saga, ahead and back, is told to have done to it."""
    payload = {
        **a_payload("tok_visa"),
        "departureId": 17,
        "batches": [{"reservationIds": [12345]}],
        "payments": [{**each, "reason": "cancelled"} for each in a_payload("tok_visa")["payments"]],
        "failures": [switch],
    }
    if made.waits:
        # The first time it sends nothing; what an event wakes it to send then is, to its switches, the first.
        payload["failuresFrom"] = 2
    ahead = links(made.forward(run_id=8, attempt=attempt + made.waits, payload=payload).canvas())
    undone = [step for step in made.steps if step.undo]
    back = links(made.backward(run_id=8, attempt=attempt, payload=payload).canvas()) if undone else []
    return {link.task: link.options["headers"].get(failures.MESSAGE_HEADER) for link in [*ahead, *back]}

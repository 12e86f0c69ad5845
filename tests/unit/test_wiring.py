"""Every command has its task in its own service alone, every subscription its handler, every sweep its taker."""

import importlib
import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from celery.app.defaults import NAMESPACES, flatten

from common.contracts.subscriptions import SERVICES, SUBSCRIPTIONS
from deploy import topology
from tests.surroundings import outside
from tests.unit.test_contracts import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
# Asked in a process of its own, because tasks of `shared_task` belong to every app of a process.
TELL = """
import json
from {service}_svc.app import celery
celery.loader.import_default_modules()
print(json.dumps(sorted(name for name in celery.tasks if not name.startswith("celery."))))
"""


@pytest.fixture(scope="module")
def tasks():
    """The tasks that the worker of each service has registered."""
    asked = {
        service: subprocess.Popen(
            [sys.executable, "-c", TELL.format(service=service)],
            cwd=ROOT,
            env=outside(),
            stdout=subprocess.PIPE,
            text=True,
        )
        for service in SERVICES
    }
    answers = {service: process.communicate(timeout=60)[0] for service, process in asked.items()}
    return {service: set(json.loads(answer)) for service, answer in answers.items()}


@pytest.fixture(scope="module")
def celeryconfig():
    """Celery's settings as a fresh process reads them."""
    return runpy.run_path(str(ROOT / "celeryconfig.py"))


class TestTasks:
    @pytest.mark.parametrize(("owner", "command"), COMMANDS, ids=lambda value: getattr(value, "__name__", value))
    def test_of_a_command_are_known_to_its_own_service_alone(self, tasks, owner, command):
        assert {service for service in SERVICES if command.task in tasks[service]} == {owner}

    @pytest.mark.parametrize("service", SERVICES)
    def test_of_a_service_bear_its_name(self, tasks, service):
        assert tasks[service]
        assert all(name.startswith(f"{service}_svc.") for name in tasks[service])

    def test_of_commands_belong_to_services_whose_queue_somebody_reads(self):
        assert {owner for owner, _ in COMMANDS} == set(topology.TAKES_COMMANDS)

    def test_that_turn_a_saga_round_are_known_to_its_leader_alone(self, tasks):
        assert {service for service in SERVICES if "booking_svc.rewind_saga" in tasks[service]} == {"booking"}


class TestHandlers:
    @pytest.mark.parametrize("service", SERVICES)
    def test_are_there_for_every_subscription_and_for_nothing_else(self, service):
        if service not in SUBSCRIPTIONS:
            assert importlib.util.find_spec(f"{service}_svc.consumers") is None
            return

        handlers = importlib.import_module(f"{service}_svc.consumers").HANDLERS

        assert set(handlers) == set(SUBSCRIPTIONS[service])
        assert all(handlers.values())

    @pytest.mark.parametrize("service", SUBSCRIPTIONS)
    def test_of_one_event_have_names_of_their_own_as_the_inbox_tells_them_apart_by_it(self, service):
        for handlers in importlib.import_module(f"{service}_svc.consumers").HANDLERS.values():
            names = [handler.__name__ for handler in handlers]

            assert len(names) == len(set(names))


class TestBeat:
    def test_asks_only_for_tasks_that_the_reader_of_the_queue_has(self, tasks, celeryconfig):
        readers = {queue: process.service for process in topology.PROCESSES for queue in process.queues}

        for entry in celeryconfig["beat_schedule"].values():
            assert entry["task"] in tasks[readers[entry["options"]["queue"]]]

    def test_asks_every_service_to_publish_its_outbox(self, celeryconfig):
        asked = {entry["task"] for entry in celeryconfig["beat_schedule"].values()}

        assert {f"{service}_svc.relay_outbox" for service in SERVICES} <= asked

    def test_lets_every_order_that_nobody_takes_expire(self, celeryconfig):
        assert all(entry["options"]["expires"] >= 10 for entry in celeryconfig["beat_schedule"].values())


class TestCeleryconfig:
    def test_has_no_setting_that_celery_does_not_know(self, celeryconfig):
        known = {name for name, _ in flatten(NAMESPACES)}
        ours = {
            name
            for name, value in celeryconfig.items()
            if name == name.lower()
            and not name.startswith("_")
            and not callable(value)
            and not hasattr(value, "__spec__")
        }

        assert len(ours) > 20
        assert ours <= known

"""The topology, held against what the services and the broker's declarations say."""

import importlib.util

import pytest

from common import queues
from common.contracts.subscriptions import SERVICES, SUBSCRIPTIONS, inbox_queue
from deploy import topology
from deploy.topology import PROCESSES, Process

named = pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)


class TestProcesses:
    def test_have_different_names(self):
        names = [process.name for process in PROCESSES]

        assert len(names) == len(set(names))

    def test_serve_every_service_with_a_web_and_a_sweeper(self):
        for service in SERVICES:
            roles = {process.role for process in PROCESSES if process.service == service}

            assert {"web", "sweeper"} <= roles

    @named
    def test_are_given_at_most_their_own_database(self, process: Process):
        databases = {key for key in process.environment if key.endswith("_DATABASE_URL")}

        own = {topology.database_key(process.service)} if process.service in SERVICES else set()
        assert databases == own

    @named
    def test_have_a_command_that_can_be_filled_in(self, process: Process):
        words = topology.command(process, host="127.0.0.1", port=8600, data="/data", web_workers=2, unique="-1")

        assert not any("{" in word for word in words)

    @named
    def test_name_an_app_that_exists(self, process: Process):
        command = process.command
        if "-A" in command or "-m" in command:
            app = command[command.index("-A" if "-A" in command else "-m") + 1]
        else:
            app = command[1].split(":")[0]

        assert importlib.util.find_spec(app) is not None

    @named
    def test_tell_how_their_health_is_asked_for(self, process: Process):
        assert len(topology.health_check(process)) > 4

    def test_run_flower_only_where_the_broker_is_rabbitmq(self):
        assert "flower" not in {process.name for process in topology.processes("embedded")}
        assert "flower" in {process.name for process in topology.processes("servers")}

    def test_that_serve_http_need_a_port(self):
        with pytest.raises(ValueError, match="airline-web serves HTTP"):
            topology.command(PROCESSES[0], host="", port=None, data="", web_workers=1, unique="")


class TestQueues:
    def test_of_events_are_those_of_the_subscriptions(self):
        wanted = {inbox_queue(service, event) for service, events in SUBSCRIPTIONS.items() for event in events}

        assert {name for name in topology.queues() if ".inbox." in name} == wanted

    def test_of_tasks_all_have_a_worker_except_commands_of_services_that_take_none(self):
        declared = {queue.name for queue in queues.tasks()}
        no_commands = {f"{service}.commands" for service in set(SERVICES) - set(topology.TAKES_COMMANDS)}

        assert {name for name in topology.queues() if ".inbox." not in name} == declared - no_commands

    def test_are_each_read_by_one_kind_of_process(self):
        readers = [queue for process in PROCESSES for queue in process.queues]

        assert len(readers) == len(set(readers))

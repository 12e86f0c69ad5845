"""Every setting that keeps a known trap of Celery, kombu or a driver shut; each line says what its loss would cost."""

import runpy
from pathlib import Path

import pytest
from celery import Celery

from common.contracts.payment import PaymentVoidRequested
from common.saga import Step
from common.saga.commands import PUBLISHING
from common.saga.steps import Saga
from deploy import topology

ROOT = Path(__file__).resolve().parents[2]

TRAPS = {
    # Confirms: without them a command is lost when the broker has an alarm or a queue is full.
    "broker_transport_options": {"confirm_publish": True},
    "broker_heartbeat": 10,  # a dead broker is noticed after seconds, not two minutes
    "broker_connection_max_retries": None,  # a worker outlives any absence of its broker
    "broker_connection_retry_on_startup": True,
    "task_acks_late": True,  # a worker that dies loses nothing
    "task_reject_on_worker_lost": True,
    "worker_pool": "common.pool:Threads",  # Celery's own keeps messages for ever whose end it could not tell
    "worker_consumer": "common.reporting:Reporter",  # Celery's own awaits a confirm in its loop for each event
    "worker_prefetch_multiplier": 1,  # who dies, or is slow, keeps little from others
    "task_create_missing_queues": False,  # a misspelt queue is an error, not a new one nobody reads
    "task_default_queue_type": "quorum",
    "task_default_exchange_type": "topic",
    "worker_detect_quorum_queues": True,
    "task_serializer": "aerosaga-json",  # a pickle from the broker would be code
    "accept_content": ["application/vnd.aerosaga+json", "application/json"],
    "result_accept_content": ["json"],
    "task_store_errors_even_if_ignored": True,  # why a step said no is told to whose reservation it was
    "redis_socket_timeout": 2.0,  # a silent result store holds nobody for two minutes
    "redis_socket_connect_timeout": 2.0,
    "worker_soft_shutdown_timeout": 10,  # below the supervisor's 20 s
    "worker_enable_soft_shutdown_on_idle": True,
    "worker_cancel_long_running_tasks_on_connection_loss": False,
    "enable_utc": True,
}


@pytest.fixture(scope="module")
def app():
    """A Celery app with the settings as a process of the servers way reads them."""
    app = Celery("traps", set_as_current=False)
    app.config_from_object(type("Settings", (), runpy.run_path(str(ROOT / "celeryconfig.py"))))
    yield app
    app.close()


class TestCelery:
    @pytest.mark.parametrize("name", TRAPS)
    def test_is_set_against_its_traps(self, app, name):
        assert getattr(app.conf, name) == TRAPS[name]

    def test_is_not_left_to_retry_a_publish_by_itself_as_that_multiplies_messages(self):
        # The sweep is the retry.
        assert PUBLISHING == {"retry": False, "confirm_timeout": 3}

    def test_gives_an_order_of_beat_up_that_is_not_confirmed_as_one_queue_must_not_stop_all_others(self, app):
        for order in app.conf.beat_schedule.values():
            assert order["options"]["confirm_timeout"] == 3.0
            assert order["options"]["retry_policy"] == {"max_retries": 1}

    def test_sends_every_command_of_a_canvas_as_mandatory(self):
        steps = [Step(does="pay", undoes="void", undo=PaymentVoidRequested, do=PaymentVoidRequested)]
        saga = Saga("test", *steps, rewind="booking_svc.rewind_saga", queue="booking.commands")
        payload = {"correlationId": "b9d1a2b4-0000-4000-8000-000000000000", "reservationId": 1}

        ahead = saga.forward(run_id=1, attempt=1, payload=payload)
        back = saga.backward(run_id=1, attempt=1, payload=payload)

        for commands in (ahead, back):
            assert all(command.options["mandatory"] for link in commands.links for command in link)


class TestProcesses:
    @pytest.mark.parametrize(
        "process", [each for each in topology.PROCESSES if "--concurrency" in each.command], ids=lambda each: each.name
    )
    def test_that_work_have_threads_so_that_no_child_inherits_a_connection(self, process):
        # Celery's default pool forks, and two children would talk to the database through one socket.
        assert "--pool" not in process.command

    @pytest.mark.parametrize(
        "process", [each for each in topology.PROCESSES if "gunicorn" in each.command], ids=lambda each: each.name
    )
    def test_that_serve_load_the_application_after_the_fork(self, process):
        assert "--preload" not in process.command

    @pytest.mark.parametrize(
        "process",
        [each for each in topology.PROCESSES if each.node and each.role != "beat"],
        ids=lambda each: each.name,
    )
    def test_have_a_node_name_of_their_own_at_each_start(self, process):
        # Two nodes of one name steal each other's control queue, and RabbitMQ refuses the second.
        assert "{unique}" in process.command[process.command.index("-n") + 1]

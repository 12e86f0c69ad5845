"""
What Celery does with error callbacks on canvases: the ground that `common.saga` stands on.

Each case is run over RabbitMQ and Redis between two workers that do not have each other's tasks. The saga hangs one
callback on the whole canvas because that is the one way to hear of every failure, and to hear of it once. If an
upgrade of Celery breaks a line of this table, think about `common.saga` before changing the line.
"""

import os
import sys
import time
from pathlib import Path

import pytest
import redis
from celery import chain, group
from pytest_celery import CeleryTestSetup, CeleryWorkerCluster

from tests.processes import ROOT, celery_app, worker
from tests.stack import wait

PROGRAM = Path(__file__).with_name("programs") / "canvas_worker.py"
# Longer than a second callback comes after a first.
QUIET_SECONDS = 1.5


class Case:
    """One canvas: its steps are named; those of `fails` raise. Steps a*, x belong to the other service."""

    def __init__(self, name, app, *, fails):
        self.name, self._app, self._fails = name, app, fails

    def step(self, name, *, errors=False):
        role, queue = ("other", "payment.commands") if name[0] in "ax" else ("leader", "booking.commands")
        made = self._app.signature(
            f"{role}.do",
            kwargs={"case": self.name, "step": name, "fails": name == self._fails},
            queue=queue,
        )
        return made.on_error(self.rewind) if errors else made

    def steps(self, *names, errors=False):
        return [self.step(name, errors=errors) for name in names]

    @property
    def rewind(self):
        return self._app.signature(
            "leader.rewind", kwargs={"case": self.name}, immutable=True, queue="booking.commands"
        )


def chain_with_callbacks_on_steps(case):
    return chain(case.steps("a", "b", "c", errors=True), app=case._app)


def chain_with_one_callback(case):
    return chain(case.steps("a", "b", "c"), app=case._app).on_error(case.rewind)


def group_with_callback_on_the_body(case):
    return chain(group(case.steps("a1", "a2")), case.step("c", errors=True))


def group_with_callbacks_on_all(case):
    return chain(group(case.steps("a1", "a2", errors=True)), case.step("c", errors=True))


def group_with_callbacks_after_it(case):
    return chain(group(case.steps("a1", "a2")), *case.steps("b", "c", errors=True))


def group_with_one_callback(case):
    return chain(group(case.steps("a1", "a2")), case.step("c")).on_error(case.rewind)


def long_group_with_one_callback(case):
    return chain(group(case.steps("a1", "a2")), *case.steps("b", "c")).on_error(case.rewind)


def group_inside_with_one_callback(case):
    return chain(case.step("x"), group(case.steps("a1", "a2")), *case.steps("b", "c")).on_error(case.rewind)


# canvas, which step fails, on the header too?, how often the callback is called, the steps that run
TABLE = [
    (chain_with_callbacks_on_steps, "a", False, 1, {"a!"}),
    (chain_with_callbacks_on_steps, "b", False, 1, {"a", "b!"}),
    (chain_with_callbacks_on_steps, "c", False, 1, {"a", "b", "c!"}),
    (chain_with_one_callback, "a", False, 1, {"a!"}),
    (chain_with_one_callback, "b", False, 1, {"a", "b!"}),
    (chain_with_one_callback, "c", False, 1, {"a", "b", "c!"}),
    (group_with_callback_on_the_body, "a1", False, 1, {"a1!", "a2"}),
    (group_with_callbacks_on_all, "a1", False, 2, {"a1!", "a2"}),
    (group_with_callbacks_after_it, "a2", False, 0, {"a1", "a2!"}),
    (group_with_one_callback, "a1", False, 1, {"a1!", "a2"}),
    (group_with_one_callback, "c", False, 1, {"a1", "a2", "c!"}),
    (long_group_with_one_callback, "a2", False, 1, {"a1", "a2!"}),
    (long_group_with_one_callback, "c", False, 1, {"a1", "a2", "b", "c!"}),
    (group_inside_with_one_callback, "a1", False, 1, {"x", "a1!", "a2"}),
    (group_with_one_callback, "a1", True, 2, {"a1!", "a2"}),
    (long_group_with_one_callback, "a1", True, 2, {"a1!", "a2"}),
    # Nothing fails, nothing is called.
    (chain_with_one_callback, None, False, 0, {"a", "b", "c"}),
    (group_with_one_callback, None, False, 0, {"a1", "a2", "c"}),
]
NAMES = [f"{canvas.__name__}-{fails}{'-header' if header else ''}" for canvas, fails, header, *_ in TABLE]


@pytest.fixture(scope="module")
def celery_setup(databases, servers, declared, tmp_path_factory):
    """Two workers that do not have each other's tasks, as pytest-celery's cluster."""
    app = celery_app()
    log_dir = tmp_path_factory.mktemp("canvas")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    nodes = [
        worker(role, [sys.executable, str(PROGRAM), role], environment=environment, log_dir=log_dir, app=app)
        for role in ("leader", "other")
    ]
    setup = CeleryTestSetup(CeleryWorkerCluster(*nodes), None, None, app)
    try:
        assert setup.ready(control=True)
        yield setup
    finally:
        for node in nodes:
            node.teardown()
        app.close()


@pytest.fixture(scope="module")
def told(celery_setup, servers):
    """What the workers did for each case; all are sent together, as most of the time is spent waiting."""
    app = celery_setup.app
    with redis.Redis.from_url(servers.urls.result, decode_responses=True) as store:
        for name, (canvas, fails, header, *_) in zip(NAMES, TABLE, strict=True):
            app.conf.task_allow_error_cb_on_chord_header = header
            canvas(Case(name, app, fails=fails)).apply_async()

        def look():
            return {name: store.lrange(f"canvas:{name}", 0, -1) for name in NAMES}

        wait(lambda: all(row[4] <= set(look()[name]) for name, row in zip(NAMES, TABLE, strict=True)), what="the steps")
        seen = look()
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < QUIET_SECONDS:
            time.sleep(0.1)
            if (now := look()) != seen:
                seen, quiet_since = now, time.monotonic()
        return seen


@pytest.mark.parametrize(("name", "row"), list(zip(NAMES, TABLE, strict=True)), ids=NAMES)
class TestErrorCallback:
    def test_is_called_as_often_as_the_table_says(self, told, name, row):
        *_, calls, _steps = row

        assert told[name].count("rewind") == calls

    def test_stops_what_comes_after_but_not_what_runs_beside(self, told, name, row):
        *_, steps = row

        assert {step for step in told[name] if step != "rewind"} == steps

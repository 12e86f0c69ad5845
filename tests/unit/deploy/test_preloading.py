"""What is imported for all processes must leave each of them free to become any of them."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from deploy import preloading, topology

ROOT = Path(__file__).parents[3]


def after_preloading(*, told):
    """Return what a process prints that has preloaded and nothing else."""
    script = f"from deploy.preloading import preload; preload()\n{textwrap.dedent(told)}"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.fixture(scope="module")
def facts():
    names = ("threads", "files", "settings", "apps", "tasks")
    told = after_preloading(
        told="""
        import os, threading
        from celery import _state
        from common.config import settings
        from common.worker import DOORS
        print(threading.active_count())
        print(sum(os.readlink(f"/proc/self/fd/{fd}").startswith("socket:") for fd in os.listdir("/proc/self/fd")
                  if os.path.exists(f"/proc/self/fd/{fd}")))
        print(settings.cache_info().currsize)
        print(len(_state._get_active_apps()))
        print(len(DOORS) + sum(not finalizer.__module__.startswith("celery.")
                               for finalizer in _state._on_app_finalizers))
        """
    )
    return dict(zip(names, map(int, told), strict=True))


class TestPreload:
    def test_starts_no_thread_for_a_fork_would_lose_it(self, facts):
        assert facts["threads"] == 1

    def test_opens_no_connection_for_forks_would_share_it(self, facts):
        assert facts["files"] == 0

    def test_reads_no_setting_for_each_process_has_its_own(self, facts):
        assert facts["settings"] == 0

    def test_makes_no_celery_app_and_no_task_for_every_app_would_have_it(self, facts):
        assert facts["apps"] == 0
        assert facts["tasks"] == 0


class TestModules:
    def test_leave_out_what_a_process_is_started_as(self):
        started_as = {word.partition(":")[0] for process in topology.PROCESSES for word in process.command}

        assert not started_as & set(preloading.modules())

    def test_cover_the_code_of_every_service(self):
        found = set(preloading.modules())

        assert {f"{service}_svc.api" for service in topology.SERVICES} <= found
        assert "common.consumer" in found

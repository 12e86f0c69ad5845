"""What processes cost, as /proc tells it."""

import os
import subprocess
import sys
import time

from bench import processes


class TestTrees:
    def test_holds_children_and_ends_at_another_root(self):
        waiting = [sys.executable, "-c", "import time; time.sleep(60)"]
        child, other = subprocess.Popen(waiting), subprocess.Popen(waiting)
        try:
            trees = processes.trees({"us": os.getpid(), "other": other.pid})
        finally:
            for each in (child, other):
                each.kill()
                each.wait()

        assert {os.getpid(), child.pid} <= set(trees["us"])
        assert other.pid not in trees["us"]
        assert trees["other"] == [other.pid]


class TestCpuSeconds:
    def test_grows_with_work_and_counts_nobody_who_has_ended(self):
        before = processes.cpu_seconds([os.getpid()])
        began = time.process_time()
        while time.process_time() - began < 0.05:
            pass

        assert processes.cpu_seconds([os.getpid()]) >= before + 0.03
        assert processes.cpu_seconds([2**22 + 1]) == 0


class TestPss:
    def test_is_some_megabytes_of_a_process_and_none_of_one_that_has_ended(self):
        assert 5e6 < processes.pss_bytes([os.getpid()]) < 5e9
        assert processes.pss_bytes([2**22 + 1]) == 0


class TestTheMachine:
    def test_has_worked_and_talked_to_itself(self):
        assert processes.machine_cpu_seconds() > 0
        assert processes.loopback_bytes() >= 0
        assert processes.disk_flushes() >= 0

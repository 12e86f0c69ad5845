"""A budget of CPU is a control group with one process in it, of either version, and goes when it is over."""

import os

import pytest

from bench.budgets import budget
from deploy.errors import CannotStart


class Groups:
    """A directory that looks as the kernel's does; as there, a new group has its files at once."""

    def __init__(self, root, files):
        self.root = root
        for name in files:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text("cpu memory" if name == "cgroup.controllers" else "")


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """Lets a group be removed although its files are in it, as the kernel does; keeps what they said."""
    said = {}

    def remove(group):
        for file in group.iterdir():
            said[file.name] = file.read_text()
            file.unlink()
        os.rmdir(group)

    monkeypatch.setattr("pathlib.Path.rmdir", remove)
    return said


class TestABudget:
    def test_of_version_2_is_written_to_cpu_max(self, tmp_path, kernel):
        Groups(tmp_path, ["cgroup.controllers", "cgroup.subtree_control"])

        with budget(4711, cores=0.1, root=tmp_path):
            [group] = [each for each in tmp_path.iterdir() if each.is_dir()]
            assert (group / "cpu.max").read_text() == "5000 50000"
            assert (group / "cgroup.procs").read_text() == "4711"

        assert not group.exists()
        assert (tmp_path / "cgroup.procs").read_text() == "4711"  # given back

    def test_of_version_1_is_written_to_the_quota(self, tmp_path, kernel):
        Groups(tmp_path, ["cpu/cpu.cfs_quota_us"])

        with budget(4711, cores=0.5, root=tmp_path):
            pass

        assert (kernel["cpu.cfs_quota_us"], kernel["cpu.cfs_period_us"]) == ("25000", "50000")

    def test_cannot_be_had_without_control_groups_and_that_is_said(self, tmp_path):
        with pytest.raises(CannotStart, match=r"cpu\.max"), budget(4711, cores=0.5, root=tmp_path):
            pass

    def test_that_the_kernel_cannot_keep_is_refused(self, tmp_path, kernel):
        Groups(tmp_path, ["cpu/cpu.cfs_quota_us"])

        with pytest.raises(CannotStart, match="too small"), budget(4711, cores=0.001, root=tmp_path):
            pass

"""The scripts that a person starts first."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("script", ["deploy/bootstrap.sh", "bin/aerosaga", ".ci/run"])
class TestScripts:
    def test_can_be_run(self, script):
        assert os.access(ROOT / script, os.X_OK)

    def test_are_plain_sh(self, script):
        assert (ROOT / script).read_text().startswith("#!/bin/sh\n")
        subprocess.run(["sh", "-n", ROOT / script], check=True)


class TestBootstrap:
    def test_refuses_an_unknown_level(self):
        done = subprocess.run([ROOT / "deploy/bootstrap.sh", "everything"], capture_output=True, text=True, check=False)

        assert done.returncode == 2
        assert "base|servers|dev" in done.stderr

    def test_names_no_package_index(self):
        assert "://" not in (ROOT / "deploy/bootstrap.sh").read_text()


class TestCiRun:
    def test_calls_the_test_command_of_the_readme(self):
        assert (ROOT / ".ci/run").read_text().splitlines()[-1] == "make test"

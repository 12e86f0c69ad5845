"""The text of supervisord.conf, read back as supervisord reads it."""

import configparser
import shlex
import sys
from pathlib import Path

import pytest

from deploy import supervisor_conf
from deploy.supervisor_conf import DOOR, IN_ORDER, NEWS, SERVERS, WEBS, WORKERS, Program


def a_program(**changes):
    given = {
        "name": "booking-worker",
        "group": WEBS,
        "command": ["celery", "-n", "booking-worker@%h", "two words"],
        "environment": {"PATH": "/bin", "AEROSAGA_WAY": "servers", "PERCENT": "100%"},
        "directory": Path("/srv"),
        "stop_seconds": 20,
    }
    return Program(**(given | changes))


def rendered(*programs):
    text = supervisor_conf.render(
        programs,
        socket=Path("/run/s.sock"),
        pid_file=Path("/run/s.pid"),
        log_dir=Path("/log"),
        shared={"PATH": "/bin"},
    )
    parser = configparser.ConfigParser()
    parser.read_string(text)
    return parser


class TestRender:
    def test_tethers_each_command_and_keeps_its_words(self):
        command = shlex.split(rendered(a_program())["program:booking-worker"]["command"])

        assert command[-4:] == ["celery", "-n", "booking-worker@%h", "two words"]
        assert "/run/s.pid" in command

    def test_leaves_a_python_module_to_be_forked(self):
        module = [sys.executable, "-m", "booking_svc.app"]

        assert shlex.split(rendered(a_program(command=module))["program:booking-worker"]["command"]) == module

    def test_gives_a_program_what_it_does_not_inherit(self):
        environment = rendered(a_program())["program:booking-worker"]["environment"]

        assert environment == 'AEROSAGA_WAY="servers",PERCENT="100%"'

    def test_restarts_every_program_for_ever(self):
        section = rendered(a_program())["program:booking-worker"]

        assert section["autorestart"] == "true"
        assert int(section["startretries"]) >= 1_000_000

    def test_stops_the_door_before_the_webs_then_the_workers_and_the_servers_last(self):
        # In any order; supervisord stops the group of the highest priority first.
        parser = rendered(*(a_program(name=f"a-{group}", group=group) for group in sorted(IN_ORDER)))

        stopped = sorted(IN_ORDER, key=lambda group: -int(parser[f"group:{group}"]["priority"]))
        # Connections of open pages never end by themselves: the door would wait for them.
        assert (stopped[:4], stopped[-1]) == ([NEWS, DOOR, WEBS, WORKERS], SERVERS)
        assert parser["group:servers"]["programs"] == "a-servers"

    def test_asks_each_program_to_stop_by_its_own_signal(self):
        parser = rendered(a_program(), a_program(name="nginx", group=DOOR, stop_signal="QUIT"))

        assert parser["program:booking-worker"]["stopsignal"] == "TERM"
        assert parser["program:nginx"]["stopsignal"] == "QUIT"

    def test_refuses_a_value_that_the_file_cannot_hold(self):
        with pytest.raises(ValueError, match="cannot hold a value with a quote"):
            rendered(a_program(environment={"QUOTE": 'a"b'}))

    @pytest.mark.parametrize("word", ["a #{} b", "a ; b"])
    def test_refuses_a_command_of_which_it_would_take_the_end_for_a_comment(self, word):
        with pytest.raises(ValueError, match="begins a comment"):
            rendered(a_program(command=["eval", word]))

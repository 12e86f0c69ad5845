"""The choice of free ports."""

import socket

import pytest

from deploy import ports
from deploy.errors import CannotStart


@pytest.fixture
def busy_port():
    with socket.socket() as server:
        server.bind((ports.LOOPBACK, 0))
        server.listen()
        yield server.getsockname()[1]


class TestNear:
    def test_takes_the_next_ten_when_the_preferred_port_is_busy(self, busy_port):
        chosen = ports.near(busy_port)

        assert chosen > busy_port
        assert (chosen - busy_port) % 10 == 0

    def test_leaves_out_what_is_taken_already(self):
        first = ports.near(28600)

        assert ports.near(28600, taken=[first]) > first

    def test_says_what_to_do_when_every_port_is_busy(self, monkeypatch):
        monkeypatch.setattr(ports, "is_free", lambda port: False)

        with pytest.raises(CannotStart, match="No free port was found from 8600 to 9090"):
            ports.near(8600)


class TestRemembered:
    def test_gives_the_same_ports_again(self, tmp_path):
        path = tmp_path / "ports.json"

        first = ports.remembered(path, ["mariadb", "redis"])

        assert ports.remembered(path, ["mariadb", "redis"]) == first
        assert len(set(first.values())) == 2

    def test_replaces_a_port_that_somebody_else_took(self, tmp_path, busy_port):
        path = tmp_path / "ports.json"
        path.write_text(f'{{"mariadb": {busy_port}}}')

        assert ports.remembered(path, ["mariadb"])["mariadb"] != busy_port

    def test_keeps_a_busy_port_that_is_our_own_servers(self, tmp_path, busy_port):
        path = tmp_path / "ports.json"
        path.write_text(f'{{"mariadb": {busy_port}}}')

        assert ports.remembered(path, ["mariadb"], keep=True)["mariadb"] == busy_port

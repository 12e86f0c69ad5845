"""The proxy that stands for a bad network: what each toxic does to what goes through."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.reliability.faults.links import Links
from tests.reliability.faults.proxy import COMMIT

LINK = "echo"
SECONDS = 5
# Long enough to say that something did not come.
SILENCE = 0.3


class Echo:
    """Sends back what it gets; `heard` is all of it."""

    def __init__(self) -> None:
        self.heard = b""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                end, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._echo, args=(end,), daemon=True).start()

    def _echo(self, end: socket.socket) -> None:
        with end:
            try:
                while data := end.recv(65536):
                    self.heard += data
                    end.sendall(data)
            except OSError:
                return


@pytest.fixture
def echo() -> Iterator[Echo]:
    server = Echo()
    yield server
    server.close()


@pytest.fixture
def links(echo: Echo) -> Iterator[Links]:
    made = Links()
    made.detour(LINK, echo.port)
    yield made
    made.close()


@pytest.fixture
def client(links: Links) -> Iterator[socket.socket]:
    with dial(links) as end:
        # From here on the connection leads all the way.
        end.sendall(b"!")
        assert received(end, 1) == b"!"
        yield end


def dial(links: Links) -> socket.socket:
    return socket.create_connection(("127.0.0.1", links.detour(LINK, 0)), timeout=SECONDS)


def received(client: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        data += client.recv(length - len(data))
    return data


def silent(client: socket.socket) -> bool:
    client.settimeout(SILENCE)
    try:
        client.recv(1)
    except TimeoutError:
        return True
    finally:
        client.settimeout(SECONDS)
    return False


class TestALink:
    def test_passes_everything_on_while_nothing_is_wrong(self, client):
        sent = bytes(range(256)) * 2000

        threading.Thread(target=client.sendall, args=(sent,)).start()

        assert received(client, len(sent)) == sent

    def test_is_the_same_whenever_it_is_asked_for(self, links, echo):
        assert links.detour(LINK, echo.port) == links.detour(LINK, echo.port)
        assert links.names == (LINK,)

    def test_ends_when_the_other_side_does(self, links, echo):
        with dial(links) as client:
            client.shutdown(socket.SHUT_WR)

            assert client.recv(1) == b""


class TestALinkThat:
    def test_refuses_takes_no_connection_ends_those_there_are_and_comes_back_where_it_was(self, links, client):
        with links.poisoned([LINK], refusing=True):
            with pytest.raises(ConnectionError):
                client.recv(1)
            with pytest.raises(ConnectionRefusedError):
                dial(links)

        with dial(links) as again:
            again.sendall(b"well")
            assert received(again, 4) == b"well"

    def test_stalls_lets_nothing_through_until_it_is_over_and_loses_nothing(self, links, client, echo):
        with links.poisoned([LINK], stalls_up=True, stalls_down=True):
            client.sendall(b"wait")
            assert silent(client)
            assert echo.heard == b"!"

        assert received(client, 4) == b"wait"

    def test_goes_one_way_lets_the_question_through_and_not_the_answer(self, links, client, echo):
        with links.poisoned([LINK], stalls_down=True):
            client.sendall(b"done?")
            assert silent(client)
            assert echo.heard == b"!done?"

        assert received(client, 5) == b"done?"

    def test_is_slow_takes_its_time_each_way(self, links, client):
        with links.poisoned([LINK], latency_seconds=0.2):
            began = time.monotonic()
            client.sendall(b"slow")
            assert received(client, 4) == b"slow"

        assert time.monotonic() - began >= 0.4

    def test_is_narrow_lets_through_so_many_bytes_a_second(self, links, client):
        with links.poisoned([LINK], bytes_per_second=2000):
            began = time.monotonic()
            client.sendall(b"x" * 1000)
            received(client, 1000)

        assert time.monotonic() - began >= 0.4

    def test_slices_passes_all_on_in_pieces(self, links, client):
        sent = bytes(range(256))

        with links.poisoned([LINK], slice_bytes=7):
            client.sendall(sent)
            assert received(client, len(sent)) == sent

    def test_is_reset_ends_with_an_error_and_takes_new_connections(self, links, client):
        links.reset(LINK)

        with pytest.raises(ConnectionResetError):
            client.recv(1)
        with dial(links) as again:
            again.sendall(b"new")
            assert received(again, 3) == b"new"

    def test_loses_commits_passes_a_commit_on_and_not_its_answer(self, links, client, echo):
        packet = (len(COMMIT)).to_bytes(3, "little") + b"\0" + COMMIT

        with links.poisoned([LINK], loses_commits=True):
            client.sendall(b"other")
            assert received(client, 5) == b"other"
            client.sendall(packet)
            with pytest.raises(ConnectionError):
                client.recv(1)

        assert echo.heard.endswith(packet)
        assert links.lost_commits == 1

    def test_is_healed_is_well_again_whatever_was_wrong(self, links, echo):
        held = links.poisoned([LINK], refusing=True)
        held.__enter__()

        links.heal()

        with dial(links) as client:
            client.sendall(b"well")
            assert received(client, 4) == b"well"

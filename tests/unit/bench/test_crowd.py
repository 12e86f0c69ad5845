"""A crowd whose clients decide by every answer what they ask next."""

import pytest

from bench.crowd import play
from bench.wire import encode
from tests.unit.bench.answering import REFUSED, ok

BROKEN = b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"


def client(server, *names, heard):
    """Ask for one path after the other, until one answers 202."""
    for name in names:
        answer = yield encode(host="127.0.0.1", port=server.port, path=f"/{name}", body=b"{}", headers={})
        heard.append((name, answer.status))
        if answer.status == 202:
            return


def crowd(server, *clients):
    return play(clients, host="127.0.0.1", port=server.port)


class TestPlay:
    def test_lets_each_client_go_on_by_what_it_was_answered(self, serve):
        server = serve(a=[b"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n"], b=[ok(b"")])
        first, second = [], []

        said = crowd(server, client(server, "a", "b", "a", heard=first), client(server, "b", "a", heard=second))

        assert first == [("a", 409), ("b", 202)]
        assert second == [("b", 202)]
        assert said.statuses == {409: 1, 202: 2}
        assert len(said.clients) == 2

    def test_comes_again_where_it_is_told_to_without_the_client_noticing(self, serve):
        server, heard = serve(a=[REFUSED, ok(b"")]), []

        said = crowd(server, client(server, "a", heard=heard))

        assert heard == [("a", 202)]
        assert said.statuses == {503: 1, 202: 1}
        assert said.bare_errors == 0

    def test_counts_errors_that_do_not_say_when_to_come_again(self, serve):
        server = serve(a=[BROKEN])

        assert crowd(server, client(server, "a", heard=[])).bare_errors == 1

    def test_ends_with_an_error_when_a_connection_breaks_while_a_request_is_open(self, serve):
        server = serve(a=[b"close"])

        with pytest.raises(ConnectionError):
            crowd(server, client(server, "a", heard=[]))

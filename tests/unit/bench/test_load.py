"""Requests over real connections to a small server of the test's own."""

import pytest

from bench.load import run
from bench.wire import encode
from tests.unit.bench.answering import REFUSED, ok


def requests(server, *names):
    return [encode(host="127.0.0.1", port=server.port, path=f"/{name}", body=b"{}", headers={}) for name in names]


def send(server, *names, connections=2, rate=None):
    return run(requests(server, *names), host="127.0.0.1", port=server.port, connections=connections, rate=rate)


class TestRun:
    def test_returns_the_answers_in_the_order_of_the_requests(self, serve):
        server = serve(a=[ok(b"first")], b=[ok(b"second")])

        assert [each.answer.body for each in send(server, "a", "b", "a")] == [b"first", b"second", b"first"]

    def test_reads_an_answer_that_comes_in_pieces(self, serve):
        chunked = [
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n",
            b"\r\n4\r\nbo",
            b"dy\r\nA\r\n of many\r\n\r\n",
            b"0\r\n\r\n",
        ]

        assert send(serve(a=[chunked]), "a")[0].answer.body == b"body of many\r\n"

    def test_sends_again_what_is_refused_for_now_and_counts_how_often(self, serve):
        sent = send(serve(a=[REFUSED, REFUSED, ok(b"at last")]), "a", connections=1)[0]

        assert (sent.answer.status, sent.refusals) == (202, 2)

    def test_takes_a_new_connection_for_one_that_an_answer_closes(self, serve):
        server = serve(a=[ok(b"x", b"Connection: close"), ok(b"y")])

        assert [each.answer.body for each in send(server, "a", "a", connections=1)] == [b"x", b"y"]

    def test_counts_a_time_from_when_a_request_was_due(self, serve):
        sent = send(serve(a=[ok(b"x")]), "a", "a", "a", connections=1, rate=1000.0)

        assert [round((each.due - sent[0].due) * 1000) for each in sent] == [0, 1, 2]
        assert all(each.answered >= each.due for each in sent)

    def test_ends_with_an_error_when_a_connection_breaks_while_a_request_is_open(self, serve):
        with pytest.raises(ConnectionError):
            send(serve(a=[b"close"]), "a", connections=1)

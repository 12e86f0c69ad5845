"""A small HTTP server that answers as it is told."""

import socket
import threading

REFUSED = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"


class Server:
    """Answers each request by the next of `answers` for its path; the last one is kept."""

    def __init__(self, answers):
        self._answers = answers
        self._asked = dict.fromkeys(answers, 0)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listening.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            while request := connection.recv(65536):
                path = request.split()[1].decode()
                choice = self._answers[path]
                answer = choice[min(self._asked[path], len(choice) - 1)]
                self._asked[path] += 1
                for part in answer if isinstance(answer, list) else [answer]:
                    connection.sendall(part)
                if b"close" in b"".join(answer if isinstance(answer, list) else [answer]):
                    return


def ok(body, *headers):
    lines = [b"HTTP/1.1 202 Accepted", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body

"""Runs the bank on a port of its own inside this process, for tests that need a provider for a moment."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox.bank.app import web
from sandbox.bank.settings import BankSettings


class _Quiet(WSGIRequestHandler):
    def log_request(self, *args: object) -> None:
        """Log nothing: a request line may hold what must never be logged."""


@contextmanager
def serving(settings: BankSettings, *, port: int = 0) -> Iterator[str]:
    """Serve the bank on 127.0.0.1 while the block runs and yield its base URL; port 0 takes a free one."""
    server = make_server("127.0.0.1", port, web(settings), threaded=True, request_handler=_Quiet)
    # How often the server looks whether it shall stop, in seconds; its default slows tests by half a second.
    look = {"poll_interval": 0.02}
    thread = threading.Thread(target=server.serve_forever, kwargs=look, name="sandbox-bank", daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)

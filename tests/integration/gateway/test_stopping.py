"""Both doors, told to stop while a request is under way."""

import os
import signal
import threading

import httpx
import pytest

from deploy.daemon import Daemon
from deploy.nginx import Nginx
from tests.integration.gateway.doors import KINDS, running
from tests.stack import wait

SLOW_SECONDS = 3
SIGNALS = {"nginx": Nginx.stop_signal, "embedded": "TERM"}


class TestADoorToldToStop:
    @pytest.mark.parametrize("kind", KINDS)
    def test_answers_what_it_has_let_in_and_lets_nothing_more_in(self, kind, tmp_path, upstreams):
        answers: list[httpx.Response] = []
        with running(kind, tmp_path, upstreams) as door:

            def ask() -> None:
                answers.append(door.ask("POST", f"/reservations?seconds={SLOW_SECONDS}", content=b"{}"))

            asking = threading.Thread(target=ask)
            asking.start()
            wait(lambda: upstreams["booking"].seen, what="the request to be under way")
            process = Daemon(tmp_path, door.log.stem)

            os.kill(process.pid, getattr(signal, f"SIG{SIGNALS[kind]}"))

            wait(lambda: not _listens(door.url), what="the door to be closed")
            asking.join(30)
            wait(lambda: process.pid is None, what="the door to end", seconds=30)

        assert [answer.status_code for answer in answers] == [200]
        assert answers[0].json()["method"] == "POST"


def _listens(url: str) -> bool:
    try:
        httpx.get(f"{url}/healthz", timeout=2, trust_env=False)
    except httpx.TransportError:
        return False
    return True

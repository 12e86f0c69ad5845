"""The bank as it is run: gunicorn, two processes that start together, killed without warning."""

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx


@contextmanager
def gunicorn(database):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "sandbox.bank.app:web()", "--bind", f"127.0.0.1:{port}"]
    server = subprocess.Popen(
        [*command, "--workers", "2", "--worker-class", "gthread", "--threads", "4", "--log-level", "warning"],
        env={**os.environ, "AEROSAGA_BANK_DATABASE": str(database)},
        start_new_session=True,
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False) as client:
            _wait_until_healthy(client)
            yield client
    finally:
        # The whole group at once and without warning, as a machine that loses power would.
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(timeout=10)


def _wait_until_healthy(client):
    ends_at = time.monotonic() + 15
    while True:
        try:
            client.get("/healthz").raise_for_status()
            return
        except httpx.HTTPError:
            assert time.monotonic() < ends_at, "the bank did not start"
            time.sleep(0.05)


def _authorize(client, key):
    body = {"reference": key, "kind": "card", "token": "tok_visa", "amountMinor": 100, "currency": "EUR"}
    return client.post("/authorizations", json=body, headers={"Idempotency-Key": key})


class TestTwoProcesses:
    def test_share_one_ledger_that_outlives_a_kill(self, tmp_path):
        wanted = [str(uuid.uuid4()) for _ in range(20)]

        with gunicorn(tmp_path / "bank.db") as client, ThreadPoolExecutor(8) as pool:
            first = list(pool.map(lambda key: _authorize(client, key), wanted * 3))
        with gunicorn(tmp_path / "bank.db") as client:
            again = [_authorize(client, key).json()["id"] for key in wanted]
            entries = client.get("/ledger").json()["entries"]

        assert {answer.status_code for answer in first} <= {201, 409}
        assert {answer.json()["id"] for answer in first if answer.status_code == 201} == set(again)
        assert sorted(entry["reference"] for entry in entries) == sorted(wanted)

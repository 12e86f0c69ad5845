"""A bank on a port of its own, and a client that speaks plain HTTP to it."""

import uuid

import httpx
import pytest

from sandbox.bank.serving import serving
from sandbox.bank.settings import BankSettings


class Client:
    """Asks the bank; a key is made up where none is given."""

    def __init__(self, url: str) -> None:
        # Plain HTTP: without verify=False each client would read all certificate authorities, for nothing.
        self.http = httpx.Client(base_url=url, timeout=10, trust_env=False, verify=False)

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path)

    def post(self, path: str, body: object = None, *, key: str | None = None, **options) -> httpx.Response:
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self.http.post(path, json={} if body is None else body, headers=headers, **options)

    def authorize(self, token: str = "tok_visa", *, key: str | None = None, **changes) -> httpx.Response:
        body = {
            "reference": "pa_789",
            "kind": "card",
            "token": token,
            "amountMinor": 45000,
            "currency": "EUR",
        }
        return self.post("/authorizations", {**body, **changes}, key=key)

    def invoice(self, *, seconds: int = 60) -> dict:
        body = {"reference": "pa_790", "amountMinor": 45000, "currency": "EUR", "expiresInSeconds": seconds}
        return self.post("/invoices", body).json()

    def acts(self) -> list[str]:
        return [entry["act"] for entry in self.get("/ledger").json()["entries"]]


@pytest.fixture
def bank_settings(tmp_path):
    return BankSettings(database=tmp_path / "bank.db", slow_seconds=0.5, timeout_seconds=1.0)


@pytest.fixture
def bank(bank_settings):
    with serving(bank_settings) as url:
        yield Client(url)

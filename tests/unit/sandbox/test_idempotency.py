"""Whatever is repeated, interrupted or asked at the same time: one key moves money once."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.bank import keys
from sandbox.bank.database import Database


class TestAKey:
    def test_is_required(self, bank):
        refused = bank.http.post("/authorizations", json={})

        assert (refused.status_code, refused.json()["code"]) == (400, "key_missing")

    @pytest.mark.parametrize("key", ["k" * 256, "kéy".encode().decode("latin-1")])
    def test_must_be_short_and_printable(self, bank, key):
        headers = [(b"Idempotency-Key", key.encode("latin-1"))]

        assert bank.http.post("/authorizations/x/void", headers=headers).status_code == 400

    @pytest.mark.parametrize("token", ["tok_visa", "tok_insufficient_funds"])
    def test_asked_again_gets_the_stored_answer(self, bank, token):
        first, second = bank.authorize(token, key="once"), bank.authorize(token, key="once")

        assert (first.status_code, first.text) == (second.status_code, second.text)
        assert first.headers["Content-Type"] == second.headers["Content-Type"]
        assert "Idempotent-Replayed" not in first.headers
        assert second.headers["Idempotent-Replayed"] == "true"

    def test_keeps_a_refusal_even_when_the_act_would_now_succeed(self, bank):
        invoice = bank.invoice()
        path = f"/invoices/{invoice['id']}"
        early = bank.post(f"{path}/capture", {"amountMinor": 45000}, key="once")
        bank.post(f"{path}/pay")

        again = bank.post(f"{path}/capture", {"amountMinor": 45000}, key="once")

        assert (again.status_code, again.text) == (409, early.text)

    def test_of_another_request_is_refused(self, bank):
        made = bank.authorize(key="once").json()

        assert bank.authorize(key="once", amountMinor=1).status_code == 422
        assert bank.post(f"/authorizations/{made['id']}/void", key="once").status_code == 422
        assert bank.acts() == ["authorize"]

    def test_does_not_care_for_the_order_of_members(self, bank):
        bank.authorize(key="once")
        body = {
            "currency": "EUR",
            "amountMinor": 45000,
            "token": "tok_visa",
            "kind": "card",
            "reference": "pa_789",
        }

        assert bank.post("/authorizations", body, key="once").status_code == 201

    def test_asked_by_ten_at_once_is_executed_once(self, bank):
        together = threading.Barrier(10)

        def ask(_):
            together.wait()
            return bank.authorize(key="once")

        with ThreadPoolExecutor(10) as pool:
            answers = list(pool.map(ask, range(10)))

        granted = {answer.text for answer in answers if answer.status_code == 201}
        assert len(granted) == 1
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert bank.authorize(key="once").text in granted
        assert bank.acts() == ["authorize"]

    def test_in_progress_says_when_to_ask_again(self, bank):
        with ThreadPoolExecutor(1) as pool:
            slow = pool.submit(bank.authorize, "tok_slow", key="once")
            time.sleep(0.2)
            meanwhile = bank.authorize("tok_slow", key="once")

        assert slow.result().status_code == 201
        assert (meanwhile.status_code, meanwhile.json()["code"]) == (409, "key_in_progress")
        assert meanwhile.headers["Retry-After"] == "1"
        assert bank.acts() == ["authorize"]


class TestAClaim:
    """What happens when the process that executes a request dies or hangs."""

    NOW = datetime(2026, 12, 1, tzinfo=UTC)

    @pytest.fixture
    def database(self, tmp_path):
        return Database(tmp_path / "bank.db")

    def claim(self, database, *, after=0):
        with database.transaction() as db:
            return keys.claim(
                db,
                key="once",
                fingerprint="f",
                lease_seconds=5,
                now=self.NOW + timedelta(seconds=after),
            )

    def test_is_held_by_one(self, database):
        self.claim(database)

        with pytest.raises(keys.KeyInProgress):
            self.claim(database, after=4)

    def test_lapses_with_the_process_that_held_it(self, database):
        self.claim(database)

        assert self.claim(database, after=6).asks == 2

    def test_that_lapsed_can_store_nothing(self, database):
        late = self.claim(database)
        self.claim(database, after=6)

        with pytest.raises(keys.KeyInProgress), database.transaction() as db:
            keys.store(db, late, status=201, body="{}")

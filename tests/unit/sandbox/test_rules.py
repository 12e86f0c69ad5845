"""The rules of money as a state machine: whatever is asked in whatever order, the ledger adds up."""

import sqlite3
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from sandbox.bank import ledger
from sandbox.bank.database import Database
from sandbox.bank.rules import Refusal, Status

AMOUNTS = st.integers(min_value=1, max_value=5)
NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
WINDOW = 60


class LedgerMachine(RuleBasedStateMachine):
    """Does every act on cards and invoices while time passes, and audits the entries after each."""

    authorizations = Bundle("authorizations")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.database = Database(Path(self.folder.name) / "bank.db")
        self.now = NOON

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(target=authorizations, amount=AMOUNTS)
    def authorize_a_card(self, amount):
        with self.database.transaction() as db:
            made = ledger.authorize(
                db,
                reference="pa",
                token="tok_visa",
                amount_minor=amount,
                currency="EUR",
                expires_in_seconds=WINDOW,
                now=self.now,
            )
        assert made.status(self.now) is Status.AUTHORIZED
        return made.id

    @rule(target=authorizations, amount=AMOUNTS)
    def invoice(self, amount):
        with self.database.transaction() as db:
            made = ledger.invoice(
                db,
                reference="pa",
                amount_minor=amount,
                currency="EUR",
                expires_in_seconds=WINDOW,
                now=self.now,
            )
        assert made.status(self.now) is Status.OPEN
        return made.id

    @rule(identifier=authorizations)
    def pay(self, identifier):
        self.attempt(ledger.pay, identifier, allowed={Status.OPEN})

    @rule(identifier=authorizations, amount=AMOUNTS)
    def capture(self, identifier, amount):
        self.attempt(ledger.capture, identifier, allowed={Status.AUTHORIZED}, amount_minor=amount)

    @rule(identifier=authorizations)
    def void(self, identifier):
        self.attempt(ledger.void, identifier, allowed={Status.OPEN, Status.AUTHORIZED})

    @rule(identifier=authorizations, amount=AMOUNTS)
    def refund(self, identifier, amount):
        self.attempt(ledger.refund, identifier, allowed={Status.CAPTURED}, amount_minor=amount)

    @rule(seconds=st.integers(min_value=1, max_value=WINDOW))
    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)

    def attempt(self, act, identifier, *, allowed, **arguments):
        with self.database.reading() as db:
            before, recorded = ledger.find(db, identifier), len(ledger.entries(db))
        refused = False
        try:
            with self.database.transaction() as db:
                act(db, identifier=identifier, now=self.now, **arguments)
        except Refusal:
            refused = True
        with self.database.reading() as db:
            added = len(ledger.entries(db)) - recorded
        assert added in ((0,) if refused else (0, 1))
        if added:
            assert before.status(self.now) in allowed

    @invariant()
    def every_authorization_adds_up(self):
        with self.database.reading() as db:
            entries = ledger.entries(db)
        by_authorization: dict[str, list] = {}
        for entry in entries:
            by_authorization.setdefault(entry["authorization"], []).append(entry)
        for history in by_authorization.values():
            amounts = {
                act: [entry["amountMinor"] for entry in history if entry["act"] == act]
                for act in ("authorize", "capture", "void", "refund")
            }
            assert len(amounts["authorize"]) <= 1
            assert len(amounts["capture"]) + len(amounts["void"]) <= 1
            assert sum(amounts["capture"]) <= sum(amounts["authorize"])
            assert sum(amounts["refund"]) <= sum(amounts["capture"])


TestLedger = LedgerMachine.TestCase
TestLedger.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)


class TestTime:
    def invoice(self, db):
        made = ledger.invoice(db, reference="pa", amount_minor=5, currency="EUR", expires_in_seconds=WINDOW, now=NOON)
        return made.id

    def test_ends_an_invoice_nobody_has_paid(self, tmp_path):
        late = NOON + timedelta(seconds=WINDOW + 1)
        with Database(tmp_path / "bank.db").transaction() as db:
            unpaid, paid = self.invoice(db), self.invoice(db)
            ledger.pay(db, identifier=paid, now=NOON + timedelta(seconds=WINDOW))

            assert ledger.find(db, unpaid).status(late) is Status.EXPIRED
            assert ledger.find(db, paid).status(late) is Status.AUTHORIZED
            with pytest.raises(Refusal, match="expired already"):
                ledger.pay(db, identifier=unpaid, now=late)


class TestTheFileItself:
    """The rules are repeated in the schema, so that a mistake in the code cannot move money twice."""

    @pytest.fixture
    def db(self, tmp_path):
        with Database(tmp_path / "bank.db").transaction() as db:
            yield db

    @pytest.fixture
    def captured(self, db):
        made = ledger.authorize(
            db,
            reference="pa",
            token="tok_visa",
            amount_minor=5,
            currency="EUR",
            expires_in_seconds=None,
            now=NOON,
        )
        return ledger.capture(db, identifier=made.id, amount_minor=5, now=NOON).id

    @pytest.mark.parametrize(("act", "amount"), [("capture", 5), ("void", 5), ("authorize", 5), ("refund", 6)])
    def test_refuses_an_entry_that_breaks_a_rule_of_money(self, db, captured, act, amount):
        with pytest.raises(sqlite3.IntegrityError):
            db.execute(
                "INSERT INTO entry (at, act, authorization, amount_minor) VALUES (0, ?, ?, ?)",
                (act, captured, amount),
            )

    @pytest.mark.parametrize("statement", ["DELETE FROM entry", "UPDATE entry SET amount_minor = 1"])
    def test_refuses_to_change_what_was_recorded(self, db, captured, statement):
        with pytest.raises(sqlite3.IntegrityError, match="only added to"):
            db.execute(statement)

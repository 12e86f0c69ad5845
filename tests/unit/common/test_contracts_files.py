"""The files are what the code says, whatever is added to it, and the commands keep them so."""

import json
import os
import re
import subprocess
import sys
from types import SimpleNamespace
from typing import ClassVar

import pytest
from click.testing import CliRunner

from aerosaga.commands import contracts as tool
from common.contracts import payment
from common.contracts.payment import PaymentEvent
from common.contracts.registry import asyncapi, catalogue, files, inventory
from common.contracts.registry.published import Published, published
from common.contracts.registry.usage import ROOT
from common.messages import Event, message

CAPTURED = "contracts/payment.events/PaymentCaptured.v1.json"


@pytest.fixture(scope="module")
def made():
    return files.expected()


@pytest.fixture
def declare(monkeypatch):
    """Add classes to payment_svc's contracts, as if they stood in the file."""

    def add(cls):
        cls.__module__ = payment.__name__
        monkeypatch.setattr(payment, cls.__name__, cls, raising=False)
        return cls

    return add


def captured_without_amount():
    @message
    class PaymentCaptured(Event):
        """The amount set aside is ours."""

        exchange: ClassVar[str] = "payment.events"

        reservation_id: int
        auth_id: str
        part: int

    return PaymentCaptured


class TestFiles:
    def test_are_what_the_code_says(self, made):
        assert files.stale(ROOT, made | files.former(published(ROOT))) == [], (
            "`bin/aerosaga contracts write` writes them anew"
        )

    def test_keep_every_published_promise(self):
        assert files.broken(published(ROOT)) == []

    def test_are_the_same_bytes_in_any_process(self, made):
        tell = "import json; from common.contracts.registry import files; print(json.dumps(files.expected()))"
        seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
        told = subprocess.run(
            [sys.executable, "-c", tell],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )

        assert json.loads(told.stdout) == made

    def test_write_amounts_with_all_their_digits(self, made):
        assert '"amount": 450.00' in made[CAPTURED]


class TestWrite:
    def test_makes_everything_and_then_has_nothing_to_do(self, tmp_path, made):
        assert sorted(files.write(tmp_path, made)) == sorted(made)
        assert files.write(tmp_path, made) == []
        assert files.stale(tmp_path, made) == []

    def test_mends_what_was_changed_by_hand_and_clears_away_what_belongs_to_no_class(self, tmp_path, made):
        files.write(tmp_path, made)
        (tmp_path / CAPTURED).write_text("{}", "utf-8")
        (tmp_path / CAPTURED.replace("Captured", "Disputed")).write_text("{}", "utf-8")

        assert files.stale(tmp_path, made) == [
            f"{CAPTURED} is not what the code says.",
            f"{CAPTURED.replace('Captured', 'Disputed')} belongs to no class.",
        ]
        assert len(files.write(tmp_path, made)) == 2
        assert files.stale(tmp_path, made) == []


class TestANewEvent:
    def test_is_missing_until_it_is_written(self, declare):
        @message
        class PaymentDisputed(PaymentEvent):
            """The payer's bank wants `amount` back."""

            days_to_answer: int

        declare(PaymentDisputed)

        stale = files.stale(ROOT, {path: text for path, text in files.expected().items() if "contracts/" in path})
        assert stale == [f"contracts/payment.events/PaymentDisputed.v1.{kind} is missing." for kind in ("json", "avsc")]

    def test_is_on_the_page_and_in_the_document(self, declare):
        @message
        class PaymentDisputed(PaymentEvent):
            """The payer's bank wants `amount` back within `days_to_answer`."""

            days_to_answer: int

        declare(PaymentDisputed)

        assert "| `daysToAnswer` | integer | yes | The payer's bank wants `amount` back" in catalogue.page()
        assert "payment.events.PaymentDisputed.v1" in asyncapi.document()["channels"]

    def test_that_nobody_can_route_is_refused(self, declare):
        @message
        class PaymentDisputed(Event):
            """The payer's bank wants it back."""

        declare(PaymentDisputed)

        with pytest.raises(LookupError, match=r"PaymentDisputed has no `exchange`.*give it one"):
            inventory.messages()

    def test_may_live_beside_an_older_version(self, declare, monkeypatch):
        def second():
            @message
            class PaymentCaptured(PaymentEvent):
                """The amount set aside is ours, less the provider's `fee`."""

                version: ClassVar[int] = 2

                fee: int

            return PaymentCaptured

        newer = second()
        newer.__module__ = payment.__name__
        monkeypatch.setattr(payment, "PaymentCapturedV2", newer, raising=False)

        paths = list(files.contracts())
        assert {CAPTURED, CAPTURED.replace("v1", "v2")} <= set(paths)
        assert "payment.events.PaymentCaptured.v2" in asyncapi.document()["components"]["messages"]


class TestBrokenPromises:
    def test_are_told_with_the_place_where_they_were_given(self, declare):
        history = [Published(where="release v1.0.0", contracts=files.contracts())]
        declare(captured_without_amount())

        assert files.broken(history) == [
            f"PaymentCaptured v1: field `{name}` is gone; consumers would misread it. (Published in release v1.0.0.)"
            for name in ("amount", "currency")
        ]

    def test_are_told_once_even_if_given_often(self, declare):
        history = [Published(where=where, contracts=files.contracts()) for where in ("v1", "v2")]
        declare(captured_without_amount())

        assert len(files.broken(history)) == 2

    def test_include_a_contract_that_has_no_class_any_more(self, monkeypatch):
        history = [Published(where="release v1.0.0", contracts=files.contracts())]
        monkeypatch.delattr(payment, "PaymentCaptured")

        [sentence] = files.broken(history)
        assert sentence.startswith("payment.events/PaymentCaptured.v1 has no class any more")

    def test_do_not_include_one_that_was_retired(self, monkeypatch):
        history = [Published(where="release v1.0.0", contracts=files.contracts())]
        monkeypatch.delattr(payment, "PaymentCaptured")
        monkeypatch.setattr(inventory, "RETIRED", {"payment.events/PaymentCaptured.v1": "nobody hears it"})

        assert files.broken(history) == []

    def test_include_a_name_that_comes_back_after_it_was_retired(self, monkeypatch):
        monkeypatch.setattr(inventory, "RETIRED", {"payment.events/PaymentCaptured.v1": "nobody hears it"})

        assert files.broken([]) == [
            "payment.events/PaymentCaptured.v1 is retired, and its name cannot come back: take another."
        ]


class TestCommands:
    @pytest.fixture
    def root(self, tmp_path, made, monkeypatch):
        """A copy of the repository without history, for the commands to work in."""
        files.write(tmp_path, made)
        monkeypatch.setattr(tool, "ROOT", tmp_path)
        return tmp_path

    def run(self, *arguments) -> SimpleNamespace:
        done = CliRunner().invoke(tool.contracts, arguments)
        return SimpleNamespace(status=done.exit_code, said=done.output)

    def test_check_says_that_all_is_well(self, root):
        done = self.run("check")

        assert done.status == 0
        assert re.match(r"\d+ contracts are what the code says, and keep the promises of the files in", done.said)

    def test_check_fails_where_a_file_is_not_what_the_code_says(self, root):
        (root / catalogue.PATH).write_text("by hand", "utf-8")

        done = self.run("check")

        assert done.status == 1
        assert "docs/reference/events.md is not what the code says" in done.said
        assert "contracts write" in done.said

    def test_check_fails_where_a_class_breaks_a_contract(self, root, declare):
        declare(captured_without_amount())

        done = self.run("check")

        assert done.status == 1
        assert "PaymentCaptured v1: field `amount` is gone" in done.said
        assert "change-an-event.md" in done.said

    def test_write_does_not_write_over_a_contract_that_a_class_breaks(self, root, declare):
        before = (root / CAPTURED).read_bytes()
        declare(captured_without_amount())

        done = self.run("write")

        assert done.status == 1
        assert (root / CAPTURED).read_bytes() == before

    def test_write_names_what_it_wrote(self, root):
        (root / asyncapi.PATH).unlink()

        assert self.run("write").said == f"{asyncapi.PATH}\n"
        assert self.run("write").said == "Nothing to do: every file is what the code says.\n"

    def test_refuse_a_commit_that_git_does_not_know(self, root):
        done = self.run("check", "--against", "v0.0.0")

        assert done.status == 1
        assert "git knows no commit 'v0.0.0'" in done.said

"""The bank over real HTTP: acts, states, refusals, and what it takes no notice of."""

import json
import logging
import uuid
from pathlib import Path

import httpx
import pytest

from sandbox.bank.app import web
from sandbox.bank.serving import serving
from sandbox.bank.settings import BankSettings, SettingsError, from_environment
from sandbox.bank.tokens import TOKENS

NUMBER = "4" + "1" * 15


class TestACard:
    def test_is_authorized_captured_and_refunded_in_parts(self, bank):
        made = bank.authorize()
        path = f"/authorizations/{made.json()['id']}"

        captured = bank.post(f"{path}/capture", {"amountMinor": 45000})
        first = bank.post(f"{path}/refund", {"amountMinor": 5000})
        second = bank.post(f"{path}/refund", {"amountMinor": 40000})

        assert (made.status_code, made.json()["status"]) == (201, "authorized")
        assert (captured.status_code, captured.json()["status"]) == (200, "captured")
        assert (first.json()["status"], first.json()["refundedMinor"]) == ("captured", 5000)
        assert (second.json()["status"], second.json()["refundedMinor"]) == ("refunded", 45000)
        assert bank.acts() == ["authorize", "capture", "refund", "refund"]

    def test_can_be_captured_in_part_and_never_for_more(self, bank):
        path = f"/authorizations/{bank.authorize().json()['id']}"

        too_much = bank.post(f"{path}/capture", {"amountMinor": 45001})
        part = bank.post(f"{path}/capture", {"amountMinor": 100})

        assert (too_much.status_code, too_much.json()["reason"]) == (409, "amount_exceeds_authorized")
        assert part.json()["capturedMinor"] == 100

    @pytest.mark.parametrize(
        ("done", "asked", "reason"),
        [
            (["capture"], "void", "already_captured"),
            (["void"], "capture", "already_voided"),
            (["void"], "refund", "already_voided"),
            ([], "refund", "not_captured"),
            (["capture", "refund"], "refund", "already_refunded"),
            (["capture", "refund"], "void", "already_refunded"),
            ([], "pay", "not_an_invoice"),
        ],
    )
    def test_refuses_what_cannot_be_any_more(self, bank, done, asked, reason):
        identifier = bank.authorize().json()["id"]
        for act in done:
            _act(bank, identifier, act)
        before = bank.acts()

        refused = _act(bank, identifier, asked)

        assert (refused.status_code, refused.json()["reason"]) == (409, reason)
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert refused.json()["authorization"]["id"] == identifier
        assert bank.acts() == before

    @pytest.mark.parametrize("act", ["capture", "void"])
    def test_answers_the_same_when_a_done_act_is_asked_again_with_a_new_key(self, bank, act):
        identifier = bank.authorize().json()["id"]

        first, second = _act(bank, identifier, act), _act(bank, identifier, act)

        assert (first.status_code, first.json()) == (second.status_code, second.json())
        assert bank.acts() == ["authorize", act]

    def test_expires(self, bank):
        identifier = bank.authorize("tok_expires_at_once").json()["id"]

        refused = _act(bank, identifier, "capture")

        assert (refused.status_code, refused.json()["reason"]) == (409, "already_expired")
        assert bank.get(f"/authorizations/{identifier}").json()["status"] == "expired"

    def test_is_found_by_id_and_by_reference(self, bank):
        made = bank.authorize(reference="pa_1").json()
        bank.authorize(reference="pa_2")

        assert bank.get(f"/authorizations/{made['id']}").json() == made
        assert bank.get("/authorizations?reference=pa_1").json() == [made]
        assert bank.get("/authorizations?reference=pa_3").json() == []
        assert bank.get("/authorizations/bank_x").status_code == 404
        assert bank.get(f"/invoices/{made['id']}").status_code == 404

    def test_is_found_among_others_by_several_references(self, bank):
        made = [bank.authorize(reference=f"pa_{number}").json() for number in range(3)]

        found = bank.get("/authorizations?reference=pa_2&reference=pa_9&reference=pa_0").json()
        too_many = bank.get("/authorizations?" + "&".join(f"reference=pa_{number}" for number in range(101)))

        assert found == [made[0], made[2]]
        assert (too_many.status_code, too_many.json()["code"]) == (400, "too_many_references")

    def test_is_listed_page_by_page_in_the_order_in_which_it_was_made(self, bank):
        made = [bank.authorize(reference=f"pa_{number}").json() for number in range(3)]

        first = bank.get("/authorizations?limit=2").json()
        rest = bank.get(f"/authorizations?after={first[-1]['number']}").json()

        assert [each["id"] for each in first + rest] == [each["id"] for each in made]
        assert bank.get(f"/authorizations?after={rest[-1]['number']}").json() == []

    @pytest.mark.parametrize("number", ["-1", "x", "9" * 19, "1.5"])
    def test_is_not_listed_from_what_is_no_number(self, bank, number):
        assert bank.get(f"/authorizations?after={number}").status_code == 400


class TestAnInvoice:
    def test_is_open_until_paid_and_then_treated_like_a_card(self, bank):
        made = bank.invoice()
        early = _act(bank, made["id"], "capture")

        paid = _act(bank, made["id"], "pay")
        again = _act(bank, made["id"], "pay")
        captured = _act(bank, made["id"], "capture")

        assert (made["status"], made["address"][:8]) == ("open", "sandbox:")
        assert (early.status_code, early.json()["reason"]) == (409, "not_paid")
        assert paid.json() == again.json()
        assert paid.json()["status"] == "authorized"
        assert captured.json()["status"] == "captured"
        assert bank.acts() == ["invoice", "authorize", "capture"]

    def test_is_cancelled_before_and_after_it_is_paid(self, bank):
        unpaid, paid = bank.invoice(), bank.invoice()
        _act(bank, paid["id"], "pay")

        assert bank.post(f"/invoices/{unpaid['id']}/cancel").json()["status"] == "voided"
        assert bank.post(f"/invoices/{paid['id']}/cancel").json()["status"] == "voided"
        assert _act(bank, unpaid["id"], "pay").json()["reason"] == "already_voided"
        voids = [entry for entry in bank.get("/ledger").json()["entries"] if entry["act"] == "void"]
        assert [void["amountMinor"] for void in voids] == [0, 45000]


class TestBadInput:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"amountMinor": 0}, "amountMinor"),
            ({"amountMinor": -1}, "amountMinor"),
            ({"amountMinor": "450"}, "amountMinor"),
            ({"amountMinor": 1.5}, "amountMinor"),
            ({"amountMinor": True}, "amountMinor"),
            ({"currency": "eur"}, "currency"),
            ({"reference": ""}, "reference"),
            ({"token": None}, "token"),
            ({"kind": "crypto"}, "kind"),
            ({"cvv": "123"}, "cvv"),
        ],
    )
    def test_is_refused_field_by_field_and_changes_nothing(self, bank, changes, field):
        refused = bank.authorize(**changes)

        assert refused.status_code == 400
        assert [fault["field"] for fault in refused.json()["errors"]] == [field]
        assert bank.acts() == []

    @pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "\x00", "{}" * 10000])
    def test_is_a_clear_problem_whatever_is_sent(self, bank, text):
        headers = {"Idempotency-Key": str(uuid.uuid4())}

        refused = bank.http.post("/authorizations", content=text.encode(), headers=headers)

        assert refused.status_code in (400, 413)
        assert refused.headers["Content-Type"] == "application/problem+json"

    def test_leaves_the_key_usable(self, bank):
        assert bank.authorize(amountMinor=0, key="once").status_code == 400
        assert bank.authorize(key="once").status_code == 201

    def test_of_the_wrong_method_or_path_is_a_problem_too(self, bank):
        assert bank.http.delete("/ledger").json()["code"] == "method_not_allowed"
        assert bank.get("/nowhere").json()["code"] == "not_found"
        assert bank.post("/authorizations/bank_x/void").json()["code"] == "no_such_authorization"


class TestCardNumbers:
    def test_are_refused_and_leave_no_trace(self, bank, bank_settings, caplog):
        caplog.set_level(logging.DEBUG)

        refused = [
            bank.authorize(token=NUMBER),
            bank.authorize(reference=f"{NUMBER[:4]} {NUMBER[4:8]} {NUMBER[8:12]} {NUMBER[12:]}"),
            bank.authorize(number=int(NUMBER)),
            bank.authorize(key=NUMBER),
            bank.post(f"/authorizations/{NUMBER}/void"),
            bank.get(f"/authorizations?reference={NUMBER}"),
        ]

        assert [answer.status_code for answer in refused] == [400] * 6
        assert {answer.json()["code"] for answer in refused} == {"card_number"}
        for file in bank_settings.database.parent.glob("bank.db*"):
            assert NUMBER.encode() not in file.read_bytes()
        assert NUMBER not in "".join(
            record.getMessage() for record in caplog.records if record.name.startswith(("sandbox", "werkzeug"))
        )


class TestTheService:
    def test_says_what_it_is_and_that_it_lives(self, bank):
        assert bank.get("/").json()["tokens"].keys() == TOKENS.keys()
        assert bank.get("/healthz").json() == {"status": "ok"}

    def test_keeps_its_ledger_over_a_restart(self, bank_settings, bank):
        made = bank.authorize(key="before").json()

        with serving(bank_settings) as url:
            again = httpx.get(f"{url}/authorizations/{made['id']}").json()
            replayed = httpx.post(
                f"{url}/authorizations",
                json={
                    "reference": "pa_789",
                    "kind": "card",
                    "token": "tok_visa",
                    "amountMinor": 45000,
                    "currency": "EUR",
                },
                headers={"Idempotency-Key": "before"},
            )

        assert again == made
        assert replayed.json() == made
        assert bank.acts() == ["authorize"]

    def test_says_which_setting_is_missing(self, monkeypatch):
        monkeypatch.delenv("AEROSAGA_BANK_DATABASE", raising=False)

        with pytest.raises(SettingsError, match="AEROSAGA_BANK_DATABASE"):
            from_environment()

    def test_answers_503_when_its_file_cannot_be_used(self, tmp_path):
        app = web(BankSettings(database=tmp_path / "bank.db"))
        for file in tmp_path.glob("bank.db*"):
            file.unlink()
        (tmp_path / "bank.db").mkdir()

        answer = app.test_client().get("/ledger")

        assert (answer.status_code, json.loads(answer.data)["code"]) == (503, "try_again")

    def test_documents_every_token(self):
        page = Path(__file__).parents[3] / "docs" / "reference" / "sandbox.md"
        documented = page.read_text().split("## Tokens")[1].split("## Words")[0]

        assert {name for name in TOKENS if f"`{name}`" in documented} == TOKENS.keys()


def _act(bank, identifier, act):
    kind = "invoices" if act == "pay" else "authorizations"
    return bank.post(f"/{kind}/{identifier}/{act}", {"amountMinor": 45000} if act in ("capture", "refund") else None)

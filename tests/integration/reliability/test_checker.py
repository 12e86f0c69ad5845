"""The checker is checked: it finds nothing in a sound world, and every planted bug turns it red."""

from contextlib import suppress
from copy import deepcopy
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from aerosaga.invariants import INVARIANTS, Evidence, judge, overall, render
from booking_svc.service import ending, reserving, settling
from common import inbox
from payment_svc.provider import Answer, ProviderUnknown
from payment_svc.service import authorizing
from payment_svc.service import settling as payments
from tests.integration.reliability.planted import PLANTED
from tests.reliability.small_world import SmallWorld

CARD = {"kind": "card", "token": "tok_visa"}
PART = {**CARD, "amount": Decimal("20.00")}
DECLINED = {"kind": "card", "token": "tok_insufficient_funds"}
LOSES_THE_ANSWER = {"kind": "card", "token": "tok_timeout_after_success"}


def live(world: SmallWorld) -> None:
    """Let everything happen once that can."""
    world.book("12A")
    world.book("12B", "12C", payments=[PART, CARD])
    world.book("21A", payments=[DECLINED])
    world.book("21B", payments=[PART, DECLINED])
    world.book("22A", payments=[{"kind": "wallet", "token": world.wallet_with(2000)}])
    world.book("22B", payments=[PART, {"kind": "card", "token": "tok_expires_at_once"}])
    world.pay(world.book("23A", payments=[]))
    world.let_time_run_out(world.book("23B", payments=[]))
    world.refund(world.book("24A"))
    world.book("24B", payments=[LOSES_THE_ANSWER])


def red(evidence: Evidence) -> set[str]:
    """Return the invariants that something is wrong with."""
    return {each.invariant.name for each in judge(evidence) if each.verdict == "fail"}


@pytest.fixture
def lived(world: SmallWorld) -> SmallWorld:
    live(world)
    return world


@pytest.fixture(scope="module")
def kept() -> list[Evidence]:
    """Sound evidence, read once and copied for each plant."""
    return []


@pytest.fixture
def sound(request: pytest.FixtureRequest, kept: list[Evidence]) -> Evidence:
    if not kept:
        kept.append(request.getfixturevalue("lived").evidence())
    return deepcopy(kept[0])


class TestASoundWorld:
    def test_passes_every_invariant_and_leaves_none_unknown(self, sound):
        judgements = judge(sound)

        assert overall(judgements) == "pass", render(judgements)

    def test_stays_sound_however_often_its_events_are_delivered(self, world):
        world.request("12A")
        world.request("12B", payments=[PART, DECLINED])
        world.request("12C", payments=[PART, {"kind": "card", "token": "tok_expires_at_once"}])
        world.deliver(times=3)

        assert red(world.evidence()) == set()

    def test_in_which_too_little_happened_is_unknown(self, sound):
        judgements = judge(sound, floors={"I8": 10_000})

        assert overall(judgements) == "unknown"
        assert "I8: unknown, for it needs 10000 things to look at" in render(judgements)

    def test_in_which_nothing_happened_is_unknown_and_never_passes(self, world):
        verdicts = {each.invariant.name: each.verdict for each in judge(world.evidence())}

        assert verdicts["I8"] == verdicts["I24"] == verdicts["I11"] == "unknown"


class TestAPlantedRow:
    @pytest.mark.parametrize(("name", "plant"), PLANTED, ids=lambda value: getattr(value, "__name__", value))
    def test_turns_its_invariant_red(self, sound, name, plant):
        assert red(sound) == set()

        plant(sound)

        assert name in red(sound)

    def test_is_there_for_every_invariant(self):
        assert {name for name, _ in PLANTED} == set(INVARIANTS)


class TestAPlantedBug:
    """The code is broken as code gets broken, and what it does then is judged."""

    def test_no_unique_index_on_seats_and_no_look_before(self, world, monkeypatch):
        monkeypatch.setattr(reserving, "_refuse_taken", lambda *_, **__: None)
        columns = "departure_id BIGINT, seat_number TEXT, reservation_id BIGINT, state TEXT"
        with world.booking.engine.begin() as connection:
            connection.execute(text("DROP TABLE seat"))
            connection.execute(text(f"CREATE TABLE seat (id INTEGER PRIMARY KEY, {columns})"))

        world.book("12A")
        world.book("12A")

        assert "I1" in red(world.evidence())

    def test_a_consumer_that_skips_the_inbox(self, world, monkeypatch):
        monkeypatch.setattr(inbox, "first_times", lambda _session, *, events, handler: list(events))

        world.book("12A")

        assert "I16" in red(world.evidence())

    def test_a_consumer_that_acknowledges_before_its_commit_and_dies(self, world, monkeypatch):
        hear = world._hear
        monkeypatch.setattr(world, "_hear", lambda row: row.type == "ReservationConfirmed" or hear(row))

        world.book("12A")

        assert {"I10", "I16", "I24"} <= red(world.evidence())

    def test_a_provider_whose_silence_is_taken_for_a_no(self, world, monkeypatch):
        def believe(**asked):
            try:
                return ask(**asked)
            except ProviderUnknown:
                return Answer(outcome="declined", reason="timeout")

        # One ask, so that nobody asks again with the same key.
        world.bank._stop = lambda _state: True
        ask = world.bank.authorize
        monkeypatch.setattr(world.bank, "authorize", believe)

        world.book("12A", payments=[LOSES_THE_ANSWER])

        assert "I11" in red(world.evidence())

    def test_an_ask_that_is_repeated_under_a_new_key(self, world, monkeypatch):
        def ask_anew(**asked):
            with suppress(ProviderUnknown):
                return ask(**asked)
            return ask(**asked | {"key": f"{asked['key']}-again"})

        world.bank._stop = lambda _state: True
        ask = world.bank.authorize
        monkeypatch.setattr(world.bank, "authorize", ask_anew)

        with suppress(Exception):  # the token loses the first answer of every key
            world.book("12A", payments=[LOSES_THE_ANSWER])

        assert "I8" in red(world.evidence())

    def test_a_void_that_is_written_down_and_never_asked_for(self, world, monkeypatch):
        monkeypatch.setattr(payments, "_at_bank", lambda *_: None)

        world.book("12A", payments=[PART, DECLINED])

        assert "I11" in red(world.evidence())

    def test_a_capture_of_half_the_money(self, world, monkeypatch):
        capture = world.bank.capture
        monkeypatch.setattr(
            world.bank, "capture", lambda **asked: capture(**asked | {"amount_minor": asked["amount_minor"] // 2})
        )

        world.book("12A")

        assert "I9" in red(world.evidence())

    def test_a_confirmation_nobody_is_told_of(self, world, monkeypatch):
        record = settling.outbox.record
        monkeypatch.setattr(
            settling.outbox,
            "record",
            lambda session, *events: record(
                session, *(event for event in events if type(event).__name__ != "ReservationConfirmed")
            ),
        )

        world.book("12A")

        assert {"I7", "I10", "I24"} <= red(world.evidence())

    def test_seats_that_stay_when_their_reservation_fails(self, world, monkeypatch):
        monkeypatch.setattr(ending, "delete", lambda table: select(table))

        world.book("12A", payments=[DECLINED])

        assert {"I4", "I24"} <= red(world.evidence())

    def test_a_payment_that_counts_though_it_was_declined(self, world, monkeypatch):
        answer = Answer(outcome="authorized", provider_ref="bank_dream")
        monkeypatch.setattr(world.bank, "authorize", lambda **_: answer)
        monkeypatch.setattr(world.bank, "capture", lambda **_: Answer(outcome="captured", provider_ref="bank_dream"))

        world.book("12A", payments=[DECLINED])

        assert {"I9", "I10"} <= red(world.evidence())

    def test_an_answer_that_is_noted_twice(self, world, monkeypatch):
        def note_twice(session, known):
            payments = note(session, known)
            for payment in payments:
                authorizing.tell(session, authorizing._decide(payment, payment.status))
            return payments

        note = authorizing.note_answers
        monkeypatch.setattr(authorizing, "note_answers", note_twice)

        world.book("12A")

        assert "I17" in red(world.evidence())

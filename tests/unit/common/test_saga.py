"""A saga as data: which commands, in which order, with what hanging on them."""

import itertools
from datetime import UTC, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from celery import chord
from celery.canvas import _chain

from booking_svc.sagas import BOOK, CANCEL, DISRUPT, HOLD, SAGAS
from common import codec, saga

CORRELATION = uuid4()


def a_payload(*tokens):
    return {
        "correlationId": CORRELATION,
        "reservationId": 12345,
        "payments": [
            {
                "part": part,
                "amount": Decimal("225.00"),
                "currency": "USD",
                "paymentMethod": {"kind": "card", "token": token},
                "payBy": datetime(2026, 12, 1, 13, 30, tzinfo=UTC),
            }
            for part, token in enumerate(tokens, start=1)
        ],
    }


def forward(*tokens, attempt=1):
    return BOOK.forward(run_id=8, attempt=attempt, payload=a_payload(*tokens)).canvas()


def backward(made_of, *tokens):
    return made_of.backward(run_id=8, attempt=1, payload=a_payload(*tokens)).canvas()


def names(canvas):
    """Return the tasks of a canvas in order; those side by side as one tuple."""
    if isinstance(canvas, chord):
        return [tuple(task.task for task in canvas.tasks), canvas.body.task]
    return [link.task for link in links(canvas)]


def links(canvas):
    """Return the commands of a canvas in order."""
    if isinstance(canvas, chord):
        return [*canvas.tasks, canvas.body]
    return list(canvas.tasks) if isinstance(canvas, _chain) else [canvas]


def error_callbacks(canvas):
    """Return every error callback in a canvas, wherever it hangs."""
    return [
        callback
        for part in {id(p): p for p in [canvas, *links(canvas)]}.values()
        for callback in part.options.get("link_error", ())
    ]


class TestForward:
    def test_with_one_payment_is_a_chain(self):
        assert names(forward("tok_visa")) == ["payment_svc.authorize_payment", "booking_svc.confirm_reservation"]

    def test_with_several_payments_authorizes_side_by_side_and_confirms_once(self):
        assert names(forward("tok_visa", "tok_mastercard")) == [
            ("payment_svc.authorize_payment", "payment_svc.authorize_payment"),
            "booking_svc.confirm_reservation",
        ]

    def test_asks_each_payment_for_its_own_share(self):
        asked = [link.kwargs for link in links(forward("tok_visa", "tok_mastercard"))[:2]]

        assert [(one["part"], one["paymentMethod"]["token"]) for one in asked] == [
            (1, "tok_visa"),
            (2, "tok_mastercard"),
        ]

    @pytest.mark.parametrize("tokens", [("tok_visa",), ("tok_visa", "tok_mastercard")])
    def test_sends_each_command_to_its_service(self, tokens):
        queues = {link.task: link.options["queue"] for link in links(forward(*tokens))}

        assert queues == {
            "payment_svc.authorize_payment": "payment.commands",
            "booking_svc.confirm_reservation": "booking.commands",
        }

    def test_shows_flower_whose_command_it_is_and_no_token(self):
        shown = {link.options["kwargsrepr"] for link in links(forward("tok_visa", "tok_mastercard"))}

        assert shown == {f"{{'correlationId': '{CORRELATION}'}}"}

    @pytest.mark.parametrize("tokens", [("tok_visa",), ("tok_visa", "tok_mastercard")])
    def test_lets_only_the_last_step_hear_what_the_others_answered(self, tokens):
        assert [link.immutable for link in links(forward(*tokens))] == [True] * len(tokens) + [False]

    @pytest.mark.parametrize("tokens", [("tok_visa",), ("tok_visa", "tok_mastercard")])
    def test_hangs_one_immutable_callback_on_the_whole_canvas(self, tokens):
        canvas = forward(*tokens)

        (turn,) = error_callbacks(canvas)

        assert (turn.task, turn.immutable, turn.options["queue"]) == (
            "booking_svc.rewind_saga",
            True,
            "booking.commands",
        )
        assert turn.kwargs == {"run_id": 8, "task_ids": [link.options["task_id"] for link in links(canvas)]}

    @pytest.mark.parametrize("tokens", [("tok_visa",), ("tok_visa", "tok_mastercard")])
    def test_tells_the_names_of_the_tasks_step_by_step(self, tokens):
        told = BOOK.tasks(run_id=8, attempt=1, payload=a_payload(*tokens), back=False)

        assert [len(ids) for ids in told] == [0, len(tokens), 1]
        assert list(itertools.chain(*told)) == [link.options["task_id"] for link in links(forward(*tokens))]

    def test_tells_the_names_of_its_undos_step_by_step(self):
        told = BOOK.tasks(run_id=8, attempt=1, payload=a_payload("tok_visa", "tok_mastercard"), back=True)

        assert [len(ids) for ids in told] == [1, 2, 0]
        sent = links(backward(BOOK, "tok_visa", "tok_mastercard"))
        assert [*told[1], *told[0]] == [link.options["task_id"] for link in sent]

    def test_tells_no_names_while_it_waits(self):
        assert HOLD.tasks(run_id=8, attempt=1, payload=a_payload(), back=False) == [[], [], []]

    def test_names_the_tasks_of_each_attempt_anew(self):
        first, second = ({link.options["task_id"] for link in links(forward("tok_visa", attempt=n))} for n in (1, 2))

        assert len(first | second) == 4

    def test_carries_the_trace_of_the_request(self):
        traces = {link.options["headers"]["traceparent"].split("-")[1] for link in links(forward("tok_visa"))}

        assert traces == {CORRELATION.hex}

    @pytest.mark.parametrize(("tokens", "kind"), [(("tok_visa",), "chain"), (("tok_visa", "tok_mastercard"), "chord")])
    def test_can_be_written_as_json(self, tokens, kind):
        assert codec.loads(codec.dumps(forward(*tokens)))["task"] == f"celery.{kind}"

    def test_of_a_hold_is_its_confirmation_but_not_before_its_payment(self):
        first, second = (HOLD.forward(run_id=8, attempt=attempt, payload=a_payload()) for attempt in (1, 2))

        assert first.links == []
        assert names(second.canvas()) == ["booking_svc.confirm_reservation"]

    def test_of_a_hold_alone_waits_for_an_event_first(self):
        assert [made.name for made in SAGAS.values() if made.waits] == ["hold"]


class TestBackward:
    def test_undoes_the_last_step_first_and_every_payment(self):
        canvas = backward(BOOK, "tok_visa", "tok_mastercard")

        assert names(canvas) == ["payment_svc.void_payment", "payment_svc.void_payment", "booking_svc.release_seats"]
        assert [link.kwargs.get("part") for link in links(canvas)] == [1, 2, None]

    def test_needs_no_answer_of_any_step(self):
        assert all(link.immutable for link in links(backward(BOOK, "tok_visa")))

    def test_hangs_no_callback_anywhere(self):
        assert error_callbacks(backward(BOOK, "tok_visa", "tok_mastercard")) == []

    def test_of_a_hold_releases_the_seats(self):
        assert names(backward(HOLD)) == ["booking_svc.release_seats"]


class TestSagas:
    @pytest.mark.parametrize("one", [BOOK, HOLD], ids=["book", "hold"])
    def test_end_at_a_pivot_that_has_no_undo(self, one):
        assert one.steps[-1].does == "confirm reservation"
        assert one.steps[-1].undo is None

    @pytest.mark.parametrize("one", [CANCEL, DISRUPT], ids=["cancel", "disrupt"])
    def test_that_begin_at_their_pivot_only_go_forward(self, one):
        assert one.steps[0].do is None
        assert not [step for step in one.steps if step.undo]

    @pytest.mark.parametrize("one", [BOOK, HOLD], ids=["book", "hold"])
    def test_undo_every_step_that_does_something_before_the_pivot(self, one):
        assert all(step.undo for step in one.steps[:-1] if step.do or step.does == "hold seats")


class TestForwardOnly:
    def test_refunds_each_payment_side_by_side_and_then_closes(self):
        payments = [{"part": part, "amount": 1, "currency": "USD", "reason": "cancelled"} for part in (1, 2)]
        payload = {"correlationId": CORRELATION, "reservationId": 7, "payments": payments}

        canvas = CANCEL.forward(run_id=8, attempt=1, payload=payload).canvas()

        assert names(canvas) == [
            ("payment_svc.refund_payment", "payment_svc.refund_payment"),
            "booking_svc.close_cancellation",
        ]
        assert error_callbacks(canvas) == []

    def test_of_an_empty_aircraft_only_reports(self):
        payload = {"correlationId": CORRELATION, "departureId": 17, "batches": []}

        assert names(DISRUPT.forward(run_id=8, attempt=1, payload=payload).canvas()) == ["booking_svc.close_disruption"]


class TestOrder:
    @pytest.mark.parametrize("tokens", [("tok_visa",), ("tok_visa", "tok_mastercard")])
    def test_that_the_broker_does_not_take_is_left_to_the_sweep(self, monkeypatch, caplog, tokens):
        def refuse(*_args, **_options):
            raise ConnectionError("the broker is away")

        monkeypatch.setattr("celery.Celery.send_task", refuse)
        monkeypatch.setattr("celery.canvas.Signature.apply_async", refuse)
        monkeypatch.setattr("celery.canvas._chord.apply_async", refuse)
        order = saga.Order(saga="book", run_id=8, attempt=1, back=False, payload=a_payload(*tokens))

        assert order.send(SAGAS) is False
        assert "the sweep will: the broker is away" in caplog.text

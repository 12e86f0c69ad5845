"""What is still to come for a reservation."""

from decimal import Decimal

from common.stories import Story, to_come
from tests.unit.aerosaga.stories import BOOK_STEPS, HOLD_STEPS, at, authorized, entry, event, saga, story, wire

HELD = entry(0, "booking", "step", "hold seats", seats=["12A"])
TWO_PAYMENTS = [BOOK_STEPS[0], {**BOOK_STEPS[1], "times": 2}, BOOK_STEPS[2]]


def kinds_and_words(told: Story) -> list[tuple[str, str]]:
    return [(coming.kind, coming.what) for coming in to_come(told)]


def words(told: Story, kind: str) -> list[str]:
    return [what for each, what in kinds_and_words(told) if each == kind]


class TestARunningBooking:
    def test_has_the_steps_to_come_that_were_not_done(self):
        told = story(HELD, sagas=[saga()])

        assert words(told, "step") == ["authorize payment", "confirm reservation"]

    def test_tells_how_many_of_several_payments_are_missing(self):
        answered = entry(0.1, "payment", "step", "authorize payment", part=1, outcome="authorized")

        told = story(HELD, answered, sagas=[saga(steps=TWO_PAYMENTS)])

        assert words(told, "step") == ["authorize payment (1 of 2 missing)", "confirm reservation"]

    def test_does_not_count_a_payment_that_failed_as_done(self):
        refused = entry(0.1, "payment", "step", "authorize payment", part=1, outcome="failed")

        told = story(HELD, refused, sagas=[saga()])

        assert "authorize payment" in words(told, "step")

    def test_waits_for_somebody_to_pay_an_open_invoice(self):
        invoice = entry(0.1, "payment", "step", "authorize payment", part=1, outcome="open")

        told = story(HELD, invoice, sagas=[saga()])

        assert words(told, "step") == ["somebody has to pay the invoice of payment 1", "confirm reservation"]

    def test_is_looked_at_by_a_sweep_and_turns_back_at_its_deadline(self):
        clock = [coming for coming in to_come(story(HELD, sagas=[saga()])) if coming.kind == "clock"]

        assert [coming.at for coming in clock] == [at(3), at(120)]
        assert "void payment, release seats" in clock[-1].what

    def test_is_not_told_twice_about_a_sweep_that_comes_with_the_deadline(self):
        told = story(HELD, sagas=[saga(wakeAt=wire(at(120)))])

        assert len(words(told, "clock")) == 1


class TestAHold:
    def test_waits_for_its_price(self):
        told = story(HELD, sagas=[saga(steps=HOLD_STEPS)])

        assert words(told, "step") == ["await payment of 450.00 USD", "confirm reservation"]

    def test_waits_for_the_rest_once_a_part_is_paid(self):
        told = story(HELD, authorized(1, amount=Decimal("100.00")), sagas=[saga(steps=HOLD_STEPS)])

        assert words(told, "step") == ["await payment of 350.00 USD", "confirm reservation"]


class TestABookingOnItsWayBack:
    def test_has_every_undo_to_come_last_step_first(self):
        told = story(HELD, sagas=[saga(state="rewinding")])

        assert words(told, "undo") == ["void payment", "release seats"]

    def test_has_only_the_undos_to_come_that_are_not_done(self):
        voided = entry(1, "payment", "step", "void payment", part=1)

        told = story(HELD, voided, sagas=[saga(state="rewinding")])

        assert words(told, "undo") == ["release seats"]

    def test_is_looked_at_again_by_a_sweep(self):
        told = story(HELD, sagas=[saga(state="rewinding")])

        assert words(told, "clock") == ["a sweep looks, and sends again the undos that are not done"]


class TestAFinalReservation:
    def test_has_nothing_to_come_when_all_is_published_heard_and_captured(self):
        told = story(
            HELD,
            event(0, "booking", "ReservationInitiated"),
            entry(0.3, "payment", "heard", "ReservationInitiated", by="note_initiated"),
            authorized(0.4),
            entry(0.7, "booking", "heard", "PaymentAuthorized", by="note_authorized"),
            event(0.5, "booking", "ReservationConfirmed"),
            entry(0.8, "payment", "heard", "ReservationConfirmed", by="note_confirmed"),
            event(1, "payment", "PaymentCaptured", authId="pa_1", part=1),
            sagas=[saga(state="finished", wakeAt=None)],
            status="confirmed",
        )

        assert to_come(told) == []

    def test_has_its_authorized_payments_captured_when_it_is_confirmed(self):
        told = story(authorized(0), status="confirmed", sagas=[saga(state="finished", wakeAt=None)])

        assert words(told, "settle") == ["capture 450.00 USD (pa_1)"]

    def test_has_its_authorized_payments_voided_when_it_failed(self):
        told = story(authorized(0), status="failed", sagas=[saga(state="rewound", wakeAt=None)])

        assert words(told, "settle") == ["void 450.00 USD (pa_1)"]

    def test_promises_nothing_about_payments_when_payment_svc_is_silent(self):
        told = story(authorized(0), status="confirmed", silent=["payment"])

        assert words(told, "settle") == []


class TestMessages:
    def test_are_published_by_their_owner_when_the_relay_comes(self):
        told = story(event(0, "booking", "ReservationConfirmed", published=False))

        assert ("publish", "publish ReservationConfirmed") in kinds_and_words(told)

    def test_are_heard_by_every_subscriber_that_has_not_yet(self):
        told = story(authorized(0, part=1), authorized(0, part=2))

        assert words(told, "hear") == ["hear PaymentAuthorized", "hear PaymentAuthorized"]

    def test_are_heard_once_for_each_event_however_many_handlers_there_are(self):
        told = story(
            authorized(0),
            entry(1, "booking", "heard", "PaymentAuthorized", by="note_authorized"),
            entry(1, "booking", "heard", "PaymentAuthorized", by="tell_the_traveller"),
        )

        assert words(told, "hear") == []

    def test_are_not_awaited_by_a_service_that_could_not_be_asked(self):
        told = story(authorized(0), silent=["booking"])

        assert words(told, "hear") == []


class TestASagaThatOnlyGoesForward:
    STEPS = (
        {"does": "cancel reservation", "undoes": None, "times": 1},
        {"does": "refund payment", "undoes": None, "times": 1},
        {"does": "close cancellation", "undoes": None, "times": 1},
    )

    def test_has_the_steps_to_come_that_were_not_done_and_its_next_look(self):
        done = entry(0, "booking", "step", "cancel reservation")

        told = story(done, sagas=[saga(steps=self.STEPS, saga="cancel", state="completing", wakeAt=wire(at(9)))])

        assert words(told, "step") == ["refund payment", "close cancellation"]
        assert words(told, "clock") == ["a sweep looks, and sends again what shows no progress"]

    def test_needs_no_reservation(self):
        steps = [{"does": "report", "undoes": None, "times": 1}]
        told = Story(reservation={}, entries=[], sagas=[saga(steps=steps, saga="disrupt", state="completing")])

        assert words(told, "step") == ["report"]

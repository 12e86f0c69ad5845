"""Nothing is said to nobody, and nobody waits for what nobody says."""

import ast

import pytest

from common.contracts.registry import inventory, usage
from common.contracts.subscriptions import SERVICES, SUBSCRIPTIONS
from common.messages import Command


@pytest.fixture(scope="module")
def makers():
    return usage.makers()


@pytest.fixture(scope="module")
def hearers():
    return usage.hearers()


@pytest.fixture(scope="module")
def doors():
    return usage.doors()


every_event = pytest.mark.parametrize("event", inventory.events(), ids=inventory.title)
every_command = pytest.mark.parametrize("command", inventory.commands(), ids=inventory.title)


class TestEvents:
    @every_event
    def test_are_published_by_their_owner_and_by_nobody_else(self, event, makers):
        assert {place.service for place in makers.get(event, [])} == {inventory.owner(event)}

    @every_event
    def test_are_heard_by_somebody_or_say_why_not(self, event, hearers):
        assert bool(hearers.get(event)) != (inventory.name(event) in usage.UNHEARD)

    @every_event
    def test_are_heard_by_exactly_those_who_subscribed(self, event, hearers):
        subscribers = {service for service, heard in SUBSCRIPTIONS.items() if event in heard}

        assert {place.service for place in hearers.get(event, [])} == subscribers

    @every_event
    def test_do_something_where_they_are_heard_and_it_is_said_what(self, event, hearers):
        assert all(place.does for place in hearers.get(event, []))


class TestSubscriptions:
    @pytest.mark.parametrize("service", SUBSCRIPTIONS)
    def test_are_to_events_that_somebody_publishes(self, service, makers):
        assert [event for event in SUBSCRIPTIONS[service] if not makers.get(event)] == []

    def test_are_those_of_services_there_are(self):
        assert set(SUBSCRIPTIONS) <= set(SERVICES)


class TestUnheard:
    def test_names_only_events_there_are_and_gives_a_reason_for_each(self):
        assert set(usage.UNHEARD) <= {inventory.name(event) for event in inventory.events()}
        assert all(usage.UNHEARD.values())


class TestCommands:
    @every_command
    def test_are_accepted_by_a_task_of_their_owner(self, command, doors):
        assert doors[command.task].service == inventory.owner(command)

    @every_command
    def test_are_sent_by_somebody_or_say_why_not(self, command):
        assert bool(usage.senders()[command]) != (inventory.name(command) in usage.UNSENT)

    def test_know_their_step_in_a_saga(self):
        [authorize] = [command for command in inventory.commands() if command.__name__ == "PaymentAuthorizeRequested"]

        assert usage.saga_steps()[authorize] == [
            usage.SagaStep(service="booking", saga="book", does="authorize payment", back=False)
        ]


class TestSearch:
    """What the search for makers takes for one, on code written for it."""

    IMPORTS = (
        "from common import contracts\n"
        "from common.contracts import payment as paying\n"
        "from common.contracts.booking import SeatHeld, SeatReleased as Freed\n"
    )

    def found(self, code):
        known = inventory.by_code_name()
        return sorted({told for told in usage._made_in(ast.parse(self.IMPORTS + code)) if told[0] in known})

    @pytest.mark.parametrize(
        ("code", "cls"),
        [
            ("def hold(): outbox.record(session, SeatHeld(seat=1))", "booking.SeatHeld"),
            ("def hold(): outbox.record(session, *(SeatHeld(seat=n) for n in seats))", "booking.SeatHeld"),
            ("def hold(): return Freed(seat=1)", "booking.SeatReleased"),
            ("def hold(): return paying.PaymentVoided()", "payment.PaymentVoided"),
            ("def hold(): return contracts.payment.PaymentVoided()", "payment.PaymentVoided"),
        ],
    )
    def test_finds_what_a_function_makes(self, code, cls):
        assert (f"common.contracts.{cls}", "hold", True) in self.found(code)

    def test_finds_a_class_that_is_handed_on(self):
        assert self.found("def hold(): tell(SeatHeld, seat=1)") == [
            ("common.contracts.booking.SeatHeld", "hold", False)
        ]

    def test_finds_methods(self):
        assert ("common.contracts.booking.SeatHeld", "Seats.hold", True) in self.found(
            "class Seats:\n    def hold(self): return SeatHeld()"
        )

    @pytest.mark.parametrize(
        "code",
        [
            "def note(event: SeatHeld) -> Freed: pass",
            "def note(event):\n    known: SeatHeld = event",
            "def note(event): return isinstance(event, SeatHeld)",
            "def note(event): return event.type == SeatHeld.__name__",
            "HANDLERS = {SeatHeld: [note]}",
            "@accepts(SeatHeld)\ndef note(event): pass",
            "def note(event): return SeatTaken()",
        ],
    )
    def test_leaves_out_who_only_speaks_of_it(self, code):
        assert self.found(code) == []


class TestInventory:
    def test_has_no_class_that_only_others_are_made_of(self):
        names = {cls.__name__ for cls in inventory.messages()}

        assert "PaymentCaptured" in names
        assert not names & {"PaymentEvent", "PaymentCommand", "SeatEvent", "ReservationEvent", "Event", "Command"}

    def test_has_every_subscription_and_every_command_that_is_sent_or_accepted(self, doors):
        messages = set(inventory.messages())

        assert {event for heard in SUBSCRIPTIONS.values() for event in heard} <= messages
        assert set(usage.saga_steps()) <= messages
        assert {cls for cls in messages if issubclass(cls, Command)} == set(inventory.commands())

    def test_has_no_two_contracts_of_one_name(self):
        names = [inventory.name(cls) for cls in inventory.messages()]

        assert len(names) == len(set(names))

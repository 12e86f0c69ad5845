"""One service is put back to an older backup: it is brought to what the others know, and every difference is listed."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from aerosaga.invariants import judge
from booking_svc.domain.reservations import SeatTaken
from booking_svc.models import Reservation, Seat
from booking_svc.service import cancelling
from common import codec
from common.auth import INSTALLATION
from common.outbox import outbox
from flight_svc.models import Departure
from notification_svc.models import Itinerary
from payment_svc.models import Payment, Refund
from tests.reliability.restoring import Backup
from tests.reliability.small_world import SmallWorld


@pytest.fixture
def backup(world: SmallWorld, tmp_path: Path) -> Backup:
    """Taken when 12A was booked and paid, and 12B was held."""
    world.kept = world.book("12A")
    world.held = world.book("12B", payments=[])
    return Backup(world, tmp_path / "backup")


def status(world, reservation) -> str | None:
    return world.booking.read(
        lambda session: session.scalar(select(Reservation.status).where(Reservation.id == reservation.id))
    )


def seats(world) -> Mapping[str, int]:
    rows = select(Seat.seat_number, Seat.reservation_id)
    return dict(world.booking.read(lambda session: session.execute(rows).all()))


def payment_of(world, reservation) -> Payment | None:
    wanted = select(Payment).where(Payment.reservation_id == reservation.id)
    return world.payment.read(lambda session: session.scalar(wanted))


def cancel(world, reservation) -> None:
    who = {"caller": INSTALLATION, "locator": reservation.locator, "token": ""}
    quote = world.booking.read(cancelling.quote, **who)
    _, order = world.booking.write(cancelling.cancel, **who, quote=quote.name)
    world.carry_on(order)
    world.deliver()


def about(found, reservation) -> list[Any]:
    return [each for each in found if each.subject == f"reservation {reservation.id}"]


def sound(world) -> list[str]:
    """Return what is broken, by the invariants."""
    return [said for each in judge(world.evidence()) for said in each.violations]


class TestBooking:
    def test_gets_back_a_reservation_that_was_made_since_with_number_locator_and_seat(self, world, backup):
        lost = world.book("14C")

        found = backup.restore("booking")
        world.deliver()

        assert status(world, lost) == "confirmed"
        assert seats(world)["14C"] == lost.id
        (difference,) = about(found, lost)
        assert difference.healed == f"made again as {lost.locator}, confirmed"
        assert sound(world) == []

    def test_does_not_sell_its_seat_again(self, world, backup):
        world.book("14C")
        backup.restore("booking")

        with pytest.raises(SeatTaken):
            world.request("14C")

    def test_gives_no_number_out_twice(self, world, backup):
        lost = world.book("14C")
        backup.restore("booking")

        assert world.book("14D").id > lost.id

    def test_confirms_a_hold_that_was_paid_since(self, world, backup):
        world.pay(world.held)
        world.deliver()

        found = backup.restore("booking")
        world.deliver()

        assert status(world, world.held) == "confirmed"
        assert "pending when the backup was made, and confirmed" in about(found, world.held)[0].what
        assert sound(world) == []

    def test_frees_the_seat_of_what_was_cancelled_since(self, world, backup):
        cancel(world, world.kept)

        found = backup.restore("booking")
        world.deliver()

        assert status(world, world.kept) == "cancelled"
        assert "12A" not in seats(world)
        assert about(found, world.kept)[0].healed == "cancelled, as everybody was told"
        assert sound(world) == []

    def test_fails_what_ran_out_since(self, world, backup):
        world.let_time_run_out(world.held)

        backup.restore("booking")
        world.deliver()

        assert status(world, world.held) == "failed"
        assert "12B" not in seats(world)
        assert sound(world) == []

    def test_gives_all_money_back_for_what_nobody_knows_the_travellers_of(self, world, backup):
        lost = world.book("14C")
        forget = delete(Itinerary).where(Itinerary.reservation_id == lost.id)
        world.databases["notification"].write(lambda session: session.execute(forget) and None)

        found = backup.restore("booking")
        world.deliver()

        world.deliver()

        assert status(world, lost) == "cancelled"
        assert payment_of(world, lost).status == "refunded"
        (difference,) = about(found, lost)
        assert "all of its money goes back" in difference.healed
        assert difference.todo == "offer the traveller another seat"

    def test_says_what_was_sold_or_numbered_again_before_it_was_reconciled(self, world, backup):
        first, lost = world.book("14D"), world.book("14C")
        backup.put_back("booking")
        second = world.request("14C", payments=[])

        found = backup.reconcile("booking")
        world.deliver()

        world.deliver()

        assert seats(world)["14C"] == second.id
        assert payment_of(world, lost).status == "refunded"
        assert "is somebody else's by now" in about(found, lost)[0].healed
        assert "its number is that of" in about(found, first)[0].what
        assert about(found, first)[0].todo == "call both travellers; refund one of them"

    def test_has_its_events_again_under_their_ids(self, world, backup):
        world.book("14C")
        ids = select(outbox.c.event_id)
        before = set(world.booking.read(lambda session: session.scalars(ids).all()))

        backup.restore("booking")

        assert set(world.booking.read(lambda session: session.scalars(ids).all())) >= before

    def test_finds_nothing_when_it_is_done_again(self, world, backup):
        world.book("14C")
        world.pay(world.held)
        world.deliver()
        backup.restore("booking")
        world.deliver()

        assert backup.reconcile("booking") == []

    def test_that_lost_nothing_differs_in_nothing(self, world, backup):
        assert backup.restore("booking") == []


class TestPayment:
    def test_takes_in_a_payment_that_was_made_since(self, world, backup):
        lost = world.book("14C")
        was = payment_of(world, lost)

        found = backup.restore("payment")
        world.deliver()

        now = payment_of(world, lost)
        assert (now.auth_id, now.status, now.amount_minor) == (was.auth_id, "captured", was.amount_minor)
        assert [each.healed for each in found if each.subject == f"payment {was.auth_id}"] == ["taken in, captured"]
        assert sound(world) == []

    def test_writes_down_what_was_captured_since(self, world, backup):
        world.pay(world.held)
        world.deliver()

        backup.restore("payment")
        world.deliver()

        assert payment_of(world, world.held).status == "captured"
        assert sound(world) == []

    def test_writes_down_what_was_given_back_since_and_gives_nothing_back_twice(self, world, backup):
        world.refund(world.kept)

        found = backup.restore("payment")
        world.deliver()

        assert payment_of(world, world.kept).status == "refunded"
        refunds = world.payment.read(lambda session: session.scalars(select(Refund.amount_minor)).all())
        assert refunds == [payment_of(world, world.kept).amount_minor]
        assert any("gave" in each.what for each in found)

    def test_lets_go_at_the_provider_of_what_nobody_knows(self, world, backup):
        money = {"amount_minor": 4711, "currency": "USD"}
        made = world.bank.authorize(key="nobodys", reference="pa_nobodys", kind="card", token="tok_visa", **money)

        found = backup.restore("payment")

        assert world.bank.look_up(provider_ref=made.provider_ref).outcome == "voided"
        assert [(each.subject, each.healed) for each in found] == [("payment pa_nobodys", "let go at the provider")]

    def test_gives_back_at_the_provider_what_was_taken_for_nobody(self, world, backup):
        money = {"amount_minor": 4711, "currency": "USD"}
        made = world.bank.authorize(key="nobodys", reference="pa_nobodys", kind="card", token="tok_visa", **money)
        world.bank.capture(key="nobodys-capture", provider_ref=made.provider_ref, amount_minor=4711)

        found = backup.restore("payment")

        assert world.bank.look_up(provider_ref=made.provider_ref).refunded_minor == 4711
        assert found[0].healed == "given back at the provider"

    def test_says_what_a_wallet_paid_and_cannot_be_found_out(self, world, backup):
        wallet = world.wallet_with(1000)
        lost = world.book("14C", payments=[{"kind": "wallet", "token": wallet}])

        found = backup.restore("payment")

        (told,) = [each for each in found if each.subject.startswith("payment pa_") and each.todo]
        assert f"for reservation {lost.id}" in told.what
        assert "it was a wallet's" in told.todo

    def test_finds_nothing_when_it_is_done_again(self, world, backup):
        world.book("14C")
        world.refund(world.kept)
        backup.restore("payment")
        world.deliver()

        assert backup.reconcile("payment") == []


class TestFlight:
    def test_gets_back_a_departure_that_is_sold_elsewhere_with_its_number(self, world, backup):
        # The small world's departure was told and is in no table of flight_svc: as if made after the backup.
        found = backup.restore("flight")

        made = world.databases["flight"].read(lambda session: session.get(Departure, 17))
        assert (made.flight.airline, made.flight.flight_number) == ("AA", 3003)
        assert [(each.subject, each.healed) for each in found] == [("departure 17", "made again")]
        assert backup.reconcile("flight") == []


class TestTheProcess:
    def test_that_sees_one_database_reads_what_was_told_and_writes_the_differences(self, world, backup):
        lost = world.book("14C")
        backup.put_back("booking")

        done = subprocess.run(
            [sys.executable, "-m", "common.restoring.running", "booking", "restored"],
            input=codec.dumps(backup.told("booking")).encode(),
            env={name: value for name, value in os.environ.items() if "_DATABASE_URL" not in name}
            | {"AEROSAGA_BOOKING_DATABASE_URL": str(world.booking.engine.url)},
            cwd=Path(__file__).resolve().parents[3],
            capture_output=True,
            timeout=120,
            check=True,
        )

        assert f"reservation {lost.id}" in [each["subject"] for each in codec.loads(done.stdout)]
        assert status(world, lost) == "confirmed"


class TestEveryService:
    @pytest.mark.parametrize("service", ["airline", "fare", "notification", "auditor", "auth"])
    def test_hears_again_what_it_had_heard_since(self, world, backup, service):
        world.book("14C")

        found = backup.restore(service)
        world.deliver()

        assert all(each.healed or each.todo for each in found)
        if service in {"notification", "auditor"}:
            assert any(each.healed == "heard now" for each in found)
        assert sound(world) == []

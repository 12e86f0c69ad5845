"""Guests: a code by mail opens a reservation, guesses are limited, and nothing tells whether there is one to guess."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from booking_svc.domain import access_codes
from booking_svc.domain.reservations import ReservationNotFound
from booking_svc.models import AccessAttempt, AccessCode, CodeRequest
from booking_svc.service import guests
from common.auth import opened_by
from common.columns import now
from common.contracts.notification import AccessCodeMailRequested
from common.db import Database
from common.errors import TooOften
from common.sending import NotSent
from tests.together import together

HERE, ELSEWHERE = "192.0.2.7", "192.0.2.8"


@dataclass
class Door:
    """The door of guests to one reservation, and the mails that went out."""

    database: Database
    locator: str
    sent: list[AccessCodeMailRequested] = field(default_factory=list)

    def ask(self, *, last_name: str = "lovelace 12a", locator: str | None = None, address: str = HERE) -> None:
        """Ask for a code."""
        facts = {"last_name": last_name, "address": address, "correlation_id": uuid4()}
        guests.ask_for_code(self.database, locator=locator or self.locator, **facts)

    def sweep(self) -> None:
        """Do what beat asks for each second."""
        guests.mail_codes(self.database, self.sent.append)

    def code(self) -> str:
        """Ask for a code and return it, as it was mailed."""
        self.ask()
        self.sweep()
        return self.sent[-1].code

    def enter(self, code: str, **changes: Any) -> str:
        """Try a code."""
        facts = {"locator": self.locator, "last_name": "Lovelace-12A", "code": code, "address": HERE}
        return guests.open_by_code(self.database, **facts | changes)

    def count(self, table: Any) -> int:
        """Return the number of rows of a table."""
        return self.database.read(lambda session: session.scalar(select(func.count()).select_from(table)))


@pytest.fixture
def door(booking):
    made, _ = booking.request("12A")
    return Door(booking.database, made.locator)


def wrong(code):
    return f"{(int(code) + 1) % 10**6:06d}"


class TestAskForCode:
    def test_mails_one_to_the_contact_in_their_language(self, door):
        door.ask()
        door.sweep()

        (mail,) = door.sent
        assert (mail.email, mail.language, mail.locator) == ("ada@example.org", "en", door.locator)
        assert access_codes.VALID_SECONDS == 600

    @pytest.mark.parametrize(
        "wish", [{"last_name": "Byron"}, {"locator": "222222"}, {"locator": "no locator"}], ids=str
    )
    def test_mails_nothing_to_strangers_and_leaves_the_same_behind(self, door, wish):
        door.ask(**wish)
        rows = door.count(CodeRequest), door.count(AccessAttempt)
        door.sweep()

        assert rows == (1, 1)
        assert (door.sent, door.count(AccessCode), door.count(CodeRequest)) == ([], 0, 0)

    def test_mails_only_so_many_an_hour_for_one_reservation(self, door):
        for number in range(access_codes.MOST_AN_HOUR + 2):
            door.ask(address=f"198.51.100.{number}")
        door.sweep()

        assert len(door.sent) == access_codes.MOST_AN_HOUR

    def test_is_refused_to_an_address_that_asks_too_often(self, door):
        for _ in range(access_codes.MOST_OF_ADDRESS):
            door.ask(locator="222222")

        with pytest.raises(TooOften) as refusal:
            door.ask()
        assert 0 < refusal.value.retry_after <= access_codes.WINDOW_SECONDS
        door.ask(address=ELSEWHERE)

    def test_is_made_good_when_the_broker_was_away(self, door):
        def fail(_):
            raise NotSent("away")

        door.ask()
        with pytest.raises(NotSent):
            guests.mail_codes(door.database, fail)
        door.sweep()

        assert opened_by(door.enter(door.sent[0].code))


class TestOpenByCode:
    def test_gives_the_access_token_of_the_reservation_once(self, door):
        code = door.code()

        opened = opened_by(door.enter(code))

        assert opened is not None and opened.locator == door.locator
        with pytest.raises(ReservationNotFound):
            door.enter(code)

    def test_takes_the_name_without_case_accents_and_hyphens(self, door):
        assert door.enter(door.code(), last_name="LOVELÁCE 12a")

    def test_refuses_everything_else_alike(self, door):
        code = door.code()
        said = set()
        for changes in ({"code": wrong(code)}, {"last_name": "Byron"}, {"locator": "222222"}, {"locator": "x" * 60}):
            with pytest.raises(ReservationNotFound) as refusal:
                door.enter(**{"code": code} | changes)
            said.add((refusal.value.detail, str(refusal.value.extra)))

        assert len(said) == 1

    def test_takes_the_newest_code_only(self, door):
        first, second = door.code(), door.code()

        with pytest.raises(ReservationNotFound):
            door.enter(first)
        assert door.enter(second)

    def test_refuses_a_code_that_is_over(self, door):
        code = door.code()
        door.database.write(lambda session: session.execute(update(AccessCode).values(expires_at=now(seconds=-1))))

        with pytest.raises(ReservationNotFound):
            door.enter(code)

    def test_voids_a_code_after_five_wrong_tries(self, door):
        code = door.code()
        for _ in range(access_codes.MOST_TRIES):
            with pytest.raises(ReservationNotFound):
                door.enter(wrong(code))

        with pytest.raises(ReservationNotFound):
            door.enter(code)

    def test_limits_guesses_at_one_reservation_from_wherever_they_come(self, door):
        for number in range(access_codes.MOST_OF_LOCATOR):
            with pytest.raises(ReservationNotFound):
                door.enter("000000", address=f"198.51.100.{number}")

        with pytest.raises(TooOften):
            door.enter("000000", address="198.51.100.99")

    def test_limits_guesses_from_one_address_at_whatever_reservation(self, door):
        for number in range(access_codes.MOST_OF_ADDRESS):
            with pytest.raises(ReservationNotFound):
                door.enter("000000", locator=f"22222{number % 8 + 2}{number}"[-6:])

        with pytest.raises(TooOften):
            door.enter("000000", locator="333333")
        assert door.enter(door.code(), address=ELSEWHERE)

    def test_counts_guesses_that_come_at_once(self, door):
        code = door.code()

        def guess():
            try:
                door.enter(wrong(code))
            except (ReservationNotFound, TooOften) as refusal:
                return type(refusal)

        together(*[guess] * 8)

        with pytest.raises(ReservationNotFound):
            door.enter(code)


def test_old_attempts_and_codes_are_forgotten(door):
    door.enter(door.code())

    door.database.write(guests.prune, keep=timedelta(seconds=-1), limit=100)

    assert (door.count(AccessAttempt), door.count(AccessCode)) == (0, 0)

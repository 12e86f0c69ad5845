"""What travellers find in their mailbox, from the running system over its real mail server."""

import re
from uuid import uuid4

import httpx
import pytest

from tests.stack import Json, Stack, read


@pytest.fixture
def email() -> str:
    """An address that no other test writes to."""
    return f"ada-{uuid4().hex[:8]}@example.org"


def mails(stack: Stack, email: str) -> list[Json]:
    """Return the mails to an address, newest first."""
    found = httpx.get(f"{stack.urls['mailbox']}/mails", params={"to": email}, trust_env=False).json()
    return list(found)


def wait_for(stack: Stack, email: str, subject: str) -> Json:
    """Wait for a mail whose subject begins so, and return it with its parts."""

    def look() -> Json | None:
        return next((mail for mail in mails(stack, email) if mail["subject"].startswith(subject)), None)

    mail = stack.wait(look, what=f"a mail {subject!r}", seconds=60)
    return dict(httpx.get(f"{stack.urls['mailbox']}/mails/{mail['id']}", trust_env=False).json())


class TestABooking:
    def test_is_confirmed_by_a_mail_with_its_flights_for_the_calendar(self, stack: Stack, email: str) -> None:
        reservation = stack.book(contact={"email": email, "language": "de"})
        assert stack.follow(reservation)["status"] == "confirmed"

        mail = wait_for(stack, email, f"Ihr Flug ist bestätigt, {reservation['locator']}")

        assert "BEGIN:VEVENT" in mail["calendar"]
        assert f"UID:{reservation['locator']}-" in mail["calendar"]
        names = [entry["name"] for entry in stack.timeline(reservation) if entry["service"] == "notification"]
        assert "mail confirmation sent" in names

    def test_that_is_declined_is_followed_by_the_receipt_of_what_was_undone(self, stack: Stack, email: str) -> None:
        reservation = stack.book(
            contact={"email": email},
            payments=[
                {"kind": "card", "token": "tok_visa", "amount": 10},
                {"kind": "card", "token": "tok_insufficient_funds"},
            ],
        )
        assert stack.follow(reservation)["status"] == "failed"

        mail = wait_for(stack, email, "Your payment failed")

        assert "released at" in mail["text"]
        assert "not enough money on the card" in mail["text"]

    def test_of_a_dead_address_holds_up_nobody(self, stack: Stack, email: str) -> None:
        stack.book(contact={"email": "down@example.org"})
        reservation = stack.book(contact={"email": email})

        assert wait_for(stack, email, f"Your flight is confirmed, {reservation['locator']}")


class TestAGuest:
    def test_opens_a_reservation_with_a_last_name_and_the_code_that_was_mailed(self, stack: Stack, email: str) -> None:
        made = stack.book(contact={"email": email}, passengers=[{"firstName": "Ada", "lastName": "Løvelace-Ø"}])
        place = f"/reservations/{made['locator']}"
        read(stack.ask("POST", "gateway", f"{place}/codes", {"lastName": "nobody"}), 202)
        read(stack.ask("POST", "gateway", f"{place}/codes", {"lastName": "Løvelace-Ø"}), 202)

        mail = wait_for(stack, email, "Your code")
        (code,) = re.findall(r"\b\d{6}\b", mail["text"])
        wrong = stack.ask("POST", "gateway", f"{place}/access", {"lastName": "Løvelace-Ø", "code": _another(code)})
        opened = read(
            stack.ask("POST", "gateway", f"{place}/access", {"lastName": "Løvelace-Ø", "code": code}), 200, 201
        )

        assert wrong.status_code in {403, 404}
        assert read(stack.ask("GET", "gateway", place, token=opened["accessToken"]))["locator"] == made["locator"]
        assert len([each for each in mails(stack, email) if each["subject"].startswith("Your code")]) == 1


class TestOperators:
    def test_see_what_was_written_without_the_address(self, stack: Stack, email: str) -> None:
        reservation = stack.book(contact={"email": email})
        wait_for(stack, email, "Your flight is confirmed")

        path = f"/messages?reservation={reservation['locator']}"
        log = stack.operate("GET", "notification", path)

        assert "confirmation" in [message["kind"] for message in log]
        assert {message["recipient"] for message in log} == {"a…@example.org"}

    def test_alone_see_it(self, stack: Stack) -> None:
        answer = stack.ask("GET", "notification", "/messages?reservation=K7Q2ZD")

        assert read(answer, 401, 403)["code"]

    def test_do_not_see_who_flies_in_a_timeline(self, stack: Stack, email: str) -> None:
        reservation = stack.book(contact={"email": email})

        assert email not in str(stack.timeline(reservation))


def _another(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"

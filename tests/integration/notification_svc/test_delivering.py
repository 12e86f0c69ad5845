"""Sending over a real SMTP server: tried again, given up, held up by nobody, and repeated under one name."""

from datetime import UTC, datetime, timedelta
from threading import Thread
from uuid import uuid4

import pytest

from common.auth import INSTALLATION
from common.contracts.notification import AccessCodeMailRequested
from notification_svc.domain import messages
from notification_svc.service import access_codes, delivering, logbook
from tests.travels import Journey


def at(who: str) -> str:
    """Return one of the sandbox's magic addresses, in a domain of the test's own."""
    return f"{who}@{uuid4().hex[:8]}.example.org"


def write(mailing, email, reservation_id=12345):
    journey = Journey(email, reservation_id=reservation_id)
    mailing.hear(journey.recorded(), journey.confirmed(), journey.held())
    mailing.compose()


class TestAMailServer:
    def test_that_asks_to_try_again_is_tried_again(self, mailing):
        email = at("fails-twice")
        write(mailing, email)

        for _ in range(3):
            mailing.hasten()
            mailing.dispatch()

        (message,) = mailing.log()
        assert (message.state, message.attempts) == ("sent", 3)
        assert len(mailing.mails(email)) == 1

    def test_that_refuses_an_address_is_not_asked_again(self, mailing):
        write(mailing, at("refused"))

        mailing.dispatch()
        mailing.hasten()

        assert mailing.dispatch() == []
        (message,) = mailing.log()
        assert (message.state, message.attempts) == ("refused", 1)
        assert message.error == "the mail server refuses the recipient (550)"

    def test_that_never_takes_a_mail_is_given_up(self, mailing, monkeypatch):
        monkeypatch.setattr(delivering, "MOST_ATTEMPTS", 2)
        write(mailing, at("down"))

        for _ in range(3):
            mailing.hasten()
            mailing.dispatch()

        (message,) = mailing.log()
        assert (message.state, message.attempts, message.next_attempt_at) == ("given_up", 2, None)


class TestADeadAddress:
    def test_holds_up_nobody_else(self, mailing, address):
        slow = at("slow")
        for number in range(3):
            write(mailing, slow, reservation_id=number)
        write(mailing, address, reservation_id=9)

        (first, other) = mailing.database.write(delivering.take_due, limit=50)
        waiting = Thread(target=delivering.deliver, args=(mailing.database, mailing.post), kwargs={"message_id": first})
        waiting.start()
        delivering.deliver(mailing.database, mailing.post, message_id=other)

        assert len(mailing.mails(address)) == 1
        assert mailing.mails(slow) == []
        waiting.join()

    def test_is_tried_for_one_message_at_a_time(self, mailing):
        down = at("down")
        for number in range(3):
            write(mailing, down, reservation_id=number)

        assert len(mailing.dispatch()) == 1
        assert mailing.dispatch() == []  # the others wait as long as the first
        assert [message.attempts for message in mailing.log()] == [1, 0, 0]


class TestADelivererThatDies:
    def test_leaves_a_message_that_is_sent_again_under_the_same_name(self, mailing, address):
        write(mailing, address)
        (message_id,) = mailing.database.write(delivering.take_due, limit=1)
        # It sent the mail and died before it could say so.
        claimed = mailing.database.write(delivering.claim, message_id=message_id, seconds=60)
        mailing.post.send(claimed)
        (before,) = mailing.mails(address)

        assert mailing.database.write(delivering.claim, message_id=message_id, seconds=1) is None
        mailing.end_claims()
        mailing.dispatch()

        (message,) = mailing.log()
        (mail,) = mailing.mails(address)  # the mailbox dropped the repeat
        assert (message.state, message.attempts) == ("sent", 2)
        assert mail["Message-ID"] == before["Message-ID"]

    def test_of_a_message_each_time_is_not_given_it_for_ever(self, mailing, address, monkeypatch):
        monkeypatch.setattr(delivering, "MOST_ATTEMPTS", 2)
        write(mailing, address)
        (message_id,) = mailing.database.write(delivering.take_due, limit=1)
        for _ in range(2):
            assert mailing.database.write(delivering.claim, message_id=message_id, seconds=60) is not None
            mailing.end_claims()

        mailing.dispatch()

        (message,) = mailing.log()
        assert (message.state, message.next_attempt_at) == ("given_up", None)
        assert message.error.startswith("whoever sent it died")
        assert mailing.mails(address) == []

    def test_does_not_share_its_message(self, mailing, address):
        write(mailing, address)
        (message_id,) = mailing.database.write(delivering.take_due, limit=1)

        claims = [mailing.database.write(delivering.claim, message_id=message_id, seconds=5) for _ in range(2)]

        assert [claim is not None for claim in claims] == [True, False]


class TestAnAccessCode:
    def command(self, email):
        return AccessCodeMailRequested(
            correlation_id=uuid4(),
            reservation_id=12345,
            locator="K7Q2ZD",
            email=email,
            language="en",
            code="428193",
            expires_at=datetime.now(UTC) + timedelta(minutes=10),
        )

    def test_is_mailed_once_and_forgotten(self, mailing, address):
        command = self.command(address)
        for _ in range(2):
            mailing.database.write(access_codes.mail_access_code, command)
        mailing.dispatch()

        (mail,) = mailing.mails(address)
        (message,) = mailing.log()
        assert "428193" in mail.get_body(("plain",)).get_content()
        assert (message.state, message.content) == ("sent", None)

    def test_cannot_be_sent_once_more(self, mailing, address):
        mailing.database.write(access_codes.mail_access_code, self.command(address))
        mailing.dispatch()
        (message,) = mailing.log()

        with pytest.raises(messages.NotRepeatable, match="for one time only"):
            mailing.database.write(redeliver, message.name)


class TestARedelivery:
    def test_is_a_mail_of_its_own(self, mailing, address):
        write(mailing, address)
        mailing.dispatch()

        mailing.database.write(redeliver, mailing.log()[0].name)
        mailing.dispatch()

        assert len({mail["Message-ID"] for mail in mailing.mails(address)}) == 2

    def test_of_what_is_still_on_its_way_is_refused(self, mailing, address):
        write(mailing, address)

        with pytest.raises(messages.NotRepeatable, match="still on its way"):
            mailing.database.write(redeliver, mailing.log()[0].name)


def redeliver(session, name):
    return logbook.redeliver(session, name=name, by=INSTALLATION, correlation_id=uuid4())

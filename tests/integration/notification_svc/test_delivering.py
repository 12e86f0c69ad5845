"""Sending over a real SMTP server: tried again, given up, held up by nobody, and repeated under one name."""

from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from common.auth import INSTALLATION
from common.contracts.notification import AccessCodeMailRequested
from common.db import CommitUnknown, DatabaseUnavailable
from common.journal import journal
from notification_svc.domain import messages
from notification_svc.models import Message
from notification_svc.provider import mail
from notification_svc.service import access_codes, delivering, logbook
from tests.stack import wait
from tests.together import together
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
            mailing.deliver()

        (message,) = mailing.log()
        assert (message.state, message.attempts) == ("sent", 3)
        assert len(mailing.mails(email)) == 1

    def test_that_refuses_an_address_is_not_asked_again(self, mailing):
        write(mailing, at("refused"))

        mailing.deliver()
        mailing.hasten()
        mailing.deliver()

        (message,) = mailing.log()
        assert (message.state, message.attempts) == ("refused", 1)
        assert message.error == "the mail server refuses the recipient (550)"

    def test_that_never_takes_a_mail_is_given_up(self, mailing, monkeypatch):
        monkeypatch.setattr(delivering, "MOST_ATTEMPTS", 2)
        write(mailing, at("down"))

        for _ in range(3):
            mailing.hasten()
            mailing.deliver()

        (message,) = mailing.log()
        assert (message.state, message.attempts, message.next_attempt_at) == ("given_up", 2, None)


class TestADeadAddress:
    def test_holds_up_nobody_else(self, mailing, address):
        slow = at("slow")
        for number in range(3):
            write(mailing, slow, reservation_id=number)
        write(mailing, address, reservation_id=9)

        delivering_it = Thread(target=mailing.deliver)
        delivering_it.start()
        wait(lambda: mailing.mails(address), what="the other's mail")

        assert delivering_it.is_alive()  # the slow one is waited for
        assert mailing.mails(slow) == []
        delivering_it.join()

    def test_is_tried_for_one_message_at_a_time(self, mailing):
        down = at("down")
        for number in range(3):
            write(mailing, down, reservation_id=number)

        for _ in range(2):  # the others wait as long as the first
            mailing.deliver()

        assert [message.attempts for message in mailing.log()] == [1, 0, 0]


class TestADelivererThatDies:
    def test_leaves_messages_that_are_sent_again_under_the_same_names(self, mailing):
        addresses = [at("ada"), at("grace")]
        for number, address in enumerate(addresses):
            write(mailing, address, reservation_id=number)
        # It sent both mails and died before it could say so.
        for message in mailing.claim():
            mailing.post.send(message)
        before = [mailing.mails(address)[0]["Message-ID"] for address in addresses]

        assert mailing.claim() == []
        mailing.end_claims()
        mailing.deliver()

        assert [(message.state, message.attempts) for message in mailing.log()] == [("sent", 2)] * 2
        mails = [mailing.mails(address) for address in addresses]
        assert [[mail["Message-ID"] for mail in found] for found in mails] == [[name] for name in before]

    def test_takes_no_other_along_with_what_it_died_of(self, mailing):
        for number in range(3):
            write(mailing, at("ada"), reservation_id=number)
        assert len(mailing.claim()) == 3
        mailing.end_claims()
        write(mailing, at("ada"), reservation_id=9)

        assert [len(mailing.claim()) for _ in range(4)] == [1, 1, 1, 1]

    def test_of_a_message_each_time_is_not_given_it_for_ever(self, mailing, address, monkeypatch):
        monkeypatch.setattr(delivering, "MOST_ATTEMPTS", 2)
        write(mailing, address)
        for _ in range(2):
            assert len(mailing.claim()) == 1
            mailing.end_claims()

        mailing.deliver()

        (message,) = mailing.log()
        assert (message.state, message.next_attempt_at) == ("given_up", None)
        assert message.error.startswith("whoever sent it died")
        assert mailing.mails(address) == []

    def test_does_not_share_its_messages(self, mailing):
        for number in range(3):
            write(mailing, at("ada"), reservation_id=number)

        assert [len(mailing.claim(limit=2)) for _ in range(3)] == [2, 1, 0]


class TestADeliverer:
    def test_sends_many_mails_over_few_connections(self, mailing, line):
        for number in range(30):
            write(mailing, at("ada"), reservation_id=number)

        mailing.deliver()

        assert [message.state for message in mailing.log()] == ["sent"] * 30
        assert 1 <= line.connections <= delivering.AT_ONCE

    def test_keeps_a_connection_for_what_comes_next(self, mailing, line):
        for number in range(3):
            write(mailing, at("ada"), reservation_id=number)
            mailing.deliver()

        assert line.connections == 1

    def test_takes_another_connection_if_the_server_has_closed_it_meanwhile(self, mailing, line):
        for number in range(2):
            write(mailing, at("ada"), reservation_id=number)
            mailing.deliver()
            line.cut()

        assert [(message.state, message.attempts) for message in mailing.log()] == [("sent", 1)] * 2
        assert line.connections == 2

    def test_keeps_no_connection_for_ever(self, mailing, line, monkeypatch):
        monkeypatch.setattr(mail, "KEEP_SECONDS", -1.0)
        for number in range(2):
            write(mailing, at("ada"), reservation_id=number)
            mailing.deliver()

        assert line.connections == 2

    def test_loses_one_attempt_of_one_mail_if_the_connection_is_cut_in_the_middle(self, mailing, line):
        slow, others = at("slow"), [at("ada") for _ in range(12)]
        for number, who in enumerate([slow, *others]):
            write(mailing, who, reservation_id=number)
        delivering_it = Thread(target=mailing.deliver)
        delivering_it.start()
        wait(lambda: all(map(mailing.mails, others)), what="the others' mails")

        line.cut()  # while the slow one's is waited for
        delivering_it.join()

        first, *rest = mailing.log()
        assert (first.state, first.attempts) == ("waiting", 1)
        assert first.error.startswith("the mail server does not answer")
        assert [(message.state, message.attempts) for message in rest] == [("sent", 1)] * 12

    def test_loses_nothing_of_others_by_one_that_is_refused(self, mailing):
        for number, who in enumerate(["ada", "refused", "grace", "down", "edsger"]):
            write(mailing, at(who), reservation_id=number)

        mailing.deliver()

        assert [message.state for message in mailing.log()] == ["sent", "refused", "sent", "waiting", "sent"]

    def test_loses_nothing_of_others_by_one_that_cannot_be_written(self, mailing):
        for number in range(3):
            write(mailing, at("ada"), reservation_id=number)
        nonsense = update(Message).where(Message.reservation_id == 1).values(content={"segments": [{}]})
        mailing.database.write(lambda session: session.execute(nonsense) and None)

        mailing.deliver()

        assert [message.state for message in mailing.log()] == ["sent", "waiting", "sent"]
        assert mailing.log()[1].error.startswith("a fault of ours")

    def test_that_is_not_alone_sends_nothing_twice(self, mailing, monkeypatch):
        for number in range(40):
            write(mailing, at("ada"), reservation_id=number)
        sent = []
        send = mailing.post.send
        monkeypatch.setattr(mailing.post, "send", lambda message: (sent.append(message.id), send(message)))

        together(mailing.deliver, mailing.deliver)

        assert len(sent) == len(set(sent)) == 40
        assert {(message.state, message.attempts) for message in mailing.log()} == {("sent", 1)}

    def test_notes_what_it_sent_when_the_database_is_back(self, mailing, address, monkeypatch):
        write(mailing, address)
        failures = iter([DatabaseUnavailable("away"), CommitUnknown("gone")])
        note = delivering.note_outcomes

        def note_late(session, *, outcomes):
            for failure in failures:
                raise failure
            note(session, outcomes=outcomes)

        monkeypatch.setattr(delivering, "note_outcomes", note_late)
        mailing.deliver()

        (message,) = mailing.log()
        assert (message.state, message.attempts) == ("sent", 1)

    def test_that_is_told_to_stop_gives_back_what_it_has_not_begun(self, mailing, monkeypatch):
        for number in range(20):
            write(mailing, at("ada"), reservation_id=number)
        told = Event()
        send = mailing.post.send
        monkeypatch.setattr(mailing.post, "send", lambda message: (told.set(), send(message)))

        delivering.deliver_due(mailing.database, mailing.post, stopping=told.is_set)

        found = {(message.state, message.attempts, message.claimed_until) for message in mailing.log()}
        assert found == {("sent", 1, None), ("waiting", 0, None)}
        mailing.deliver()
        assert {(message.state, message.attempts) for message in mailing.log()} == {("sent", 1)}


class TestAnOutcome:
    def test_that_is_noted_twice_is_told_once(self, mailing, address):
        write(mailing, address)
        outcomes = [delivering.Outcome(message=each, state=messages.State.SENT) for each in mailing.claim()]

        for _ in range(2):
            mailing.database.write(delivering.note_outcomes, outcomes=outcomes)

        told = mailing.database.read(lambda session: session.scalars(select(journal.c.name)).all())
        assert told == ["mail confirmation sent"]

    def test_that_comes_late_takes_nothing_from_who_repeats_it(self, mailing, address):
        write(mailing, address)
        (late,) = mailing.claim()
        mailing.end_claims()
        mailing.claim()

        trouble = delivering.Outcome(message=late, state=messages.State.WAITING, error="too slow")
        mailing.database.write(delivering.note_outcomes, outcomes=[trouble])

        (message,) = mailing.log()
        assert (message.attempts, message.error) == (2, None)
        assert message.claimed_until is not None


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
        mailing.deliver()

        (mail,) = mailing.mails(address)
        (message,) = mailing.log()
        assert "428193" in mail.get_body(("plain",)).get_content()
        assert (message.state, message.content) == ("sent", None)

    def test_cannot_be_sent_once_more(self, mailing, address):
        mailing.database.write(access_codes.mail_access_code, self.command(address))
        mailing.deliver()
        (message,) = mailing.log()

        with pytest.raises(messages.NotRepeatable, match="for one time only"):
            mailing.database.write(redeliver, message.name)


class TestARedelivery:
    def test_is_a_mail_of_its_own(self, mailing, address):
        write(mailing, address)
        mailing.deliver()

        mailing.database.write(redeliver, mailing.log()[0].name)
        mailing.deliver()

        assert len({mail["Message-ID"] for mail in mailing.mails(address)}) == 2

    def test_of_what_is_still_on_its_way_is_refused(self, mailing, address):
        write(mailing, address)

        with pytest.raises(messages.NotRepeatable, match="still on its way"):
            mailing.database.write(redeliver, mailing.log()[0].name)


def redeliver(session, name):
    return logbook.redeliver(session, name=name, by=INSTALLATION, correlation_id=uuid4())

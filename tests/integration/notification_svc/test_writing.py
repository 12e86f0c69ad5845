"""What is written because of what was heard: each message once, in any order, when all it tells of is there."""

import pytest

from tests.travels import Journey


class TestAConfirmation:
    def test_arrives_with_the_flights_for_the_calendar(self, mailing, address):
        journey = Journey(address)
        mailing.hear(journey.recorded(), journey.initiated(), journey.confirmed(), journey.held())

        mailing.compose()
        mailing.deliver()

        (mail,) = mailing.mails(address)
        assert mail["Subject"] == "Your flight is confirmed, K7Q2ZD"
        (calendar,) = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
        assert "DTSTART;TZID=America/New_York:20261201T083000" in calendar.get_content()
        assert "UID:K7Q2ZD-17@aerosaga.example" in calendar.get_content()

    def test_is_written_whatever_comes_first(self, mailing, address):
        journey = Journey(address)
        facts = [journey.recorded(), journey.initiated(), journey.confirmed(), journey.held()]

        for event in reversed(facts):
            mailing.hear(event)
            mailing.compose()

        assert [message.kind for message in mailing.log()] == ["confirmation"]

    def test_is_written_once_however_often_somebody_looks(self, mailing, address):
        journey = Journey(address)
        mailing.hear(journey.recorded(), journey.confirmed(), journey.held())

        for _ in range(3):
            mailing.hasten()
            mailing.compose()

        assert len(mailing.log()) == 1

    def test_goes_to_the_telephone_too_if_there_is_one(self, mailing, address):
        journey = Journey(address, phone="+12125550142")
        mailing.hear(journey.recorded(), journey.confirmed(), journey.held())

        mailing.compose()

        assert {(message.channel, message.recipient) for message in mailing.log()} == {
            ("email", address),
            ("sms", "+12125550142"),
        }


class TestAHold:
    def test_tells_until_when_to_pay(self, mailing, address):
        journey = Journey(address, language="de")
        mailing.hear(journey.recorded(payments=0), journey.initiated(pay_later=True))

        mailing.hasten(seconds=11)  # the news of its seat does not come: it goes without
        mailing.compose()
        mailing.deliver()

        (mail,) = mailing.mails(address)
        assert mail["Subject"] == "Ihre Plätze sind reserviert, K7Q2ZD"
        assert "450,00\xa0$ bis 1. Dezember 2026, 08:30 EST" in mail.get_body(("plain",)).get_content()


class TestTheReceipt:
    def test_of_a_declined_card_says_what_was_undone(self, mailing, address):
        journey = Journey(address)
        mailing.hear(journey.recorded(payments=2), journey.initiated(), journey.authorized(), journey.payment_failed())
        mailing.hear(journey.voided(), journey.released(), journey.failed())

        mailing.compose()
        mailing.deliver()

        (mail,) = mailing.mails(address)
        text = mail.get_body(("plain",)).get_content()
        assert mail["Subject"] == "Your payment failed, K7Q2ZD"
        assert "seat 12A on AA 3003 released at " in text
        assert "authorization pa_seven voided at " in text
        assert "$450.00 free again" in text

    def test_waits_for_undos_that_are_under_way(self, mailing, address):
        journey = Journey(address)
        mailing.hear(journey.recorded(payments=2), journey.authorized(), journey.payment_failed())
        mailing.hear(journey.released(), journey.failed())

        mailing.hasten(seconds=30)
        mailing.compose()

        assert mailing.log() == []

        mailing.hear(journey.voided())
        mailing.compose()

        assert [message.kind for message in mailing.log()] == ["undone"]

    def test_says_after_a_while_what_is_still_under_way_and_writes_again_when_it_is_done(self, mailing, address):
        journey = Journey(address)
        mailing.hear(journey.recorded(payments=2), journey.authorized(), journey.payment_failed())
        mailing.hear(journey.released(), journey.failed())
        mailing.hasten(seconds=61)
        mailing.compose()
        (receipt,) = mailing.log()
        assert [payment["authId"] for payment in receipt.content["underWay"]] == ["pa_seven"]

        mailing.hear(journey.voided())
        mailing.compose()

        assert [message.kind for message in mailing.log()] == ["undone", "voided"]


class TestADelay:
    def test_changes_the_entry_in_the_calendar(self, mailing, address):
        journey = Journey(address)
        mailing.hear(journey.recorded(), journey.confirmed(), journey.held())
        mailing.compose()
        mailing.deliver()

        mailing.hear(journey.delayed(hours=2))
        mailing.compose()
        mailing.deliver()

        newest = next(mail for mail in mailing.mails(address) if mail["Subject"].startswith("New times"))
        (calendar,) = [part for part in newest.walk() if part.get_content_type() == "text/calendar"]
        told = calendar.get_content()
        assert "UID:K7Q2ZD-17@aerosaga.example" in told
        assert "SEQUENCE:1" in told
        assert "DTSTART;TZID=America/New_York:20261201T103000" in told

    def test_reaches_each_reservation_on_board_and_nobody_else(self, mailing, address):
        here, there = Journey(address), Journey(address, reservation_id=12346)
        mailing.hear(here.recorded(), there.recorded())

        mailing.hear(here.delayed())
        mailing.compose()

        delays = [message.reservation_id for message in mailing.log() if message.kind == "delayed"]
        assert sorted(delays) == [12345, 12346]

    def test_is_told_once_with_the_last_time_when_several_come_together(self, mailing, address):
        journey = Journey(address)
        mailing.hear(journey.recorded(), journey.confirmed(), journey.held())

        mailing.hear(journey.delayed(hours=1))
        mailing.hear(journey.delayed(hours=3))
        mailing.compose()

        (delay,) = [message for message in mailing.log() if message.kind == "delayed"]
        assert delay.content["segments"][0]["departsLocal"] == "2026-12-01T11:30:00-05:00"


class TestNames:
    @pytest.mark.parametrize("name", ["<script>alert(1)</script>", "Ada\u2028Bcc: x@example.org"])
    def test_are_only_names(self, mailing, address, name):
        journey = Journey(address)
        mailing.hear(journey.recorded(first_name=name), journey.confirmed(), journey.held())

        mailing.compose()
        mailing.deliver()

        (mail,) = mailing.mails(address)
        assert "<script>" not in mail.get_body(("html",)).get_content()
        assert mail["Bcc"] is None

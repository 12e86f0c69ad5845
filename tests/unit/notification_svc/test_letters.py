"""Letters as they are read: in both languages, with nothing left untranslated, and nothing let through."""

import email
from datetime import UTC, datetime
from decimal import Decimal
from email import policy
from pathlib import Path
from typing import Any

import icalendar
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from notification_svc.domain.messages import Kind
from notification_svc.letters import catalogues, rendering
from notification_svc.letters.mails import as_mail
from notification_svc.letters.rendering import render

USD = {"amount": Decimal("450.00"), "currency": "USD"}
AT = datetime(2026, 11, 20, 15, 2, tzinfo=UTC)
SEGMENT = {
    "departureId": 17,
    "airline": "AA",
    "flightNumber": 3003,
    "origin": "JFK",
    "destination": "LAX",
    "departsAt": "2026-12-01T13:30:00Z",
    "departsLocal": "2026-12-01T08:30:00-05:00",
    "arrivesAt": "2026-12-01T19:45:00Z",
    "arrivesLocal": "2026-12-01T11:45:00-08:00",
    "seats": ["12A"],
    "sequence": 2,
    "cancelled": False,
}
PAYMENT = {"authId": "pa_789", **USD, "reason": "insufficient_funds", "at": AT}
TOLD: dict[Kind, dict[str, Any]] = {
    Kind.HOLD: {"payBy": AT},
    Kind.CONFIRMATION: {},
    Kind.UNDONE: {
        "reason": "insufficient_funds",
        "released": [{"seat": "12A", "flight": "AA 3003", "at": AT}],
        "payments": [{**PAYMENT, "outcome": "voided"}, {**PAYMENT, "outcome": "failed"}],
        "underWay": [{"authId": "pa_1", **USD}],
        "missingSeats": 1,
    },
    Kind.CAPTURED: PAYMENT,
    Kind.VOIDED: PAYMENT,
    Kind.REFUND: PAYMENT,
    Kind.CANCELLED: {"reason": "departure_cancelled", "refund": USD},
    Kind.DELAYED: {"departureId": 17, "previousDepartsAt": AT, "reason": "snow"},
    Kind.DEPARTURE_CANCELLED: {"departureId": 17, "reason": "snow"},
}


def letter(kind: Kind, language: str = "en", **changes: Any) -> rendering.Rendered:
    if kind is Kind.ACCESS_CODE:
        return render(kind, language=language, content={"locator": "K7Q2ZD", "code": "428193", "expiresAt": AT})
    always = {"locator": "K7Q2ZD", "passengers": ["Ada Lovelace"], "segments": [SEGMENT], "price": USD, "writtenAt": AT}
    return render(kind, language=language, content={**always, **TOLD[kind], **changes})


class TestEveryKind:
    @pytest.mark.parametrize("language", ["en", "de"])
    @pytest.mark.parametrize("kind", Kind)
    def test_is_written_in_every_language_as_text_and_page(self, kind, language):
        said = letter(kind, language)

        assert "K7Q2ZD" in said.subject
        assert f'lang="{language}"' in said.html
        assert "\n\n\n" not in said.text

    @pytest.mark.parametrize("kind", Kind)
    def test_says_something_else_in_german(self, kind):
        assert letter(kind, "de").subject != letter(kind, "en").subject


class TestTheReceipt:
    def test_tells_seats_and_money_with_local_times(self):
        text = letter(Kind.UNDONE).text

        assert "seat 12A on AA 3003 released at 10:02\u202fAM EST" in text
        assert "authorization pa_789 voided at 10:02\u202fAM EST, $450.00 free again" in text
        assert "still under way: authorization pa_1 is being voided, $450.00" in text

    def test_writes_money_as_its_reader_does(self):
        assert "450,00\xa0$ wieder frei" in letter(Kind.UNDONE, "de").text


class TestANameWithMarkup:
    def test_is_escaped_on_the_page_and_plain_in_the_text(self):
        said = letter(Kind.CONFIRMATION, passengers=["<b>Ada</b>"])

        assert "<b>Ada</b>" not in said.html
        assert "&lt;b&gt;Ada&lt;/b&gt;" in said.html
        assert "<b>Ada</b>" in said.text


def mail_of(said: rendering.Rendered, **changes: str) -> bytes:
    given = {"sender": "Aerosaga <a@b.example>", "recipient": "c@d.example", "name": "msg_1.0", "language": "en"}
    return as_mail(said, **{**given, **changes})


def read(mail: bytes) -> Any:
    """Parse a mail as strictly as `email` can, and return it."""
    return email.message_from_bytes(mail, policy=policy.SMTPUTF8.clone(raise_on_defect=True))


class TestAMail:
    @pytest.mark.parametrize("language", ["en", "de"])
    @pytest.mark.parametrize("kind", Kind)
    def test_says_what_its_letter_says(self, kind, language):
        said = letter(kind, language)

        mail = read(mail_of(said))

        assert mail["Subject"] == said.subject
        assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == said.text
        assert mail.get_body(("html",)).get_content().replace("\r\n", "\n") == said.html
        attached = [(part.get_filename(), part.get_content()) for part in mail.iter_attachments()]
        assert attached == ([("flights.ics", said.calendar)] if said.calendar else [])

    def test_is_lines_of_ascii_that_every_server_takes(self):
        mail = mail_of(letter(Kind.CONFIRMATION, "de", passengers=["Løvelace-Ø " * 20, ".", "From x"]))

        assert mail.isascii()
        assert b"\n" not in mail.replace(b"\r\n", b"")
        assert max(map(len, mail.split(b"\r\n"))) <= 78

    def test_has_its_parts_whatever_somebody_is_called(self):
        said = letter(Kind.CONFIRMATION, passengers=["--=_alternative", "--=_mixed--"])

        mail = read(mail_of(said))

        assert "--=_mixed--" in mail.get_body(("plain",)).get_content()
        assert len(list(mail.walk())) == 5

    def test_comes_from_whoever_the_settings_name(self):
        mail = read(mail_of(letter(Kind.CONFIRMATION), sender="Žlutý kůň <no-reply@kun.example>"))

        assert mail["From"].addresses[0].display_name == "Žlutý kůň"
        assert mail["Message-ID"] == "<msg_1.0@kun.example>"

    def test_names_an_address_beyond_ascii_as_it_is(self):
        mail = mail_of(letter(Kind.CONFIRMATION, "de"), recipient="jürgen@müller.example")

        assert "To: jürgen@müller.example\r\n".encode() in mail
        assert read(mail)["To"] == "jürgen@müller.example"


class TestAHeader:
    def test_takes_no_line_break_from_what_is_told(self):
        said = letter(Kind.CONFIRMATION, locator="K7Q2ZD\r\nBcc: x@example.org")

        assert "\n" not in said.subject
        assert read(mail_of(said))["Bcc"] is None

    @pytest.mark.parametrize("which", ["recipient", "sender", "language"])
    def test_refuses_what_would_break_out(self, which):
        with pytest.raises(ValueError, match=r"linefeed|newline"):
            mail_of(letter(Kind.CONFIRMATION), **{which: "c@d.example\r\nBcc: x@example.org"})


class TestTheCalendar:
    def event(self, **changes: Any) -> Any:
        said = letter(Kind.CONFIRMATION, segments=[{**SEGMENT, **changes}]).calendar
        calendar = icalendar.Calendar.from_ical(said or "")
        return calendar, calendar.walk("VEVENT")[0]

    def test_has_the_flight_in_the_zones_of_its_airports(self):
        calendar, event = self.event()

        assert event["DTSTART"].params["TZID"] == "America/New_York"
        assert event["DTEND"].params["TZID"] == "America/Los_Angeles"
        assert event.decoded("DTSTART").isoformat() == "2026-12-01T08:30:00-05:00"
        assert {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")} == {"America/New_York", "America/Los_Angeles"}

    def test_has_a_name_that_stays_and_a_number_that_grows(self):
        _, event = self.event()

        assert (event["UID"], event["SEQUENCE"]) == ("K7Q2ZD-17@aerosaga.example", 2)

    def test_takes_away_what_does_not_fly(self):
        calendar, event = self.event(cancelled=True)

        assert (calendar["METHOD"], event["STATUS"]) == ("CANCEL", "CANCELLED")


class TestTheCatalogues:
    @pytest.mark.parametrize(
        "path", sorted(catalogues.LOCALES.glob("*/LC_MESSAGES/messages.po")), ids=lambda p: p.parts[-3]
    )
    def test_have_every_text_and_no_other(self, path: Path):
        folder = rendering.TEMPLATES.parent
        methods = [("**.py", "python"), ("**/templates/*", "jinja2")]
        found = extract_from_dir(
            folder,
            methods,
            {"**/templates/*": {"trimmed": "true"}},
            keywords={"_": None, "gettext": None, "ngettext": (1, 2)},
        )
        wanted = {text[2] for text in found}

        with path.open("rb") as file:
            catalogue = {message.id: message.string for message in read_po(file) if message.id}

        assert set(catalogue) == wanted
        assert all(all(text) if isinstance(text, tuple) else text for text in catalogue.values())

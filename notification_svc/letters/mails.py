"""A letter as a mail: text and HTML of the same, and the calendar file."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from notification_svc.letters.rendering import Rendered


def as_mail(said: Rendered, *, sender: str, recipient: str, name: str, language: str) -> EmailMessage:
    """
    Return the mail of a letter; `name` is what makes its Message-ID, the same at every attempt to send it.

    The headers have no line breaks, whatever anybody is called: the e-mail policy refuses them, and the subject has
    been made one line.

    :raises ValueError: if an address would break out of its header
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = recipient
    mail["Subject"] = said.subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = f"<{name}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    mail["Content-Language"] = language
    # Nobody's out-of-office reply should come back (RFC 3834).
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(said.text)
    mail.add_alternative(said.html, subtype="html")
    if said.calendar is not None:
        method = "CANCEL" if "METHOD:CANCEL" in said.calendar else "PUBLISH"
        mail.add_attachment(said.calendar, subtype="calendar", filename="flights.ics", params={"method": method})
    return mail

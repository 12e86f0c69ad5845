"""The mail server, as notification_svc hands mail over to it."""

import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from common.errors import Rejected, TransientError


class MailTrouble(TransientError):
    """Raised when the mail server did not take a mail now, or nothing is known of it; later it may."""


class AddressRefused(Rejected):
    """Raised when the mail server says that it will never take this mail for this recipient."""

    code = "address_refused"


class MailServer:
    """
    The mail server at `url`: smtp://host:port, smtps:// with TLS at once, smtp+starttls:// with TLS after the greeting.

    A login stands before the host (user:password@). Safe among threads: each mail has a connection of its own.

    :raises ValueError: if the URL is none of these
    """

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        place = urlsplit(url)
        if place.scheme not in {"smtp", "smtps", "smtp+starttls"} or not place.hostname:
            raise ValueError("AEROSAGA_SMTP_URL is smtp://, smtps:// or smtp+starttls:// with a host and a port.")
        self._scheme, self._host = place.scheme, place.hostname
        self._port = place.port or {"smtp": 25, "smtps": 465, "smtp+starttls": 587}[place.scheme]
        self._user, self._password = unquote(place.username or ""), unquote(place.password or "")
        self._timeout_seconds = timeout_seconds

    def send(self, mail: EmailMessage, *, sender: str, recipient: str) -> None:
        """
        Hand a mail over. What is raised names no address, because it ends up in logs.

        :raises MailTrouble: if the server is away, too slow, or asks to try again
        :raises AddressRefused: if it says no for good
        """
        try:
            with self._connect() as server:
                server.send_message(mail, from_addr=sender, to_addrs=[recipient])
        except smtplib.SMTPRecipientsRefused as refusal:
            status = next(iter(refusal.recipients.values()))[0]
            raise _verdict(status, "the recipient") from None
        except (smtplib.SMTPSenderRefused, smtplib.SMTPAuthenticationError, smtplib.SMTPHeloError) as error:
            # A fault of the settings, not of the recipient: it waits until they are mended.
            raise MailTrouble(f"the mail server refuses us ({error.smtp_code})") from None
        except smtplib.SMTPResponseException as error:
            raise _verdict(error.smtp_code, "the mail") from None
        except smtplib.SMTPNotSupportedError:
            raise AddressRefused("the mail server takes no address with letters beyond ASCII") from None
        except (OSError, smtplib.SMTPException) as error:
            raise MailTrouble(f"the mail server does not answer ({type(error).__name__})") from None

    def _connect(self) -> smtplib.SMTP:
        # A name of our own, because looking up this machine's takes seconds where there is no name service.
        name, trust = "aerosaga.example", ssl.create_default_context()
        if self._scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, local_hostname=name, timeout=self._timeout_seconds, context=trust
            )
        else:
            server = smtplib.SMTP(self._host, self._port, local_hostname=name, timeout=self._timeout_seconds)
        try:
            if self._scheme == "smtp+starttls":
                server.starttls(context=trust)
            if self._user:
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server


def _verdict(status: int, what: str) -> MailTrouble | AddressRefused:
    """4yz asks to try again (RFC 5321, section 4.2.1); 5yz is for good."""
    if 500 <= status < 600:
        return AddressRefused(f"the mail server refuses {what} ({status})")
    return MailTrouble(f"the mail server asks to try {what} again later ({status})")

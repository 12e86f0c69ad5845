"""The mail server, as notification_svc hands mail over to it."""

import math
import smtplib
import ssl
import time
from collections import deque
from contextlib import suppress
from typing import Any
from urllib.parse import unquote, urlsplit

from common.errors import Rejected, TransientError

# How long a connection is used for one mail after the other. Shorter than servers let one wait for the next, and short
# enough that a server behind several addresses is looked up anew soon.
KEEP_SECONDS = 30.0


class MailTrouble(TransientError):
    """Raised when the mail server did not take a mail now, or nothing is known of it; later it may."""


class AddressRefused(Rejected):
    """Raised when the mail server says that it will never take this mail for this recipient."""

    code = "address_refused"


class MailServer:
    """
    The mail server at `url`: smtp://host:port, smtps:// with TLS at once, smtp+starttls:// with TLS after the greeting.

    A login stands before the host (user:password@). Safe among threads: each mail has a connection to itself, which is
    kept for the next one.

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
        # Reading the authorities takes longer than sending some mails, so it is done once.
        self._trust = None if place.scheme == "smtp" else ssl.create_default_context()
        #: Connections that nobody uses, and until when each is kept; the one used last is at the end.
        self._kept: deque[tuple[smtplib.SMTP, float]] = deque()

    def send(self, mail: bytes, *, sender: str, recipient: str) -> None:
        """
        Hand a mail over. What is raised names no address, because it ends up in logs.

        :raises MailTrouble: if the server is away, too slow, or asks to try again
        :raises AddressRefused: if it says no for good
        """
        try:
            self._send(mail, sender, recipient)
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

    def tidy(self) -> None:
        """Take leave of the server on connections that are kept for longer than they are good for."""
        self._leave(before=time.monotonic())

    def close(self) -> None:
        """Take leave of the server on every connection that is kept."""
        self._leave(before=math.inf)

    def _leave(self, *, before: float) -> None:
        with suppress(IndexError):  # there is none left
            while self._kept[0][1] < before:
                server, _ = self._kept.popleft()
                with suppress(OSError, smtplib.SMTPException):
                    server.putcmd("quit")  # its answer is nothing to wait for
                server.close()

    def _send(self, mail: bytes, sender: str, recipient: str) -> None:
        server, keep_until = self._begun(sender, size=len(mail), beyond_ascii=not f"{sender}{recipient}".isascii())
        try:
            status, answer = server.rcpt(recipient)
            if status not in (250, 251):
                raise smtplib.SMTPRecipientsRefused({recipient: (status, answer)})
            status, answer = server.data(mail)
            if status != 250:
                raise smtplib.SMTPDataError(status, answer)
        except BaseException:
            server.close()
            raise
        self._kept.append((server, keep_until))

    def _begun(self, sender: str, **about: Any) -> tuple[smtplib.SMTP, float]:
        """Return a connection on which a mail from `sender` has begun, and until when it may be kept."""
        with suppress(IndexError):
            server, keep_until = self._kept.pop()
            # The server may have closed it meanwhile; of this mail it has nothing yet.
            with suppress(OSError, smtplib.SMTPException):
                if time.monotonic() < keep_until:
                    _begin(server, sender, **about)
                    return server, keep_until
            server.close()
        server = self._connect()
        try:
            server.ehlo_or_helo_if_needed()
            _begin(server, sender, **about)
        except BaseException:
            server.close()
            raise
        return server, time.monotonic() + KEEP_SECONDS

    def _connect(self) -> smtplib.SMTP:
        # A name of our own, because looking up this machine's takes seconds where there is no name service.
        name = "aerosaga.example"
        if self._scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, local_hostname=name, timeout=self._timeout_seconds, context=self._trust
            )
        else:
            server = smtplib.SMTP(self._host, self._port, local_hostname=name, timeout=self._timeout_seconds)
        try:
            if self._scheme == "smtp+starttls":
                server.starttls(context=self._trust)
            if self._user:
                server.login(self._user, self._password)
        except BaseException:
            server.close()
            raise
        return server


def _begin(server: smtplib.SMTP, sender: str, *, size: int, beyond_ascii: bool) -> None:
    if beyond_ascii and not server.has_extn("smtputf8"):
        raise smtplib.SMTPNotSupportedError
    options = ["SMTPUTF8", "BODY=8BITMIME"] if beyond_ascii else []
    if server.has_extn("size"):
        options.append(f"size={size}")
    status, answer = server.mail(sender, options)
    if status != 250:
        raise smtplib.SMTPSenderRefused(status, answer, sender)


def _verdict(status: int, what: str) -> MailTrouble | AddressRefused:
    """4yz asks to try again (RFC 5321, section 4.2.1); 5yz is for good."""
    if 500 <= status < 600:
        return AddressRefused(f"the mail server refuses {what} ({status})")
    return MailTrouble(f"the mail server asks to try {what} again later ({status})")

"""A letter as a mail: text and HTML of the same, and the calendar file."""

from binascii import b2a_qp
from datetime import UTC, datetime
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr

from notification_svc.letters.rendering import Rendered

# RFC 5322 asks for lines no longer than this.
_LINE = 78


def as_mail(said: Rendered, *, sender: str, recipient: str, name: str, language: str) -> bytes:
    """
    Return the mail of a letter; `name` is what makes its Message-ID, the same at every attempt to send it.

    It is put together here, because `email` parses each header and each part that it is given: most of what a mail
    would cost. All parts are UTF-8 in quoted-printable (RFC 2045), so that any server takes them.

    :raises ValueError: if an address would break out of its header
    """
    address = parseaddr(sender)[1]
    beyond_ascii = not f"{address}{recipient}".isascii()
    headers = {
        "From": sender,
        "To": recipient,
        "Subject": said.subject,
        "Date": format_datetime(datetime.now(UTC)),
        "Message-ID": f"<{name}@{address.rpartition('@')[2]}>",
        "Content-Language": language,
        # Nobody's out-of-office reply should come back (RFC 3834).
        "Auto-Submitted": "auto-generated",
        "MIME-Version": "1.0",
    }
    body = _parts("alternative", _text(said.text, "plain"), _text(said.html, "html"))
    if said.calendar is not None:
        method = "CANCEL" if "METHOD:CANCEL" in said.calendar else "PUBLISH"
        attached = 'Content-Disposition: attachment; filename="flights.ics"\r\n'
        body = _parts("mixed", body, attached.encode() + _text(said.calendar, "calendar", f"; method={method}"))
    return b"".join(_header(each, value, beyond_ascii=beyond_ascii) for each, value in headers.items()) + body


def _header(name: str, value: str, *, beyond_ascii: bool) -> bytes:
    """Return a header; what is more than a short line of ASCII is encoded, folded or refused by `email`."""
    plain = f"{name}: {value}"
    if plain.isascii() and plain.isprintable() and len(plain) <= _LINE:
        return f"{plain}\r\n".encode()
    # An address beyond ASCII needs a server that takes UTF-8 (RFC 6531); for all others words are encoded (RFC 2047).
    policy = SMTPUTF8 if beyond_ascii else SMTP
    return policy.fold_binary(*policy.header_store_parse(name, value))


def _parts(kind: str, *parts: bytes) -> bytes:
    # No text in quoted-printable has "=_" in it.
    line = f"--=_{kind}".encode()
    head = f'Content-Type: multipart/{kind}; boundary="=_{kind}"\r\n\r\n'.encode()
    return head + b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


def _text(text: str, kind: str, parameters: str = "") -> bytes:
    head = (
        f"Content-Type: text/{kind}; charset=utf-8{parameters}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    lines = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return head.encode() + b2a_qp(lines.encode(), istext=True)

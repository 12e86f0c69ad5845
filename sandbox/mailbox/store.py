"""The mailbox's folder: for each recipient a folder with a file for each mail, and a file for each short message."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

_PARSER = BytesParser(policy=policy.default)
# A mail's name begins with that of its recipient's folder, so that one who looks for his own mails reads no others.
_FOLDER_LETTERS = 12


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One mail as one recipient got it; `name` is the name of its file."""

    name: str
    recipient: str
    received_at: datetime
    message: EmailMessage

    def part(self, kind: str) -> str | None:
        """Return the text of the first part of a content type such as text/html, None if there is none."""
        for part in self.message.walk():
            if part.get_content_type() == kind:
                return str(part.get_content()) if kind.startswith("text/") else None
        return None


class Store:
    """
    Files mail and short messages, each once.

    A mail is known by its Message-ID and recipient, as with servers that suppress duplicates: a repeat replaces the
    file. Safe among processes, because a file is written beside its place and then moved there.
    """

    def __init__(self, folder: Path) -> None:
        self._mails = folder / "mail"
        self._texts = folder / "sms"
        self._tries = folder / "tries"
        for directory in (self._mails, self._texts, self._tries):
            directory.mkdir(parents=True, exist_ok=True)

    def file_mail(self, content: bytes, *, recipient: str) -> str:
        """Keep a mail for a recipient and return its name."""
        name = name_of(content, recipient)
        path = self._path(name)
        path.parent.mkdir(exist_ok=True)
        _write(path, f"Delivered-To: {recipient}\r\n".encode() + content)
        return name

    def mails(self, *, to: str | None = None) -> list[Mail]:
        """Return the mails, newest first: all, or those to one address."""
        folder = "*" if to is None else _folder_of(to)
        found = [self._read(path) for path in self._mails.glob(f"{folder}/*.eml")]
        return sorted(found, key=lambda mail: mail.received_at, reverse=True)

    def mail(self, name: str) -> Mail | None:
        """Return one mail, None if there is none of this name."""
        path = self._path(name)
        return self._read(path) if name.isalnum() and path.exists() else None

    def file_text(self, *, key: str, to: str, text: str) -> str:
        """Keep a short message and return its name; the same key is the same message."""
        name = hashlib.sha256(key.encode()).hexdigest()[:24]
        body = {"id": name, "to": to, "text": text, "receivedAt": datetime.now(UTC).isoformat()}
        _write(self._texts / f"{name}.json", json.dumps(body).encode())
        return name

    def texts(self, *, to: str | None = None) -> list[dict[str, Any]]:
        """Return the short messages, newest first: all, or those to one number."""
        found: Iterator[dict[str, Any]] = (json.loads(path.read_bytes()) for path in self._texts.glob("*.json"))
        return sorted((text for text in found if to in (None, text["to"])), key=lambda text: str(text["receivedAt"]))[
            ::-1
        ]

    def tries(self, name: str) -> int:
        """Count one more try to deliver something, and return how many there were."""
        path = self._tries / name
        with path.open("ab") as file:
            file.write(b".")
        return path.stat().st_size

    def _path(self, name: str) -> Path:
        return self._mails / name[:_FOLDER_LETTERS] / f"{name}.eml"

    def _read(self, path: Path) -> Mail:
        message = _PARSER.parsebytes(path.read_bytes())
        return Mail(
            name=path.stem,
            recipient=str(message["Delivered-To"]),
            received_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
            message=message,
        )


def name_of(content: bytes, recipient: str) -> str:
    """Return the name a mail is filed under: made of its Message-ID, or of all of it if it has none."""
    known = _PARSER.parsebytes(content, headersonly=True)["Message-ID"]
    return _folder_of(recipient) + hashlib.sha256(f"{known or content!r}".encode()).hexdigest()[:24]


def _folder_of(recipient: str) -> str:
    return hashlib.sha256(recipient.encode()).hexdigest()[:_FOLDER_LETTERS]


def _write(path: Path, content: bytes) -> None:
    with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(content)
    os.replace(file.name, path)

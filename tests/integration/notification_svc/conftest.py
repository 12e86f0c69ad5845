"""notification_svc over a real SMTP server process, and what it left in its tables and in the mailbox."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from common import migrations
from common.columns import now
from common.config import settings
from common.consumer import Handler
from common.db import Database
from common.messages import Event
from deploy import ports
from notification_svc.consumers import HANDLERS
from notification_svc.models import Correspondence, Fact, Message, database
from notification_svc.service import composing, delivering
from notification_svc.service.outside import Post
from sandbox.mailbox.store import Store
from tests.surroundings import surroundings

ROOT = Path(__file__).resolve().parents[3]
SLOW_SECONDS = 3.0
TIMEOUT_SECONDS = 1.0


@pytest.fixture(scope="session")
def smtp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The port and the folder of the sandbox's SMTP server, as the process it is."""
    folder = tmp_path_factory.mktemp("mailbox")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox.mailbox.smtp", "127.0.0.1", str(port)],
        cwd=ROOT,
        env={"AEROSAGA_MAILBOX_FOLDER": str(folder), "AEROSAGA_MAILBOX_SLOW_SECONDS": str(SLOW_SECONDS)},
    )
    try:
        ends_at = time.monotonic() + 60
        while ports.is_free(port):
            assert time.monotonic() < ends_at, "the SMTP server did not start"
            time.sleep(0.1)
        yield port, folder
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def notification_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database of notification_svc, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "notification.db"
    with surroundings(notification_database_url=f"sqlite:///{path}"):
        migrations.upgrade("notification")
    return path


@dataclass
class Mailing:
    """The use cases of notification_svc with what they need, driven by hand."""

    database: Database
    post: Post
    store: Store

    def hear(self, *events: Event) -> None:
        """Apply events as the consumer does: each kind together, at this moment."""
        for kind in dict.fromkeys(type(event) for event in events):
            handler: Handler = HANDLERS[kind][0]
            same = [event for event in events if type(event) is kind]
            self.database.write(handler, same)

    def compose(self) -> None:
        """Look at whatever is due."""
        composing.compose_due(self.database)

    def hasten(self, *, seconds: float = 0) -> None:
        """Make everything due, and let what was heard be heard so many seconds earlier."""

        def act(session: Any) -> None:
            session.execute(update(Message).where(Message.next_attempt_at.is_not(None)).values(next_attempt_at=now()))
            session.execute(update(Correspondence).values(look_at=now(seconds=-1)))
            if seconds:
                session.execute(update(Fact).values(heard_at=now(seconds=-seconds)))

        self.database.write(act)

    def end_claims(self) -> None:
        """Let as much time pass as claims last."""
        ended = update(Message).values(claimed_until=now(seconds=-1), next_attempt_at=now(seconds=-1))
        self.database.write(lambda session: session.execute(ended) and None)

    def dispatch(self) -> list[int]:
        """Send what is due, one after the other."""
        taken = self.database.write(delivering.take_due, limit=50)
        for message_id in taken:
            delivering.deliver(self.database, self.post, message_id=message_id)
        return taken

    def log(self) -> list[Message]:
        """Return the message log, in order."""
        return self.database.read(lambda session: list(session.scalars(select(Message).order_by(Message.id))))

    def mails(self, to: str) -> list[EmailMessage]:
        """Return what the mailbox has for an address, newest first."""
        return [mail.message for mail in self.store.mails(to=to)]


@pytest.fixture(params=["sqlite", "mariadb"])
def mailing(
    request: pytest.FixtureRequest, tmp_path: Path, smtp: tuple[int, Path], notification_template: Path
) -> Iterator[Mailing]:
    """notification_svc that knows nothing yet, on each kind of database."""
    port, folder = smtp
    given: dict[str, object] = {"smtp_url": f"smtp://127.0.0.1:{port}", "mail_timeout_seconds": TIMEOUT_SECONDS}
    if request.param == "mariadb":
        clean: Mapping[str, Database] = request.getfixturevalue("clean")
        yield Mailing(clean["notification"], Post(settings().model_copy(update=given)), Store(folder))
        return
    path = tmp_path / "notification.db"
    shutil.copy(notification_template, path)
    with surroundings(notification_database_url=f"sqlite:///{path}", **given):
        yield Mailing(database, Post(settings()), Store(folder))


@pytest.fixture
def address() -> str:
    """An address that no other test writes to."""
    return f"ada-{uuid4().hex[:8]}@example.org"

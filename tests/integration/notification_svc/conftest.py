"""notification_svc over a real SMTP server process, and what it left in its tables and in the mailbox."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from notification_svc.consumers import HANDLERS
from notification_svc.models import Correspondence, Fact, Message, database
from notification_svc.service import composing, delivering
from notification_svc.service.outside import Post
from sandbox.mailbox.store import Store
from tests.mailbox import mailbox
from tests.reliability.faults.links import Links
from tests.surroundings import surroundings

SLOW_SECONDS = 3.0
TIMEOUT_SECONDS = 1.0
LINE = "smtp"


@pytest.fixture(scope="session")
def smtp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The port and the folder of the sandbox's SMTP server, as the process it is."""
    folder = tmp_path_factory.mktemp("mailbox")
    with mailbox(folder, slow_seconds=SLOW_SECONDS) as port:
        yield port, folder


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

    def claim(self, *, seconds: float = 60, limit: int = 50) -> Sequence[Message]:
        """Claim what is due, as a deliverer does."""
        found = self.database.read(delivering.due, limit=limit)
        return self.database.write(delivering.claim, message_ids=found, seconds=seconds)

    def deliver(self) -> None:
        """Send what is due."""
        delivering.deliver_due(self.database, self.post)

    def log(self) -> list[Message]:
        """Return the message log, in order."""
        return self.database.read(lambda session: list(session.scalars(select(Message).order_by(Message.id))))

    def mails(self, to: str) -> list[EmailMessage]:
        """Return what the mailbox has for an address, newest first."""
        return [mail.message for mail in self.store.mails(to=to)]


@dataclass
class Line:
    """A link to the mail server that counts its connections and can be cut."""

    links: Links

    @property
    def connections(self) -> int:
        """How many there were."""
        return self.links.connections(LINE)

    def cut(self) -> None:
        """End those that are open."""
        self.links.reset(LINE)


@pytest.fixture
def post(smtp: tuple[int, Path]) -> Iterator[Post]:
    """What sends messages, straight to the mail server."""
    with posting(smtp[0]) as made:
        yield made


@pytest.fixture
def line(smtp: tuple[int, Path], mailing: Mailing) -> Iterator[Line]:
    """The way to the mail server, which messages take from now on."""
    links = Links()
    with posting(links.detour(LINE, smtp[0])) as mailing.post:
        yield Line(links)
    links.close()


@contextmanager
def posting(port: int) -> Iterator[Post]:
    """What sends messages by the mail server at a port."""
    given = {"smtp_url": f"smtp://127.0.0.1:{port}", "mail_timeout_seconds": TIMEOUT_SECONDS}
    post = Post(settings().model_copy(update=given))
    yield post
    post.close()


@pytest.fixture(params=["sqlite", "mariadb"])
def mailing(
    request: pytest.FixtureRequest, tmp_path: Path, smtp: tuple[int, Path], post: Post, notification_template: Path
) -> Iterator[Mailing]:
    """notification_svc that knows nothing yet, on each kind of database."""
    store = Store(smtp[1])
    if request.param == "mariadb":
        clean: Mapping[str, Database] = request.getfixturevalue("clean")
        yield Mailing(clean["notification"], post, store)
        return
    path = tmp_path / "notification.db"
    shutil.copy(notification_template, path)
    with surroundings(notification_database_url=f"sqlite:///{path}"):
        yield Mailing(database, post, store)


@pytest.fixture
def address() -> str:
    """An address that no other test writes to."""
    return f"ada-{uuid4().hex[:8]}@example.org"

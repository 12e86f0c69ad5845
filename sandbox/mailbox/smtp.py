"""The mailbox's SMTP server: python -m sandbox.mailbox.smtp HOST PORT."""

import asyncio
import signal
import sys

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.mailbox.settings import MailboxSettings
from sandbox.mailbox.store import Store, name_of

# A mail of ours has some 20 kB; more is a mistake.
LARGEST_MAIL_BYTES = 1024 * 1024


class Filing:
    """
    What the server does with a mail, by the part of the recipient's address before the @.

    refused: 550, there is nobody of this name. down: 451, try again later, for ever. fails-twice: 451 for the first two
    tries of a mail, then taken. slow: taken after `slow_seconds`. Everybody else: taken.
    """

    def __init__(self, store: Store, *, slow_seconds: float) -> None:
        self._store = store
        self._slow_seconds = slow_seconds

    async def handle_RCPT(  # noqa: N802 (aiosmtpd calls it by this name)
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient, or refuse one."""
        who = address.partition("@")[0]
        if who == "refused":
            return "550 5.1.1 nobody of this name is here"
        if who == "down":
            return "451 4.3.0 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """File a mail for each of its recipients."""
        content = bytes(envelope.original_content or b"")
        for recipient in envelope.rcpt_tos:
            who = recipient.partition("@")[0]
            if who == "fails-twice" and self._store.tries(name_of(content, recipient)) <= 2:
                return "451 4.3.0 try again later"
            if who == "slow":
                await asyncio.sleep(self._slow_seconds)
            self._store.file_mail(content, recipient=recipient)
        return "250 OK"


async def serve(host: str, port: int, settings: MailboxSettings) -> None:
    """Take mail until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, ended.set)
    filing = Filing(Store(settings.folder), slow_seconds=settings.slow_seconds)
    server = await loop.create_server(
        lambda: SMTP(filing, hostname="mailbox.aerosaga.example", data_size_limit=LARGEST_MAIL_BYTES, loop=loop),
        host,
        port,
    )
    async with server:
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2]), MailboxSettings()))

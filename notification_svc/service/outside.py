"""Sending a message of the log on the channel it is for."""

from email.utils import parseaddr

from common.config import Settings
from notification_svc.domain.messages import Channel
from notification_svc.letters.mails import as_mail
from notification_svc.letters.rendering import render
from notification_svc.models import Message
from notification_svc.provider.mail import MailServer
from notification_svc.provider.sms import Texting


class Post:
    """The mail server and the provider of short messages; safe among threads."""

    def __init__(self, settings: Settings) -> None:
        self.timeout_seconds = settings.mail_timeout_seconds
        self._sender = settings.mail_from
        self._mail = MailServer(settings.smtp_url, timeout_seconds=settings.mail_timeout_seconds)
        self._texting = Texting(settings.sms_url, timeout_seconds=settings.mail_timeout_seconds)

    def tidy(self) -> None:
        """Let go of connections that are kept for longer than they are good for."""
        self._mail.tidy()

    def close(self) -> None:
        """Let go of every connection that is kept."""
        self._mail.close()

    def send(self, message: Message) -> None:
        """
        Send a message.

        :raises MailTrouble, TextingTrouble: if it did not get through; later it may
        :raises AddressRefused, NumberRefused: if this recipient will never take it
        """
        said = render(message.kind, language=message.language, content=message.content or {})
        # A repeat that nobody asked for has the same name and can be dropped; one that was asked for is another mail.
        name = f"{message.name}.{message.redeliveries}"
        if message.channel is Channel.SMS:
            self._texting.send(
                to=message.recipient, text=said.short or said.subject, key=name.replace(".", "").replace("_", "")
            )
            return
        mail = as_mail(said, sender=self._sender, recipient=message.recipient, name=name, language=message.language)
        self._mail.send(mail, sender=parseaddr(self._sender)[1], recipient=message.recipient)

"""notification_svc: the command it accepts."""

from datetime import datetime
from typing import ClassVar

from common.messages import Command, message


@message
class AccessCodeMailRequested(Command):
    """
    Mail somebody the `code` that opens a reservation until `expires_at` (UTC).

    `email` and `language` (an ISO 639-1 code) are those of the reservation's contact. The code is forgotten when the
    mail is on its way.
    """

    queue: ClassVar[str] = "notification.commands"
    task: ClassVar[str] = "notification_svc.mail_access_code"
    personal: ClassVar[bool] = True

    reservation_id: int
    locator: str
    email: str
    language: str
    code: str
    expires_at: datetime

"""Mailing the code that opens a reservation."""

from uuid import NAMESPACE_OID, uuid5

from sqlalchemy.orm import Session

from common import journal
from common.contracts.notification import AccessCodeMailRequested
from notification_svc.domain.messages import Channel, Kind
from notification_svc.service.writing import Draft, write


def mail_access_code(session: Session, command: AccessCodeMailRequested) -> None:
    """Write the mail with the code, once however often the command comes; the code is forgotten once it is sent."""
    journal.record_command(session, command)
    # Commands have no id of their own: the same code for the same reservation is the same mail.
    asked = f"{command.correlation_id} {command.reservation_id} {command.code} {command.expires_at.isoformat()}"
    mail = Draft(
        event_id=uuid5(NAMESPACE_OID, asked),
        reservation_id=command.reservation_id,
        locator=command.locator,
        correlation_id=command.correlation_id,
        kind=Kind.ACCESS_CODE,
        channel=Channel.EMAIL,
        recipient=command.email,
        language=command.language,
        content={"locator": command.locator, "code": command.code, "expiresAt": command.expires_at},
        secret=True,
    )
    write(session, [mail])

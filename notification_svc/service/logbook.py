"""The log of what was written, as operators see it."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from notification_svc.models import Message


def of_reservation(session: Session, *, locator: str) -> Sequence[Message]:
    """Return what was written about the reservation of this locator, oldest first."""
    return session.scalars(select(Message).where(Message.locator == locator).order_by(Message.id)).all()

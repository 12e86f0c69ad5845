"""What tests of parked and replayed events share: handlers that leave a trace, and looks at what became of events."""

from sqlalchemy import select

from common import audit, journal, parking
from common.contracts.booking import ReservationConfirmed, ReservationFailed
from tests.conftest import OPERATOR_TOKEN

INBOX = "payment.inbox.booking"
OPERATOR = {"Authorization": f"Bearer {OPERATOR_TOKEN}"}


def note(session, event):
    """A handler that leaves a trace of each time it is called, and takes no reservation 13."""
    if event.reservation_id == 13:
        raise KeyError("thirteen is poison")
    journal.record(session, correlation_id=event.correlation_id, kind="act", name="note", number=event.reservation_id)


def note_again(session, event):
    note(session, event)


HANDLERS = {ReservationConfirmed: [note, note_again], ReservationFailed: [note]}


def parked(database):
    found = select(parking.parked_message).order_by(parking.parked_message.c.id)
    return database.read(lambda session: session.execute(found).all())


def noted(database):
    found = select(journal.journal.c.detail).where(journal.journal.c.name == "note")
    return [detail["number"] for detail in database.read(lambda session: session.scalars(found).all())]


def acts(database):
    rows = database.read(lambda session: session.execute(select(audit.audit_entry)).all())
    return [(row.actor, row.act, row.subject, row.reason) for row in rows]

"""Replay: past events of this service's outbox, sent again to one subscriber's queue alone."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from common import audit
from common.auth import Caller
from common.bus import ONLY_HANDLER, Publisher
from common.contracts.subscriptions import SUBSCRIPTIONS
from common.errors import Rejected, TransientError
from common.outbox import outbox
from common.parking import SENT_AGAIN

# One call; whoever wants more goes on after its last row.
MOST = 1000


class NobodyHears(Rejected):
    """Raised when events are to be replayed to a service that does not subscribe to them."""

    code = "nobody_hears"


def replay(
    session: Session,
    *,
    service: str,
    publisher: Callable[[], Publisher],
    to: str,
    handler: str | None,
    since: datetime,
    until: datetime | None,
    types: Sequence[str],
    after_id: int,
    dry_run: bool,
    by: Caller,
    reason: str,
    trace: UUID,
) -> dict[str, Any]:
    """
    Send published events that happened from `since` until `until` again, to the inbox queue of `to` only.

    They keep their ids, so that its inbox lets each handler apply only what it has not applied. Returns
    `{events, lastId, more, oldest}`; `oldest` is when the first event still kept here happened.

    :raises NobodyHears: if `to` does not subscribe to any such event of this service
    :raises TransientError: if the broker does not take them
    """
    heard = {event.routing_key() for event in SUBSCRIPTIONS.get(to, ()) if event.exchange == f"{service}.events"}
    wanted = {key for key in heard if not types or key in types or key.partition(".")[0] in types}
    if not wanted:
        raise NobodyHears(
            f"{to}_svc hears no such event of {service}_svc. It hears: {', '.join(sorted(heard)) or 'none at all'}."
        )
    found = _rows(session, wanted=wanted, since=since, until=until, after_id=after_id)
    rows = [row for row in found if f"{row.type}.v{row.version}" in wanted]
    if rows and not dry_run:
        headers = {SENT_AGAIN: f"replay {uuid4()}"} | ({ONLY_HANDLER: handler} if handler else {})
        sending = publisher()
        try:
            sent = sending.publish(rows, to_queue=f"{to}.inbox.{service}", headers=headers)
        finally:
            sending.close()
        if sent < len(rows):
            raise TransientError(f"The broker took {sent} of {len(rows)} events; repeating all of them does no harm.")
    if not dry_run:
        audit.record(
            session,
            by=by,
            act="replay events",
            subject=f"{to}_svc",
            correlation_id=trace,
            reason=reason,
            handler=handler,
            events=len(rows),
            since=since.isoformat(),
            types=sorted(wanted),
        )
    return {
        "events": len(rows),
        "types": sorted(wanted),
        "last_id": found[-1].id if found else after_id,
        "more": len(found) == MOST,
        "oldest": session.scalar(select(func.min(outbox.c.occurred_at))),
    }


def _rows(
    session: Session, *, wanted: set[str], since: datetime, until: datetime | None, after_id: int
) -> Sequence[Row[Any]]:
    keys = [key.rpartition(".v") for key in sorted(wanted)]
    chosen = (
        select(outbox)
        .where(
            outbox.c.published_at.is_not(None),  # the others are on their way by themselves
            outbox.c.id > after_id,
            outbox.c.occurred_at >= since,
            outbox.c.type.in_([name for name, _, _ in keys]),
        )
        .order_by(outbox.c.id)
        .limit(MOST)
    )
    if until is not None:
        chosen = chosen.where(outbox.c.occurred_at < until)
    return session.execute(chosen).all()

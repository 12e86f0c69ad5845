"""What notification_svc states of what it heard, to a neighbour that was restored from an older backup."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from common.contracts.statements import CorrespondenceStatement
from notification_svc.models import Correspondence, Fact, Itinerary


def correspondence(session: Session, *, after: int, limit: int) -> Sequence[CorrespondenceStatement]:
    """Return what was heard of at most `limit` reservations with a number beyond `after`, in the order of these."""
    page = (
        select(Correspondence.reservation_id)
        .where(Correspondence.reservation_id > after)
        .order_by(Correspondence.reservation_id)
        .limit(limit)
    )
    numbers = session.scalars(page).all()
    facts: dict[int, list[Fact]] = {number: [] for number in numbers}
    for fact in session.scalars(select(Fact).where(Fact.reservation_id.in_(numbers)).order_by(Fact.occurred_at)):
        facts[fact.reservation_id].append(fact)
    known = session.scalars(select(Itinerary).where(Itinerary.reservation_id.in_(numbers)))
    itineraries = {each.reservation_id: each.body for each in known}
    return [
        CorrespondenceStatement(
            number=number, facts=[fact.body for fact in facts[number]], itinerary=itineraries.get(number)
        )
        for number in numbers
    ]

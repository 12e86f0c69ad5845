"""Delays and cancellations of departures: told once, audited, and a cancellation is for good."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from common import audit
from common.auth import Caller, Role
from common.outbox import outbox
from flight_svc.domain.flights import BadDelay, DepartureIsCancelled, UnknownDeparture
from flight_svc.models import Departure
from flight_svc.service import disrupting
from tests.unit.flight_svc.conftest import a_row, put

OPERATOR = Caller(name="usr_ops", role=Role.OPERATOR)


@pytest.fixture
def departure(session) -> Departure:
    put(session, a_row())
    return session.scalars(select(Departure)).one()


def delay(session, departure, **changes) -> Departure:
    facts = {"minutes": None, "reason": "late inbound aircraft", "by": OPERATOR}
    return disrupting.delay(session, departure_id=departure.id, correlation_id=uuid4(), **{**facts, **changes})


def cancel(session, departure, reason="storm") -> Departure:
    return disrupting.cancel(
        session,
        departure_id=departure.id,
        reason=reason,
        by=OPERATOR,
        correlation_id=uuid4(),
    )


def told(session, kind: str) -> list[dict]:
    return list(session.scalars(select(outbox.c.body).where(outbox.c.type == kind).order_by(outbox.c.id)))


class TestDelay:
    def test_moves_both_ends_by_the_same_time_and_tells_so(self, session, departure):
        delay(session, departure, minutes=45)

        assert (departure.status, departure.status_reason) == ("delayed", "late inbound aircraft")
        assert departure.departs_local == "2026-12-01T09:15:00-05:00"
        assert departure.arrives_local == "2026-12-01T12:30:00-08:00"
        (event,) = told(session, "DepartureDelayed")
        assert event["departureId"] == departure.id
        assert event["departsLocal"] == "2026-12-01T09:15:00-05:00"
        assert str(event["previousDepartsAt"]).startswith("2026-12-01")

    @pytest.mark.parametrize("local", ["2026-12-01T09:15", "2026-12-01T09:15:00-05:00", "2026-12-01T14:15:00Z"])
    def test_takes_a_time_on_the_clocks_of_the_origin_or_an_instant(self, session, departure, local):
        delay(session, departure, departs_local=local)

        assert departure.departs_local == "2026-12-01T09:15:00-05:00"

    def test_counts_minutes_from_the_timetable_so_that_the_same_again_changes_nothing(self, session, departure):
        for _ in range(3):
            delay(session, departure, minutes=45)

        assert departure.departs_local == "2026-12-01T09:15:00-05:00"
        assert len(told(session, "DepartureDelayed")) == len(audit.entries(session)) == 1

    def test_may_be_corrected_and_keeps_the_time_in_the_air(self, session, departure):
        for minutes in (45, 200, 30):
            delay(session, departure, minutes=minutes)

        assert departure.departs_local == "2026-12-01T09:00:00-05:00"
        assert departure.arrives_local == "2026-12-01T12:15:00-08:00"
        assert [event["departsLocal"][11:16] for event in told(session, "DepartureDelayed")] == [
            "09:15",
            "11:50",
            "09:00",
        ]

    def test_stays_on_the_local_date_it_is_found_by(self, session, departure):
        delay(session, departure, minutes=20 * 60)

        assert (departure.departs_local[:10], str(departure.local_date)) == ("2026-12-02", "2026-12-01")

    @pytest.mark.parametrize(
        "local", ["2026-12-01T08:30", "2026-12-01T07:00", "2026-12-03T08:31", "2026-13-01T08:30", "9999-12-31T23:59"]
    )
    def test_refuses_a_time_that_is_no_delay(self, session, departure, local):
        with pytest.raises(BadDelay):
            delay(session, departure, departs_local=local)

        assert departure.status == "scheduled"
        assert told(session, "DepartureDelayed") == audit.entries(session) == []

    def test_is_in_the_audit_log_with_who_and_why(self, session, departure):
        delay(session, departure, minutes=45)

        (entry,) = audit.entries(session, subject=f"departure {departure.id}")
        assert (entry["actor"], entry["role"], entry["act"]) == ("usr_ops", "operator", "delay departure")
        assert entry["reason"] == "late inbound aircraft"

    def test_knows_no_departure_that_is_not_there(self, session, departure):
        with pytest.raises(UnknownDeparture):
            disrupting.delay(
                session,
                departure_id=4711,
                minutes=5,
                reason="fog",
                by=OPERATOR,
                correlation_id=uuid4(),
            )


class TestCancel:
    def test_is_told_once_however_often_it_is_asked(self, session, departure):
        for reason in ("storm", "storm", "strike"):
            cancel(session, departure, reason)

        assert (departure.status, departure.status_reason) == ("cancelled", "storm")
        assert [event["reason"] for event in told(session, "DepartureCancelled")] == ["storm"]
        assert [entry["act"] for entry in audit.entries(session)] == ["cancel departure"]

    def test_is_for_good(self, session, departure):
        cancel(session, departure)

        with pytest.raises(DepartureIsCancelled):
            delay(session, departure, minutes=45)

    def test_may_follow_a_delay(self, session, departure):
        delay(session, departure, minutes=45)

        assert cancel(session, departure).status == "cancelled"

    def test_is_not_undone_by_loading_the_timetable_again(self, session, departure):
        cancel(session, departure)

        assert put(session, a_row()) == {"created": 0, "unchanged": 1}
        assert departure.status == "cancelled"

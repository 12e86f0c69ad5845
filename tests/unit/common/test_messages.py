"""Messages: frozen in Python, flat camelCase on the wire, tolerant of what is new and of nothing else."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import ClassVar
from uuid import UUID, uuid4

import pytest

from common import codec
from common.messages import Event, Unreadable, message, newest
from tests.builders import an_authorized, an_initiated


@message
class KiteFlown(Event):
    exchange: ClassVar[str] = "kite.events"

    kite_id: int
    line_length: Decimal
    flown_by: str | None = None


def a_kite(**changes):
    return KiteFlown(**{"correlation_id": uuid4(), "kite_id": 7, "line_length": Decimal("12.50")} | changes)


def wire(**changes):
    body = a_kite().to_wire() | changes
    return {name: value for name, value in body.items() if value is not None}


class TestToWire:
    def test_is_flat_camel_case_with_type_and_version(self):
        body = a_kite(correlation_id=UUID(int=1), event_id=UUID(int=2), flown_by="Ada").to_wire()

        assert body == {
            "type": "KiteFlown",
            "version": 1,
            "correlationId": UUID(int=1),
            "eventId": UUID(int=2),
            "kiteId": 7,
            "lineLength": Decimal("12.50"),
            "flownBy": "Ada",
        }

    def test_leaves_out_what_is_none(self):
        assert "flownBy" not in a_kite().to_wire()

    def test_keeps_an_amount_exact_down_to_the_text(self):
        assert '"amount":450.00' in codec.dumps(an_authorized(amount=Decimal("450.00")).to_wire())


class TestFromWire:
    @pytest.mark.parametrize("event", [a_kite(flown_by="Ada"), an_authorized(), an_initiated()])
    def test_reads_what_was_written(self, event):
        assert type(event).from_wire(codec.loads(codec.dumps(event.to_wire()))) == event

    def test_drops_fields_it_does_not_know(self):
        assert not hasattr(KiteFlown.from_wire(wire(colour="red")), "colour")

    @pytest.mark.parametrize(
        "changes",
        [{"type": "KiteLost"}, {"type": None}, {"version": 2}, {"version": "1"}, {"version": None}],
    )
    def test_cannot_read_another_type_or_version(self, changes):
        with pytest.raises(Unreadable, match="expected KiteFlown v1"):
            KiteFlown.from_wire(wire(**changes))

    @pytest.mark.parametrize(
        "changes",
        [{"kiteId": None}, {"kiteId": "seven"}, {"lineLength": "long"}, {"correlationId": "x"}, {"flownBy": {}}],
    )
    def test_says_which_field_is_missing_or_wrong(self, changes):
        (name,) = changes

        with pytest.raises(Unreadable, match=name):
            KiteFlown.from_wire(wire(**changes))

    def test_says_so_in_a_sentence_and_repeats_nothing_of_what_may_be_personal(self):
        with pytest.raises(Unreadable) as refused:
            KiteFlown.from_wire(wire(lineLength="of Ada Lovelace"))

        assert refused.value.detail.startswith("KiteFlown v1: lineLength: ")
        assert "Ada" not in refused.value.detail


class TestMessage:
    def test_cannot_be_changed(self):
        with pytest.raises(FrozenInstanceError):
            a_kite().kite_id = 8

    def test_names_each_event_by_an_id_of_its_own(self):
        assert a_kite().event_id != a_kite().event_id

    def test_has_a_schema_in_wire_names(self):
        assert {"kiteId", "lineLength", "correlationId"} <= set(KiteFlown.schema()["required"])


class TestNewest:
    def test_keeps_the_latest_of_each_thing_whatever_the_order(self):
        noon = datetime(2026, 12, 1, 12, tzinfo=UTC)
        early, late = a_kite(occurred_at=noon), a_kite(occurred_at=noon + timedelta(microseconds=1))
        other = a_kite(kite_id=8, occurred_at=noon)

        for events in ([early, late, other], [other, late, early]):
            assert set(newest(events, of=lambda event: event.kite_id)) == {late, other}

    def test_takes_the_last_received_of_two_at_the_same_moment(self):
        noon = datetime(2026, 12, 1, 12, tzinfo=UTC)
        first, second = a_kite(occurred_at=noon), a_kite(occurred_at=noon)

        assert newest([first, second], of=lambda event: event.kite_id) == [second]

"""Avro: every event comes back as it went, and writers and readers of different days understand each other."""

import io
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import ClassVar
from uuid import UUID

import fastavro
import pytest
from fastavro.schema import fingerprint, to_parsing_canonical_form
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common import codec, wire
from common.avro import big_decimal, registry, schemas, single_object
from common.contracts.payment import PaymentCaptured
from common.contracts.registry import files, inventory
from common.contracts.registry.published import Published
from common.contracts.registry.resolution import obstacles
from common.messages import Event, Unreadable, message
from tests.instances import instances
from tests.surroundings import surroundings

MOMENT = datetime(2026, 12, 1, 13, 30, 0, 123456, tzinfo=UTC)
ENVELOPE = {"correlation_id": UUID(int=1), "event_id": UUID(int=2), "occurred_at": MOMENT}


class TestEveryEvent:
    @pytest.mark.parametrize("event", inventory.events(), ids=inventory.title)
    def test_comes_back_as_it_went(self, event):
        @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
        @given(instances(event))
        def comes_back(sent):
            told = single_object.decode(single_object.encode(sent))

            got = event.from_wire(told)
            assert got == sent
            # Equal decimals may differ in their digits, and equal times in their offset.
            assert codec.dumps(got.to_wire()) == codec.dumps(sent.to_wire())

        comes_back()


class TestTheSingleObjectEncoding:
    def test_is_a_marker_the_fingerprint_and_a_body_that_any_reader_of_avro_reads(self):
        event = captured()

        data = single_object.encode(event)

        schema = schemas.schema_of(type(event))
        canonical = to_parsing_canonical_form(fastavro.parse_schema(schema))
        assert data[:2] == b"\xc3\x01"
        assert data[2:10].hex() == fingerprint(canonical, "CRC-64-AVRO")
        read = fastavro.schemaless_reader(io.BytesIO(data[10:]), schema, None)
        assert (read["reservationId"], read["occurredAt"], read["eventId"]) == (12345, MOMENT, UUID(int=2))

    def test_has_the_fingerprint_in_the_order_that_the_specification_gives(self):
        # Of the schema "int", as Avro's own test suite has it: 0x7275d51a3f395c8f.
        assert schemas.fingerprint_of("int") == (0x7275D51A3F395C8F).to_bytes(8, "little")

    def test_refuses_a_number_that_avro_has_no_room_for(self):
        with pytest.raises(ValueError, match="cannot be written as Avro"):
            single_object.encode(captured(reservation_id=2**63))

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"", "not Avro"),
            (b'{"type":"SeatHeld"}', "not Avro"),
            (b"\xc3\x01" + bytes(8), "has the fingerprint 0000000000000000: its writer is newer"),
            (lambda: single_object.encode(captured())[:-1], "cannot be read as Avro"),
            (lambda: single_object.encode(captured()) + b"\0", "something follows its last field"),
        ],
    )
    def test_refuses_what_it_cannot_read_and_says_why(self, data, said):
        with pytest.raises(Unreadable, match=said):
            single_object.decode(data() if callable(data) else data)


class TestABigDecimal:
    @given(st.decimals(allow_nan=False, allow_infinity=False).filter(lambda value: value or not value.is_signed()))
    def test_keeps_every_digit(self, value):
        assert big_decimal.loads(big_decimal.dumps(value)).as_tuple() == value.as_tuple()

    def test_is_written_as_the_specification_says(self):
        # 450.00 is the number 45000 (0x00AFC8) with the scale 2: three bytes, then both counts in zigzag.
        assert big_decimal.dumps(Decimal("450.00")) == b"\x06\x00\xaf\xc8\x04"

    @pytest.mark.parametrize("data", [b"", b"\x06\x00", b"\x02\x01", b"\x02\x01\x04\x00", b"\x01\x04"])
    def test_refuses_other_bytes(self, data):
        with pytest.raises(ValueError, match=r"big-decimal|without an end"):
            big_decimal.loads(data)


class TestEvolution:
    """A reader and a writer of different days; the schema of each is in the registry."""

    @pytest.fixture
    def written_by(self, tmp_path, monkeypatch):
        """Publish a class's schema as one of the former, and write an instance of it."""

        def write(cls, **facts):
            folder = tmp_path / "payment.events" / "former"
            folder.mkdir(parents=True, exist_ok=True)
            schema = schemas.schema_of(cls)
            name = f"{cls.__name__}.v1.{schemas.fingerprint_of(schema).hex()}.avsc"
            (folder / name).write_text(codec.dumps(schema), "utf-8")
            monkeypatch.setattr(registry, "FOLDER", tmp_path)
            registry._all.cache_clear()
            return single_object.encode(cls(**ENVELOPE, **facts))

        yield write
        registry._all.cache_clear()

    def test_lets_a_new_reader_read_what_was_written_before_its_fields_came(self, written_by):
        data = written_by(disputed(amount=Decimal), amount=Decimal("9.90"))

        newer = disputed(amount=Decimal, fee=(Decimal, Decimal("0.50")), note=(str | None, None), days=(int, 30))
        read = newer.from_wire(single_object.decode(data))

        assert (read.amount, read.fee, read.note, read.days) == (Decimal("9.90"), Decimal("0.50"), None, 30)

    def test_lets_an_old_reader_drop_what_it_does_not_know(self, written_by):
        newer = disputed(amount=Decimal, fee=(Decimal, Decimal("0.50")), note=(str | None, None))
        data = written_by(newer, amount=Decimal("9.90"), fee=Decimal("1.25"), note="late")

        read = disputed(amount=Decimal).from_wire(single_object.decode(data))

        assert read.amount == Decimal("9.90")
        assert not hasattr(read, "fee")

    def test_needs_what_the_writer_did_not_know_to_have_a_default(self, written_by):
        data = written_by(disputed(amount=Decimal), amount=Decimal("9.90"))

        with pytest.raises(Unreadable, match="bank"):
            disputed(amount=Decimal, bank=str).from_wire(single_object.decode(data))

    def test_is_understood_by_other_readers_of_avro_too(self, written_by):
        older, newer = disputed(amount=Decimal), disputed(amount=Decimal, days=(int, 30))
        data = written_by(older, amount=Decimal("9.90"))

        read = fastavro.schemaless_reader(io.BytesIO(data[10:]), schemas.schema_of(older), schemas.schema_of(newer))

        assert (read["amount"], read["days"]) == (Decimal("9.90"), 30)


class TestAChange:
    """What the build lets pass between two schemas, beyond what JSON already refuses."""

    def between(self, old, new):
        return [*obstacles(schemas.schema_of(old), schemas.schema_of(new))]

    def test_that_adds_a_field_with_a_default_is_fine_both_ways(self):
        old, new = disputed(amount=Decimal), disputed(amount=Decimal, note=(str | None, None))

        assert self.between(old, new) == self.between(new, old) == []

    def test_that_adds_a_field_without_one_is_not(self):
        old, new = disputed(amount=Decimal), disputed(amount=Decimal, bank=str)

        assert self.between(old, new) == ["field `bank` is not written, and readers have no default for it"]

    def test_of_a_type_is_not(self):
        assert self.between(disputed(amount=Decimal), disputed(amount=str)) == [
            "field `amount` is written as big-decimal and read as string"
        ]

    def test_from_required_to_optional_is_seen_by_yesterdays_readers(self):
        old, new = disputed(amount=Decimal), disputed(amount=(Decimal | None, None))

        assert self.between(old, new) == []
        assert self.between(new, old) == ["field `amount` is written as null and read as big-decimal"]

    def test_is_refused_by_the_check_with_the_place_where_it_was_promised(self):
        schema = schemas.schema_of(PaymentCaptured)
        schema["fields"] = [field for field in schema["fields"] if field["name"] != "currency"]
        history = [Published(where="release v1", contracts={}, avro={"contracts/payment.events/X.avsc": schema})]

        assert files.broken(history) == [
            (
                "PaymentCaptured v1 as Avro: field `currency` is not written, and readers have no default for it; "
                "what was written before could no longer be read. (Published in release v1.)"
            )
        ]

    def test_that_is_fine_keeps_the_former_schema_in_the_registry(self, tmp_path):
        schema = schemas.schema_of(PaymentCaptured)
        optional = {"name": "gone", "type": ["null", "string"], "default": None}
        schema["fields"].append(optional)
        history = [Published(where="release v1", contracts={}, avro={"contracts/payment.events/X.avsc": schema})]

        kept = files.former(history)

        [path] = kept
        print_ = schemas.fingerprint_of(schema).hex()
        assert path == f"contracts/payment.events/former/PaymentCaptured.v1.{print_}.avsc"
        assert files.broken(history) == []
        files.write(tmp_path, files.expected() | kept)
        assert files.stale(tmp_path, files.expected() | kept) == []
        assert files.write(tmp_path, files.expected()) == [], "a former schema is never cleared away"


class TestTheForm:
    def test_is_chosen_per_exchange(self):
        with surroundings(avro_exchanges="payment.events, booking.events"):
            assert wire.avro_exchanges() == {"payment.events", "booking.events"}

    def test_of_an_exchange_that_does_not_exist_is_refused_with_those_there_are(self):
        with (
            surroundings(avro_exchanges="payments.events"),
            pytest.raises(LookupError, match=r"names payments\.events, .*There are: airline\.events"),
        ):
            wire.avro_exchanges()

    def test_is_told_by_the_content_type(self):
        event = captured()

        avro = wire.read(single_object.encode(event), wire.AVRO)
        json = wire.read(codec.dumps(event.to_wire()).encode(), wire.JSON)

        assert PaymentCaptured.from_wire(avro) == PaymentCaptured.from_wire(json) == event

    def test_of_a_row_that_avro_has_no_room_for_is_json(self):
        body, properties = wire.write(row(captured(reservation_id=2**63)), in_avro=True)

        assert properties["content_type"] == wire.JSON
        assert codec.loads(body)["reservationId"] == 2**63

    def test_names_the_schema_it_was_written_by(self):
        _, properties = wire.write(row(captured()), in_avro=True)

        assert properties["headers"]["cloudEvents:dataschema"] == "/contracts/payment.events/PaymentCaptured.v1.avsc"


def captured(**changes):
    facts = {"reservation_id": 12345, "auth_id": "pa_789", "part": 1, "amount": Decimal("450.00"), "currency": "USD"}
    return PaymentCaptured(**ENVELOPE | facts | changes)


def row(event):
    return SimpleNamespace(
        event_id=event.event_id,
        exchange=event.exchange,
        type=type(event).__name__,
        version=event.version,
        correlation_id=event.correlation_id,
        body=event.to_wire(),
        occurred_at=MOMENT,
    )


def disputed(**told):
    """Return an event class of the day: each field a type, or (type, default)."""
    body = {"exchange": "payment.events", "__doc__": "The payer's bank wants it back."}
    body["__annotations__"] = {"exchange": ClassVar[str]}
    for name, kind in told.items():
        hint, *default = kind if isinstance(kind, tuple) else (kind,)
        body["__annotations__"][name] = hint
        if default:
            body[name] = default[0]
    return message(type("PaymentDisputed", (Event,), body))

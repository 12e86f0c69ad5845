"""JSON: every decimal digit survives, and nothing that is not JSON gets through."""

from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common import codec

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


class TestDumps:
    @given(VALUES)
    def test_is_read_back_as_it_was(self, value):
        assert codec.loads(codec.dumps(value)) == value

    def test_keeps_trailing_zeros_of_an_amount(self):
        assert codec.dumps({"amount": Decimal("450.00")}) == '{"amount":450.00}'

    @pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("-Infinity"), float("nan"), float("inf")])
    def test_refuses_what_is_no_number(self, value):
        with pytest.raises(ValueError, match="not JSON compliant"):
            codec.dumps([value])

    def test_refuses_what_has_no_form_of_its_own(self):
        with pytest.raises(TypeError, match="set has no JSON form"):
            codec.dumps({1})

    def test_writes_times_in_utc_with_microseconds(self):
        moment = datetime(2026, 12, 1, 8, 30, tzinfo=timezone(timedelta(hours=-5)))

        assert codec.dumps(moment) == '"2026-12-01T13:30:00.000000Z"'

    def test_writes_dates_and_uuids_as_text(self):
        value = [date(2026, 12, 1), UUID(int=7)]

        assert codec.dumps(value) == '["2026-12-01","00000000-0000-0000-0000-000000000007"]'


class TestLoads:
    def test_reads_a_fraction_exactly(self):
        assert codec.loads("0.1") + codec.loads("0.2") == Decimal("0.3")

    @pytest.mark.parametrize(
        "text",
        [
            *("", "{", "NaN", "[Infinity]", "-Infinity", '{"a":1,}', "'a'", b"\xff"),
            *("[" * 100_000, '{"a":' * 100_000),
            *("1" * 5000, "1e99999999999999999999", "[1e-99999999999999999999]"),
        ],
        ids=lambda text: repr(text[:12]),
    )
    def test_refuses_with_one_kind_of_error(self, text):
        with pytest.raises(ValueError, match=r"."):
            codec.loads(text)

"""Any instance of a message class, for Hypothesis: what its types allow, and the wire can carry."""

import types
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from hypothesis import strategies as st

# Amounts, factors, and numbers far beyond both; minus zero is zero on every wire but JSON's.
_DECIMALS = st.decimals(allow_nan=False, allow_infinity=False).filter(lambda value: value or not value.is_signed())
_JSON = st.recursive(
    st.booleans() | st.integers() | _DECIMALS.map(lambda value: value + 0) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: st.integers(-(2**63), 2**63 - 1),
    str: st.text(),
    Decimal: _DECIMALS,
    UUID: st.uuids(),
    datetime: st.datetimes(timezones=st.just(UTC)),
    date: st.dates(),
    Any: _JSON,
}


def instances(cls: Any) -> st.SearchStrategy[Any]:
    """Return instances of a message class with every field set, those that may be None also without."""
    hints = get_type_hints(cls)
    values = st.fixed_dictionaries({field.name: _of(hints[field.name], field.name) for field in fields(cls)})
    # Not `builds`: it would make values of its own for the names that fields have on the wire.
    return values.map(lambda named: cls(**named))


def _of(hint: Any, name: str) -> st.SearchStrategy[Any]:
    if name == "occurred_at":
        return _PLAIN[datetime]  # None only until the outbox has it
    origin, arguments = get_origin(hint), get_args(hint)
    if hasattr(hint, "__metadata__"):  # Annotated
        return _of(arguments[0], name)
    if origin in (Union, types.UnionType):
        return st.one_of(*(st.none() if member is type(None) else _of(member, name) for member in arguments))
    if origin is Literal:
        return st.sampled_from(arguments)
    if is_dataclass(hint):
        return instances(hint)
    if hint is dict or origin is dict:
        return st.dictionaries(st.text(), _JSON, max_size=3)
    if origin in (list, tuple):
        return st.lists(_of(arguments[0], name), max_size=3)
    return _PLAIN[hint]

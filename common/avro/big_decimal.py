"""
Exact decimals as Avro's `big-decimal`: the scale travels with each value, so that 450.00 stays 450.00.

Source: Avro 1.12, "Alternative decimal type"; a plain `decimal` has one scale for all values of a field.
"""

from decimal import Decimal


def dumps(value: Decimal) -> bytes:
    """Return an exact decimal as `big-decimal` has it: the bytes of its unscaled number, then its scale."""
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int), "messages hold no NaN and no infinity"
    unscaled = int("".join(map(str, digits))) * (-1 if sign else 1)
    number = unscaled.to_bytes(unscaled.bit_length() // 8 + 1, "big", signed=True)
    return _long(len(number)) + number + _long(-exponent)


def loads(data: bytes) -> Decimal:
    """
    Return the decimal that `dumps` wrote, with all of its digits.

    :raises ValueError: if the bytes are none
    """
    length, start = _read_long(data, 0)
    unscaled = int.from_bytes(data[start : start + length], "big", signed=True)
    scale, end = _read_long(data, start + length)
    if length < 0 or end != len(data):
        raise ValueError("not a big-decimal")
    sign, digits, _exponent = Decimal(unscaled).as_tuple()
    return Decimal((sign, digits, -scale))


def _long(value: int) -> bytes:
    """Write a number as Avro does: zigzag, seven bits a byte."""
    rest = value * 2 if value >= 0 else -value * 2 - 1
    made = bytearray()
    while rest > 0x7F:
        made.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*made, rest])


def _read_long(data: bytes, place: int) -> tuple[int, int]:
    """Return the number at `place` and where it ends."""
    found, shift = 0, 0
    while True:
        if place >= len(data):
            raise ValueError("a number without an end")
        byte = data[place]
        found |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:
            return (found >> 1) ^ -(found & 1), place

"""Finds card numbers in what clients send, so that they are refused before anything is stored or logged."""

import json
import re
from collections.abc import Iterator

_SHORTEST, _LONGEST = 13, 19

# People and machines write card numbers in groups parted by one space or hyphen.
_DIGIT_GROUPS = re.compile(r"[0-9]+(?:[ -][0-9]+)*")

# Random identifiers hold long runs of digits now and then, and one run in ten passes the Luhn check. Without
# this one UUID in some hundreds would be taken for a card number.
_IDENTIFIER = re.compile(
    r"(?<![0-9a-z])(?=[0-9-]*[a-f])(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{20,})(?![0-9a-z])",
    re.IGNORECASE,
)


def holds_card_number(text: str) -> bool:
    """
    Tell whether `text` holds 13 to 19 digits that pass the Luhn check, alone or grouped by spaces or hyphens.

    JSON is also read with its escapes undone. UUIDs and hexadecimal identifiers of 20 and more characters do
    not count.
    """
    return any(_passes_luhn(digits) for form in _forms(text) for digits in _candidates(form))


def _forms(text: str) -> Iterator[str]:
    yield text
    if "\\" in text:
        try:
            yield json.dumps(json.loads(text), ensure_ascii=False)
        except (ValueError, RecursionError):
            return


def _candidates(text: str) -> Iterator[str]:
    for run in _DIGIT_GROUPS.findall(_IDENTIFIER.sub("*", text)):
        groups = re.split("[ -]", run)
        for first in range(len(groups)):
            # A security code or a date may follow the number, so every stretch of whole groups is looked at.
            stretch = ""
            for group in groups[first:]:
                stretch += group
                if len(stretch) > _LONGEST:
                    break
                if len(stretch) >= _SHORTEST:
                    yield stretch
            yield from _windows(groups[first])


def _windows(group: str) -> Iterator[str]:
    # No reference, key or amount has this many digits in one piece, so a number hidden inside is looked for.
    if len(group) > _LONGEST:
        for start in range(len(group) - _SHORTEST + 1):
            for length in range(_SHORTEST, min(_LONGEST, len(group) - start) + 1):
                yield group[start : start + length]


def _passes_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    # A row of zeros passes the check and is no card.
    return total > 0 and total % 10 == 0

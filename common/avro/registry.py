"""The writers' schemas by fingerprint: those of today and every one that was published before."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fastavro import parse_schema

from common import codec
from common.avro.schemas import fingerprint_of
from common.messages import Unreadable

#: `<exchange>/<Type>.v<n>.avsc` is what is written today, `<exchange>/former/` has what was written before.
FOLDER = Path(__file__).parents[2] / "contracts"


@dataclass(frozen=True, kw_only=True)
class Writer:
    """A schema somebody wrote an event by; `schema` is as fastavro wants it."""

    type: str
    version: int
    schema: Any

    @property
    def routing_key(self) -> str:
        """Return `<Type>.v<version>`."""
        return f"{self.type}.v{self.version}"


def schema(fingerprint: bytes) -> Writer:
    """
    Return the schema of a fingerprint as it is on the wire.

    :raises Unreadable: if it is not in the registry
    """
    found = _all(FOLDER).get(fingerprint)
    if found is None:
        raise Unreadable(
            f"no schema in contracts/ has the fingerprint {fingerprint.hex()}: its writer is newer than this reader, "
            "or a former schema was deleted. Deploy the registry that has it, then redrive this message."
        )
    return found


@cache
def _all(folder: Path) -> Mapping[bytes, Writer]:
    found = {}
    for file in [*folder.glob("*/*.avsc"), *folder.glob("*/former/*.avsc")]:
        told = codec.loads(file.read_bytes())
        # "aerosaga.booking.v1"
        version = int(told["namespace"].rpartition(".v")[2])
        found[fingerprint_of(told)] = Writer(type=told["name"], version=version, schema=parse_schema(told))
    return found

"""Every kind of fault, by name."""

from tests.reliability.faults.kinds import backing, clocks, messages, network, processes, provider
from tests.reliability.faults.kinds.kind import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind for module in (processes, backing, network, messages, clocks, provider) for kind in module.KINDS
}

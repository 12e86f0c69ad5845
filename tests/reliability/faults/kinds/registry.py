"""Every kind of fault, by name."""

from tests.reliability.faults.kinds import backing, clocks, disks, killers, messages, network, processes, provider
from tests.reliability.faults.kinds.kind import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for module in (processes, backing, disks, network, messages, killers, clocks, provider)
    for kind in module.KINDS
}

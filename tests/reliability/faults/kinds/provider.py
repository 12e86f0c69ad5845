"""The bank: refusing connections, silent after it did what was asked, slower than anybody waits."""

from tests.reliability.faults.kinds.kind import Kind
from tests.reliability.faults.kinds.network import with_toxics
from tests.reliability.faults.schedule import Pace

BANK = ("bank",)

KINDS = (
    Kind(
        name="bank-away",
        about="the bank refuses connections",
        deed=with_toxics(refusing=True),
        pace=Pace(targets=BANK, every=10.0, lasts=(3.0, 8.0)),
        floor=2,
    ),
    Kind(
        name="bank-gone",
        about="the bank refuses connections for longer than a message may be delivered again",
        deed=with_toxics(refusing=True),
        pace=Pace(targets=BANK, every=1000.0, lasts=(75.0, 90.0)),
        floor=1,
    ),
    Kind(
        name="bank-silent",
        about="the bank does what it is asked, and its answer never comes in time",
        deed=with_toxics(stalls_down=True),
        pace=Pace(targets=BANK, every=10.0, lasts=(4.0, 8.0)),
        floor=2,
        short=True,
    ),
    Kind(
        name="bank-slow",
        about="the bank takes 5 s for every answer",
        deed=with_toxics(latency_seconds=2.5),
        pace=Pace(targets=BANK, every=20.0, lasts=(10.0, 15.0)),
        floor=1,
    ),
)

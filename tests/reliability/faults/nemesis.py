"""Does what the schedule says, when it says it, each fault in a thread of its own; nothing is left undone."""

import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.reliability.faults.kinds.kind import Kind
from tests.reliability.faults.schedule import Strike
from tests.reliability.faults.system import System


class Nemesis:
    """`fired` counts faults that were done, by kind; `troubles` says which could not be."""

    def __init__(self, system: System, kinds: Mapping[str, Kind]) -> None:
        self.fired: Counter[str] = Counter()
        self.troubles: list[str] = []
        self._system = system
        self._kinds = kinds
        self._lock = threading.Lock()

    def play(self, strikes: Sequence[Strike]) -> None:
        """Play a schedule to its end; every fault is over when this returns."""
        began = time.monotonic()
        with ThreadPoolExecutor(max_workers=64, thread_name_prefix="strike") as pool:
            for strike in strikes:
                pool.submit(self._strike, strike, began)

    def _strike(self, strike: Strike, began: float) -> None:
        time.sleep(max(0.0, began + strike.at - time.monotonic()))
        try:
            with self._kinds[strike.kind].deed(self._system, strike):
                with self._lock:
                    self.fired[strike.kind] += 1
                time.sleep(strike.lasts)
        except Exception as error:  # a fault that cannot be done is no fault of the system
            with self._lock:
                self.troubles.append(f"{strike.line()}: {type(error).__name__}: {error}")

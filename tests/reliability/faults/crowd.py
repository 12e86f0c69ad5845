"""The clients of a run: so many at once, each doing one errand after the other until it is told to stop."""

import threading
from collections import Counter
from random import Random

from tests.reliability.faults.caller import Caller, SoldOut, Stopped
from tests.reliability.faults.errands import MIX

# After the end each client finishes what it asked for; the longest patience there is, and some.
END_SECONDS = 150


class Crowd:
    """Begins with `start`; `errands` counts what was done, `troubles` are sentences about what no client may meet."""

    def __init__(self, caller: Caller, *, clients: int, seed: str) -> None:
        self.errands: Counter[str] = Counter()
        self.troubles: list[str] = []
        self._caller = caller
        self._threads = [
            threading.Thread(target=self._live, args=(Random(f"{seed}/client {number}"),), daemon=True)
            for number in range(clients)
        ]

    def start(self) -> None:
        """Let everybody begin."""
        self._caller.stopping.clear()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let everybody finish what they asked for."""
        self._caller.stopping.set()
        for thread in self._threads:
            thread.join(END_SECONDS)
        late = sum(thread.is_alive() for thread in self._threads)
        if late:
            self.troubles.append(f"{late} clients still wait for an answer {END_SECONDS} s after everything was healed")

    def _live(self, chance: Random) -> None:
        kinds, weights = list(MIX), list(MIX.values())
        while not self._caller.stopping.is_set():
            (errand,) = chance.choices(kinds, weights)
            try:
                errand(self._caller, chance)
            except Stopped:
                self.errands[f"{errand.__name__}, broken off"] += 1
            except SoldOut as error:
                self.troubles.append(str(error))
                return
            except Exception as error:  # whatever a client meets that it should not
                self.troubles.append(f"{errand.__name__}: {type(error).__name__}: {error}")
            else:
                self.errands[errand.__name__] += 1
            self._caller.stopping.wait(chance.uniform(0.0, 0.2))

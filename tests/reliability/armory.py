"""Says which process is to die where, and sees whether one did; the other side of common/crash.py."""

import fcntl
from pathlib import Path
from uuid import UUID

from common.crash import EVERY, KILLS, LOCK, POINTS, full_name


class Armory:
    """A directory of armed crash points; it counts for as long as this process lives and it is not closed."""

    def __init__(self, place: Path) -> None:
        self.place = place
        place.mkdir(parents=True, exist_ok=True)
        self._lock = (place / LOCK).open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def close(self) -> None:
        """Let no point be armed any more, for processes that start from now on."""
        self._lock.close()

    def arm(self, point: str, *, of: str = "", passage: int = 1, kill: str = "process") -> None:
        """Let the process, or whom else `kill` names, die that comes by a point as the `passage`-th, from now on."""
        self._arm(point, of, str(passage), kill)

    def arm_message(self, message: UUID, point: str, *, of: str = "") -> None:
        """Let every process die that comes by a point with this message in hand; others pass."""
        self._arm(point, of, EVERY, "process", str(message))

    def _arm(self, point: str, of: str, *words: str) -> None:
        _, kill, *_ = words
        if kill not in KILLS:
            raise KeyError(f"Nobody can kill a {kill}; one of {', '.join(KILLS)}.")
        if point not in POINTS:
            raise KeyError(f"There is no crash point {point}; common/crash.py lists them all.")
        self._passed(point, of).unlink(missing_ok=True)
        armed = self.place / full_name(point, of)
        # In one step: nobody may read half a number.
        fresh = armed.with_name(f"{armed.name}.new")
        fresh.write_text(" ".join(words))
        fresh.rename(armed)

    def disarm(self, point: str, *, of: str = "") -> None:
        """Let everybody pass again."""
        (self.place / full_name(point, of)).unlink(missing_ok=True)

    def passages(self, point: str, *, of: str = "") -> int:
        """Return how often processes came by since the point was armed, the one that died included."""
        passed = self._passed(point, of)
        return passed.stat().st_size if passed.exists() else 0

    def _passed(self, point: str, of: str) -> Path:
        return self.place / f"{full_name(point, of)}.passed"

"""What travellers, integrators and operators do while a process dies; each scene waits for the end it must have."""

from collections.abc import Callable
from typing import Any

from tests.reliability.rest import Rest
from tests.reliability.traveller import Traveller

# The longest lease there is (20 s, twice) and what comes after it, on a machine that does other things too.
SECONDS = 240

#: Plays a scene to its end; what it returns is for other scenes.
Scene = Callable[[Traveller, Rest], Any]

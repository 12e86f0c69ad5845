"""What travellers, integrators and operators do while a process dies; each scene waits for the end it must have."""

from collections.abc import Callable
from typing import Any

from tests.reliability.rest import Rest
from tests.reliability.traveller import Traveller

# Leases of 20 s, a process that is killed twenty times in between, and a machine that does other things too.
SECONDS = 600

#: Plays a scene to its end; what it returns is for other scenes.
Scene = Callable[[Traveller, Rest], Any]

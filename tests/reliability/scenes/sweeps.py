"""A sweep is asked for: by us, for beat asks for some once an hour."""

from tests.reliability.rest import Rest
from tests.reliability.scenes import Scene
from tests.reliability.traveller import Traveller


def ordered(sweep: str) -> Scene:
    """Return the scene in which somebody asks for a sweep; that it is begun again is seen by its point."""

    def scene(traveller: Traveller, rest: Rest) -> None:
        rest.order(sweep)

    return scene

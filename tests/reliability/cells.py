"""The cells of the crash matrix: a place where a process can die, and the scene in which one does."""

from dataclasses import dataclass

from common.crash import full_name
from tests.reliability.scenes import Scene

BEFORE, AFTER = "transaction.before_commit", "transaction.committed"
ALL_FOUR = ("event.delivered", "event.claimed", "event.applied", "event.committed")
# Where neither seats nor money move, the one that makes an event come again: how all hear is the same.
COMES_AGAIN = ALL_FOUR[3:]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """
    A point, armed while a scene is played.

    `dies` is the process that comes by it, and `kill` who is killed then (see common/crash.py); cells of one process
    are played one after the other, those of different ones side by side. `short` cells are those of the short run.
    """

    point: str
    of: str
    scene: Scene
    dies: str
    kill: str = "process"
    short: bool = False

    @property
    def name(self) -> str:
        """The name by which the point is armed, and who is killed if it is not only who comes by."""
        return full_name(self.point, self.of) + ("" if self.kill == "process" else f" ({self.kill})")


def around(dies: str, use_case: str, scene: Scene, *, short: bool = False) -> list[Cell]:
    """Both sides of a COMMIT: nothing counts yet, and it counts and nobody knows."""
    return [Cell(point=BEFORE, of=use_case, scene=scene, dies=dies), *after(dies, use_case, scene, short=short)]


def after(dies: str, use_case: str, scene: Scene, *, short: bool = False) -> list[Cell]:
    """The far side of a COMMIT alone, where the near one is in no way special."""
    return [Cell(point=AFTER, of=use_case, scene=scene, dies=dies, short=short)]


def requested(service: str, use_case: str, scene: Scene, *, kill: str = "process") -> list[Cell]:
    """A request of somebody, whose answer is lost on the way."""
    return [Cell(point=AFTER, of=f"{service}.{use_case}", scene=scene, dies=f"{service}-web", kill=kill)]


def heard(service: str, *events: str, scene: Scene, points: tuple[str, ...] = COMES_AGAIN) -> list[Cell]:
    """Events on their way through a consumer."""
    return [
        Cell(point=point, of=f"{service}.{event}", scene=scene, dies=f"{service}-consumer")
        for event in events
        for point in points
    ]


def told(publisher: str, scene: Scene, *, short: bool = False) -> list[Cell]:
    """The relay, before the broker has events and after."""
    facts = {"of": f"{publisher}.events", "scene": scene, "dies": f"{publisher}-sweeper"}
    return [Cell(point="outbox.unpublished", **facts), Cell(point="outbox.published", **facts, short=short)]


def taken_up(service: str, command: str, scene: Scene) -> list[Cell]:
    """A command that was read, and one that was carried out."""
    points = ("command.delivered", "command.done")
    return [Cell(point=point, of=command, scene=scene, dies=f"{service}-worker") for point in points]


def asked(dies: str, act: str, scene: Scene) -> list[Cell]:
    """The provider, before it was asked and after it has answered."""
    return [
        Cell(point="provider.unasked", of=act, scene=scene, dies=dies),
        Cell(point="provider.answered", of=act, scene=scene, dies=dies, short=act == "authorized"),
    ]


def sent(dies: str, way: str, scene: Scene, *, short: bool = False) -> list[Cell]:
    """A saga's commands, before the broker has them and after."""
    return [
        Cell(point="saga.unsent", of=way, scene=scene, dies=dies, short=short),
        Cell(point="saga.sent", of=way, scene=scene, dies=dies),
    ]


def swept(task: str, scene: Scene, *, process: str = "sweeper") -> list[Cell]:
    """A sweep that has begun and done nothing."""
    service = task.partition("_svc.")[0]
    return [Cell(point="sweep.begun", of=task, scene=scene, dies=f"{service}-{process}")]

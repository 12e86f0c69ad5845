"""What operators' endpoints answer, as the console reads it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from gateway.pages.shapes import Shape


class RunStep(Shape):
    """A step of a saga; `tasks` are the ids of its commands, or undos, as they were sent last."""

    does: str
    undoes: str | None
    times: int
    tasks: list[str] = Field(default_factory=list)


class Run(Shape):
    run_id: int
    saga: str
    subject_id: int
    correlation_id: UUID
    state: Literal["running", "completing", "rewinding", "finished", "rewound"]
    stuck: bool = False
    reason: str | None
    attempts: int
    began_at: datetime
    deadline: datetime
    wake_at: datetime | None
    ended_at: datetime | None
    steps: list[RunStep]

    @property
    def tone(self) -> str:
        """How it is, as a colour."""
        if self.stuck or self.state == "rewound":
            return "bad"
        return "good" if self.state == "finished" else "wait"

    @property
    def can_be_rewound(self) -> bool:
        """Whether it is on its way ahead and has a way back."""
        return self.state == "running" and any(step.undoes for step in self.steps)

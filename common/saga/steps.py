"""Sagas as tables of steps, and the commands that run them, ahead and back."""

import itertools
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from celery import current_app, signature
from celery.canvas import Signature
from celery.exceptions import ChordError

from common.errors import DomainError
from common.failures import MESSAGE_HEADER, Target, striking
from common.messages import Command
from common.saga.commands import Commands

log = logging.getLogger(__name__)


class StepRefused(DomainError):
    """Raised by a command's door to end the canvas and begin the way back; its one argument is the reason."""

    code = "step_refused"


@dataclass(frozen=True, kw_only=True)
class Step:
    """
    One line of a saga.

    `does` and `undoes` are the words a reader of the timeline sees. `do` and `undo` are the commands sent; a step
    without `do` is done by the request itself or, if it is `awaited`, by an event. `each` names the payload's list of
    which every item gets a command of its own, side by side.
    """

    does: str
    do: type[Command] | None = None
    undoes: str | None = None
    undo: type[Command] | None = None
    each: str | None = None
    awaited: bool = False

    def times(self, payload: Mapping[str, Any]) -> int:
        """Return how many commands of this step run side by side."""
        return len(payload[self.each]) if self.each else 1

    def commands(self, command: type[Command], payload: Mapping[str, Any]) -> list[Command]:
        items = payload[self.each] if self.each else [{}]
        return [command.from_wire({**payload, **item, "type": command.__name__, "version": 1}) for item in items]


class Saga:
    """
    Steps in order, ending at the pivot; `rewind` is the leader's task `(run_id, task_ids)` that turns round.

    One without `rewind` begins at its pivot: what fails of it is sent again, and nothing is undone.
    """

    def __init__(self, name: str, *steps: Step, queue: str, rewind: str | None = None) -> None:
        self.name = name
        self.steps = steps
        self._rewind = rewind
        self._queue = queue

    @property
    def waits(self) -> bool:
        """Whether it sends nothing, once it is begun, before an event has come."""
        # One whose first step is an event begins with that event.
        later = self.steps[1:]
        before = itertools.takewhile(lambda step: not step.awaited, later)
        return any(step.awaited for step in later) and all(step.do is None for step in before)

    @property
    def targets(self) -> dict[str, Target]:
        """Every step, and undo of one, that a failure switch may name; an event cannot be made to fail."""
        found = [
            *(
                Target(name=self._target(step.does, step.do), in_request=step.do is None)
                for step in self.steps
                if not step.awaited
            ),
            *(Target(name=self._target(step.undoes or "", step.undo)) for step in self.steps if step.undo),
        ]
        return {target.name: target for target in found}

    def _target(self, words: str, command: type[Command] | None) -> str:
        queue = self._queue if command is None else command.queue
        return f"{queue.partition('.')[0]}.{words.replace(' ', '-')}"

    def _struck(
        self, words: str, command: type[Command], *, attempt: int, payload: Mapping[str, Any], ahead: bool
    ) -> str | None:
        """Return what a failure switch in the payload does to a step that is sent for the `attempt`th time."""
        switches = payload.get("failures", ())
        if not switches:
            return None
        return striking(
            switches,
            target=self._target(words, command),
            attempt=attempt + 1 - payload.get("failuresFrom", 1),
            turns_back=ahead and self._rewind is not None,
        )

    def tasks(self, *, run_id: int, attempt: int, payload: Mapping[str, Any], back: bool) -> list[list[str]]:
        """Return for each step the ids of the tasks that its commands, or its undos, have when sent so."""
        found: list[list[str]] = [[] for _ in self.steps]
        if not back and self.waits and attempt == 1:
            return found
        sent = f"{payload['correlationId']}-{run_id}-{'undo-' if back else ''}{attempt}"
        places = itertools.count(1)
        rows = list(zip(self.steps, found, strict=True))
        for step, ids in reversed(rows) if back else rows:
            if (step.undo if back else step.do) is not None:
                ids += [f"{sent}-{next(places)}" for _ in range(step.times(payload))]
        return found

    def forward(self, *, run_id: int, attempt: int, payload: Mapping[str, Any]) -> Commands:
        """
        Return what goes ahead: step by step, side by side where a step has several commands.

        It is empty if there is nothing to send: a saga that waits for an event sends nothing the first time.
        """
        tasks = self.tasks(run_id=run_id, attempt=attempt, payload=payload, back=False)
        links: list[list[Signature]] = []
        for step, task_ids in zip(self.steps, tasks, strict=True):
            if step.do is None or not task_ids:
                continue
            struck = self._struck(step.does, step.do, attempt=attempt, payload=payload, ahead=True)
            links.append(
                [
                    # Only the last step hears what the others answered.
                    _order(command, immutable=step is not self.steps[-1], task_id=task_id, struck=struck)
                    for command, task_id in zip(step.commands(step.do, payload), task_ids, strict=True)
                ]
            )
        if self._rewind is None:
            return Commands(links)
        # It carries its queue, so that a worker which does not have the task sends it on to the leader.
        turn = signature(
            self._rewind,
            kwargs={"run_id": run_id, "task_ids": list(itertools.chain(*tasks))},
            immutable=True,
            queue=self._queue,
            mandatory=True,
        )
        return Commands(links, turn=turn)

    def backward(self, *, run_id: int, attempt: int, payload: Mapping[str, Any]) -> Commands:
        """Return what goes back: every undo, last step first, whether or not its step was done."""
        tasks = self.tasks(run_id=run_id, attempt=attempt, payload=payload, back=True)
        links: list[list[Signature]] = []
        for step, task_ids in reversed(list(zip(self.steps, tasks, strict=True))):
            if step.undo is None:
                continue
            struck = self._struck(step.undoes or "", step.undo, attempt=attempt, payload=payload, ahead=False)
            links += [
                [_order(command, immutable=True, task_id=task_id, struck=struck)]
                for command, task_id in zip(step.commands(step.undo, payload), task_ids, strict=True)
            ]
        return Commands(links)


def why(task_ids: Sequence[str]) -> str | None:
    """Return the reason with which one of these tasks refused, if the result store still knows; else None."""
    try:
        for task_id in task_ids:
            result = current_app.AsyncResult(task_id)
            if result.state != "FAILURE":
                continue
            refusal = result.result
            if type(refusal).__name__ == StepRefused.__name__ and refusal.args:
                return str(refusal.args[0])
            if not isinstance(refusal, ChordError):  # which only says that another member failed
                return "internal_error"
    except Exception as error:  # the result store is a convenience: without it the reason comes by event
        log.warning("the result store does not answer: %s", error)
    return None


def _order(command: Command, *, immutable: bool, task_id: str, struck: str | None) -> Signature:
    trace = f"00-{command.correlation_id.hex}-{command.correlation_id.hex[:16]}-01"
    return signature(
        command.task,
        kwargs=command.to_wire(),
        immutable=immutable,
        queue=command.queue,
        # A command that no queue takes is an error of who sends it, the worker of the step before too.
        mandatory=True,
        task_id=task_id,
        # What Flower shows of it; Celery would write out all that it says, tokens too, at no small cost.
        kwargsrepr=f"{{'correlationId': '{command.correlation_id}'}}",
        headers={"traceparent": trace, **({MESSAGE_HEADER: struck} if struck else {})},
    )

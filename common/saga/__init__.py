"""
Sagas: tables of steps, run as Celery canvases, carried to their end from the database.

The run's row is the truth. The canvas is only the quick way: it may be lost, sent again or run twice at any moment, so
every step bears repetition, every undo is a no-op when there is nothing to undo, and the sweep (`due`) sends again
what shows no progress and turns round what ran out of time.

    running --finish--> finished
       |
       +---turn_back--> rewinding --close--> rewound
       |                                        ^
       +---abandon------------------------------+

    completing --complete--> finished

A run that begins past its pivot is completing from its first moment, and only goes forward.
"""

from common.saga.runs import (
    DUE,
    LEADERS,
    START_SECONDS,
    Order,
    abandon,
    begin,
    close,
    complete,
    due,
    finish,
    finish_all,
    rest,
    run_of,
    runs,
    saga_run,
    turn_back,
    wake,
)
from common.saga.steps import Saga, Step, StepRefused, why

__all__ = [
    # the table of steps, and its canvases
    "Saga",
    "Step",
    "StepRefused",
    "why",
    # runs: rows that carry a saga to its end
    "DUE",
    "LEADERS",
    "START_SECONDS",
    "Order",
    "abandon",
    "begin",
    "close",
    "complete",
    "due",
    "finish",
    "finish_all",
    "rest",
    "run_of",
    "runs",
    "saga_run",
    "turn_back",
    "wake",
]

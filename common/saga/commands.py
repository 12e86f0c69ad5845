"""What a saga sends at once: commands one after another, as the Celery canvas that is mostly never made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from celery import chain, current_app, group
from celery.canvas import Signature

# Celery's own repeats multiply messages; who sends has a sweep that does it again. Nobody waits longer for a broker.
PUBLISHING: dict[str, Any] = {"retry": False, "confirm_timeout": 3}


@dataclass(frozen=True)
class Commands:
    """
    Links one after another, the commands of a link side by side.

    `turn` is one immutable callback on the whole canvas: Celery calls it once, whatever fails.
    """

    links: Sequence[Sequence[Signature]]
    turn: Signature | None = None

    def canvas(self) -> Signature:
        """Return them as Celery has them: a chain, with a chord where a link has several commands."""
        made: Signature = chain(*(link[0] if len(link) == 1 else group(link) for link in self.links))
        return made if self.turn is None else made.on_error(self.turn)

    def send(self) -> None:
        """Publish them, if there are any; raise whatever the broker or its client says."""
        if not self.links:
            return
        if any(len(link) > 1 for link in self.links):
            self.canvas().apply_async(**PUBLISHING)
            return
        # The message that the canvas would be. To make it, Celery clones, links and freezes all of a chain first, which
        # is two thirds of the work; tests/unit/common/test_saga_commands.py compares what is sent to the letter.
        (first,), *later = self.links
        current_app.send_task(
            first["task"],
            first.args,
            first.kwargs,
            **first.options,
            # Whose worker takes the next one from the end.
            chain=[self._linked(link[0]) for link in reversed(later)],
            link_error=self.turn,
            result_cls=cast("Any", _Unasked),
            add_to_parent=False,
            **PUBLISHING,
        )

    def _linked(self, command: Signature) -> dict[str, Any]:
        more = {"reply_to": current_app.thread_oid} | ({} if self.turn is None else {"link_error": [self.turn]})
        return {**command, "options": {**command.options, **more}}


class _Unasked:
    """In place of a result: nobody asks for one, and to make it and let go of it costs as much as the message."""

    def __init__(self, task_id: str) -> None:
        self.task_id = task_id
        self.ignored: bool | None = None

"""How saga runs look in a terminal of 100 columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from aerosaga.client import Json
from aerosaga.tables import facts
from aerosaga.wording import distance, duration, reason
from common.codec import moment

_STYLES = {"running": "yellow", "rewinding": "red", "finished": "green", "rewound": "red"}


def listing(runs: Sequence[Json], *, now: datetime) -> Table:
    """Return one line for each run."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("run", "saga", "reservation", "state", "age", "sent", "next look", "why"):
        table.add_column(title, justify="right" if title in {"run", "reservation", "age", "sent"} else "left")
    for run in runs:
        table.add_row(
            Text(str(run["runId"]), style="bold cyan"),
            run["saga"],
            str(run["subjectId"]),
            _state(run),
            _age(run, now=now),
            str(run["attempts"]),
            distance(now=now, then=moment(run["wakeAt"])) if run.get("wakeAt") else "",
            reason(run["reason"]) if run.get("reason") else "",
        )
    return table


def view(run: Json, *, now: datetime) -> RenderableType:
    """Return everything there is to know of one run, with the steps of its saga."""
    shown = {
        "saga run": Text(f"{run['runId']}  {run['saga']}", style="bold"),
        "state": _state(run),
        "reservation": run["subjectId"],
        "correlation id": run["correlationId"],
        "began": f"{moment(run['beganAt']):%Y-%m-%d %H:%M:%S} UTC, {_age(run, now=now)} ago",
        "deadline": f"{moment(run['deadline']):%Y-%m-%d %H:%M:%S} UTC",
        "sent": f"{run['attempts']} times",
    }
    if run.get("reason"):
        shown["turned back"] = reason(run["reason"])
    if run.get("wakeAt"):
        shown["next look"] = distance(now=now, then=moment(run["wakeAt"]))
    steps = Table.grid(padding=(0, 2, 0, 0))
    for step in run["steps"]:
        times = f" x {step['times']}" if step["times"] > 1 else ""
        undo = f"undone by: {step['undoes']}" if step.get("undoes") else ""
        steps.add_row(Text(f"  {step['does']}{times}"), Text(undo, style="dim"))
    return Group(facts(shown), Text("steps", style="dim"), steps)


def _state(run: Json) -> Text:
    text = Text(run["state"], style=_STYLES.get(run["state"], ""))
    return text.append("  stuck", style="bold red") if run.get("stuck") else text


def _age(run: Json, *, now: datetime) -> str:
    until = moment(run["endedAt"]) if run.get("endedAt") else now
    seconds = max((until - moment(run["beganAt"])).total_seconds(), 0)
    return f"{seconds:.1f} s" if seconds < 100 else duration(int(seconds // 60))

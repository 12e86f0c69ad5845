"""How webhooks and their deliveries look in a terminal of 100 columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from aerosaga.client import Json
from aerosaga.webhook_listener import Heard
from aerosaga.wording import count, distance, reason
from common import codec
from common.codec import moment

_STYLES = {"enabled": "green", "disabled": "red", "delivered": "green", "failed": "red"}


def webhooks(shown: Sequence[Json]) -> Table:
    """Return webhooks, one a line, and whether each is well."""
    table = _table("webhook", "state", "events", "url")
    for webhook in shown:
        state = webhook["state"]
        if webhook["disabledReason"]:
            state = f"{state}: {reason(webhook['disabledReason'])}"
        elif webhook["failingSince"]:
            state = f"failing since {moment(webhook['failingSince']):%d %b %H:%M} UTC"
        table.add_row(
            Text(webhook["webhookId"], style="bold cyan"),
            Text(state, style=_STYLES.get(state, "red")),
            Text(webhook["events"][0] if len(webhook["events"]) == 1 else count(len(webhook["events"]), "event")),
            Text(webhook["url"]),
        )
    return table


def deliveries(shown: Sequence[Json], *, now: datetime) -> Table:
    """Return deliveries, one a line, with the statuses of their attempts."""
    table = _table("delivery", "event", "at", "state", "attempts")
    for delivery in shown:
        state = delivery["state"]
        due = delivery["nextAttemptAt"]
        if state == "pending" and due:
            state = f"{state}, {distance(now=now, then=moment(due))}"
        attempts = [str(attempt["status"] or attempt["error"]) for attempt in delivery["attempts"]]
        table.add_row(
            Text(delivery["deliveryId"], style="bold cyan"),
            Text(delivery["type"]),
            f"{moment(delivery['createdAt']):%d %b %H:%M:%S}",
            Text(state, style=_STYLES.get(state, "yellow")),
            Text(", ".join(attempts)),
        )
    return table


def heard(said: Heard) -> Text:
    """Return what a listener heard: verified or not, the type, and the body."""
    if said.wrong:
        return Text(f"not verified  {said.wrong}", style="red")
    facts = {name: value for name, value in said.body.items() if name not in {"type", "version", "eventId"}}
    return Text.assemble(
        ("verified  ", "green"), (str(said.body.get("type")), "bold"), f"  {said.message_id}\n  {codec.dumps(facts)}"
    )


def _table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(title, no_wrap=title != "attempts", overflow="ellipsis")
    return table

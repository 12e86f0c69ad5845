"""The commands of an integrator: webhooks add, list, deliveries, redeliver, test, enable, remove, listen."""

from __future__ import annotations

import click

from aerosaga import console, webhooks_view
from aerosaga import webhooks as integrating
from aerosaga.commands.options import client, way_option
from aerosaga.errors import Failed
from aerosaga.webhook_listener import HOST, Heard, listening
from common import clock

# What a newcomer wants to see of a booking; the refusal of a wrong name lists all there are.
USUAL = ("ReservationConfirmed", "ReservationFailed", "SeatHeld", "SeatReleased", "PaymentCaptured", "RefundIssued")
NEWEST = 20


@click.group(short_help="Have what happens told to a URL of yours, signed.")
def webhooks() -> None:
    """Have what happens told to a URL of yours, signed and with retries; `listen` shows it in a minute."""


@webhooks.command()
@click.argument("url")
@click.argument("events", nargs=-1, metavar="[EVENT]...")
@click.option("--description", help="What it is for.")
@way_option
def add(url: str, events: tuple[str, ...], description: str | None, way: str | None) -> None:
    """Have events sent to a URL. Keep the secret that is printed: it is shown this once."""
    made = integrating.add(client(way), url=url, events=events or USUAL, description=description)
    out = console.results()
    out.print(f"[bold cyan]{made['webhookId']}[/] hears {', '.join(made['events'])}.")
    out.print(f"secret: {made['secret']}", soft_wrap=True)


@webhooks.command("list")
@way_option
def list_all(way: str | None) -> None:
    """Show the webhooks, and which are switched off."""
    shown = integrating.listing(client(way))
    if not shown:
        raise Failed("There is no webhook yet. See one at work: `bin/aerosaga webhooks listen`.")
    console.results().print(webhooks_view.webhooks(shown))


@webhooks.command(short_help="Show its newest deliveries.")
@click.argument("webhook_id")
@click.option("--number", type=click.IntRange(1, 100), default=NEWEST, show_default=True, help="How many, at most.")
@way_option
def deliveries(webhook_id: str, number: int, way: str | None) -> None:
    """Show the newest deliveries of a webhook and how each attempt ended."""
    shown = integrating.deliveries(client(way), webhook_id, number=number)
    if not shown:
        raise Failed(f"Nothing was sent yet. Send a test: `bin/aerosaga webhooks test {webhook_id}`.")
    console.results().print(webhooks_view.deliveries(shown, now=clock.now()))


@webhooks.command()
@click.argument("webhook_id")
@click.argument("delivery_id")
@way_option
def redeliver(webhook_id: str, delivery_id: str, way: str | None) -> None:
    """Send a delivery now, once more if need be."""
    integrating.redeliver(client(way), webhook_id, delivery_id)
    console.results().print(f"On its way; see `bin/aerosaga webhooks deliveries {webhook_id}`.")


@webhooks.command()
@click.argument("webhook_id")
@way_option
def test(webhook_id: str, way: str | None) -> None:
    """Send a test, once."""
    integrating.test(client(way), webhook_id)
    console.results().print(f"On its way; see `bin/aerosaga webhooks deliveries {webhook_id}`.")


@webhooks.command()
@click.argument("webhook_id")
@way_option
def enable(webhook_id: str, way: str | None) -> None:
    """Switch a webhook on again; what waits for it is sent."""
    integrating.enable(client(way), webhook_id)
    console.results().print(f"{webhook_id} is switched on.")


@webhooks.command()
@click.argument("webhook_id")
@way_option
def remove(webhook_id: str, way: str | None) -> None:
    """Remove a webhook and its deliveries."""
    integrating.remove(client(way), webhook_id)
    console.results().print(f"{webhook_id} is removed.")


@webhooks.command(short_help="Listen on this machine, and print what comes.")
@click.argument("events", nargs=-1, metavar="[EVENT]...")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port to listen at; any free one unless said."
)
@way_option
def listen(events: tuple[str, ...], port: int, way: str | None) -> None:
    """Listen here until Ctrl-C: add a webhook to this machine, verify and print what comes, remove it at the end."""
    services, out, notes = client(way), console.results(), console.notes()

    def tell(said: Heard) -> None:
        out.print(webhooks_view.heard(said), soft_wrap=True)

    try:
        with listening(port, tell) as listener:
            about = "aerosaga webhooks listen"
            made = integrating.add(services, url=listener.url, events=events or USUAL, description=about)
            listener.secret = made["secret"]
            try:
                notes.print(f"{made['webhookId']} listens at {listener.url} to {', '.join(made['events'])}.")
                notes.print("Book something in another terminal, and see it here. Ctrl-C ends it.")
                integrating.test(services, made["webhookId"])
                listener.serve_forever()
            finally:
                integrating.remove(services, made["webhookId"])
    except KeyboardInterrupt:
        notes.print("The webhook is removed.")
    except OSError as error:
        raise Failed(f"Nothing can listen at {HOST}:{port} ({error.strerror}). Take another --port.") from error

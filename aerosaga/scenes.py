"""The scenes of the demo: each books something, shows its timeline, and holds what came of it against what should."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from rich.console import Console
from rich.text import Text

from aerosaga import console as terminal
from aerosaga import selling, tables, timeline_view
from aerosaga.client import Client, Json
from aerosaga.errors import Refused
from aerosaga.wording import distance, money, price, reason
from common import clock
from common.codec import moment
from common.stories import Story

ORIGIN, DESTINATION = "JFK", "LAX"
# The most departures that are shown of those that were found.
SHOWN = 6
ENOUGH_SEATS = 20
ADA = {"firstName": "Ada", "lastName": "Lovelace"}
GRACE = {"firstName": "Grace", "lastName": "Hopper"}
EMAIL = "ada@example.org"
# A mail is written within a second or two of what it tells.
MAIL_SECONDS = 30.0


class NotAsItShould(Exception):
    """Raised by a scene that did not end as it should; its text says what is different."""


@dataclass(kw_only=True)
class Stage:
    """What the scenes share: where they play, and what earlier ones leave for later ones."""

    client: Client
    out: Console
    day: date
    departure_id: int = 0
    confirmed: str = ""
    taken_seat: str = ""
    unpaid: Json = field(default_factory=dict)

    def free_seats(self, number: int) -> list[str]:
        """Return free seats of one row of economy that have no exit-row price."""
        cabin = next(cabin for cabin in self._cabins() if cabin["name"] == "economy")
        for row in cabin["rows"]:
            free = [seat["number"] for seat in row["seats"] if seat["state"] == "free" and not row["exitRow"]]
            if len(free) >= number:
                return free[:number]
        raise NotAsItShould(f"no row of departure {self.departure_id} has {number} free seats")

    def states(self, numbers: list[str]) -> set[str]:
        """Return how these seats are now: free, held, taken."""
        return {
            seat["state"]
            for cabin in self._cabins()
            for row in cabin["rows"]
            for seat in row["seats"]
            if seat["number"] in numbers
        }

    def reserve(self, seats: list[str], *passengers: Json, payments: list[Json] | None = None) -> Json:
        """Ask for seats and return the pending reservation."""
        body = selling.request(
            departure_id=self.departure_id, seats=seats, passengers=passengers, email=EMAIL, payments=payments or ()
        )
        return self.client.reserve(body)

    def end(self, reservation: Json, *, status: str) -> Story:
        """Follow a reservation until nothing is still to come; print its timeline; expect it to end as `status`."""
        with terminal.working(self.out, f"Reservation {reservation['locator']}, {price(reservation['price'])}"):
            shown = selling.follow(self.client, reservation)
            story = selling.settled(self.client, reservation["locator"])
        self.out.print(timeline_view.view(story, now=clock.now()))
        self.out.print()
        because = f" ({reason(shown['failureReason'])})" if shown["failureReason"] else ""
        expect(shown["status"] == status, f"{shown['locator']} is {shown['status']}{because} and not {status}")
        return story

    def payments(self, story: Story) -> list[Json]:
        """Return what payment_svc says of the payments of a story, by their parts."""
        names = {event.detail["authId"] for event in story.events if "authId" in event.detail}
        return sorted((self.client.payment(name) for name in names), key=lambda payment: payment["part"])

    def show_mail(self, locator: str, word: str) -> None:
        """Wait for the mail about a reservation whose subject has this word, and print who got it and where it is."""
        mailbox = self.client.target.urls["mailbox"]
        ends_at = time.monotonic() + MAIL_SECONDS
        while time.monotonic() < ends_at:
            for mail in self.client.mails(to=EMAIL):
                if locator in mail["subject"] and word in mail["subject"]:
                    self.out.print(Text(f"Mail to {EMAIL}: {mail['subject']}"))
                    self.out.print(Text(f"  {mailbox}/mails/{mail['id']}/html"), soft_wrap=True)
                    return
            time.sleep(0.2)
        raise NotAsItShould(f"no mail about {locator} that says {word} came to {EMAIL}")

    def _cabins(self) -> list[Json]:
        return list(self.client.seat_map(self.departure_id)["cabins"])


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One act of the demo; `play` raises NotAsItShould if it does not end as it should."""

    title: str
    explanation: str
    play: Callable[[Stage], None]


def expect(condition: Any, otherwise: str) -> None:
    """
    Return if the condition holds.

    :raises NotAsItShould: with the text, if not
    """
    if not condition:
        raise NotAsItShould(otherwise)


def search(stage: Stage) -> None:
    found = stage.client.search(origin=ORIGIN, destination=DESTINATION, day=stage.day)
    expect(found, f"nothing flies from {ORIGIN} to {DESTINATION} on {stage.day}")
    known = stage.client.availability([each["departureId"] for each in found])
    stage.out.print(f"[bold]$ bin/aerosaga search {ORIGIN} {DESTINATION} {stage.day}[/]")
    stage.out.print(tables.departures(found[:SHOWN], known))
    if len(found) > SHOWN:
        stage.out.print(f"... and {len(found) - SHOWN} more.")
    soon = clock.now() + timedelta(hours=1)
    for each in found:
        free = known.get(each["departureId"], {"free": 0})["free"]
        if free >= ENOUGH_SEATS and moment(each["departsAt"]) > soon:
            stage.departure_id = each["departureId"]
            return
    raise NotAsItShould("no departure has seats enough for what follows")


def confirmed(stage: Stage) -> None:
    seats = stage.free_seats(2)
    reservation = stage.reserve(seats, ADA, GRACE, payments=[{"kind": "card", "token": "tok_visa"}])
    story = stage.end(reservation, status="confirmed")
    stage.confirmed, stage.taken_seat = reservation["locator"], seats[0]
    expect(stage.states(seats) == {"taken"}, f"seats {', '.join(seats)} are not taken on the seat map")
    _expect_payments(stage, story, "captured")
    stage.out.print(f"Seats {', '.join(seats)} are taken, {price(reservation['price'])} is captured.")
    stage.show_mail(reservation["locator"], "confirmed")


def split(stage: Stage) -> None:
    seats = stage.free_seats(1)
    wallet = stage.client.open_wallet(currency="USD")
    stage.client.deposit(token=wallet["token"], amount=Decimal(100), currency="USD", reference=f"demo-{uuid4()}")
    payments: list[Json] = [
        {"kind": "wallet", "token": wallet["token"], "amount": Decimal(60)},
        {"kind": "card", "token": "tok_mastercard"},
    ]
    story = stage.end(stage.reserve(seats, ADA, payments=payments), status="confirmed")
    _expect_payments(stage, story, "captured", "captured")
    shares = [f"{payment['kind']} {money(payment['amount'], 'USD')}" for payment in stage.payments(story)]
    stage.out.print(f"Captured side by side: {', '.join(shares)}.")


def declined(stage: Stage) -> None:
    seats = stage.free_seats(2)
    payments: list[Json] = [
        {"kind": "card", "token": "tok_visa", "amount": Decimal(100)},
        {"kind": "card", "token": "tok_insufficient_funds"},
    ]
    story = stage.end(stage.reserve(seats, ADA, GRACE, payments=payments), status="failed")
    why = story.reservation["failureReason"]
    expect(why == "insufficient_funds", f"the reason given is {why} and not insufficient_funds")
    expect(stage.states(seats) == {"free"}, f"seats {', '.join(seats)} are not free again")
    _expect_payments(stage, story, "voided", "failed")
    stage.out.print("[bold]The receipt of what was undone[/]")
    receipt: dict[str, Any] = {f"seat {seat}": "released, free for everybody" for seat in seats}
    for payment in stage.payments(story):
        what = f"{money(payment['amount'], payment['currency'])} {payment['status']}"
        receipt[f"card {payment['part']}"] = f"{what} ({reason(payment['reason'])})"
    stage.out.print(tables.facts({**receipt, "charged": money(0, "USD")}))
    stage.show_mail(story.reservation["locator"], "failed")


def taken(stage: Stage) -> None:
    expect(stage.taken_seat, "there is no taken seat, because the booking above went wrong")
    stage.out.print(
        f'[bold]$ bin/aerosaga book {stage.departure_id} {stage.taken_seat} --passenger "Grace Hopper" '
        "--card tok_visa[/]"
    )
    try:
        stage.reserve([stage.taken_seat], GRACE, payments=[{"kind": "card", "token": "tok_visa"}])
    except Refused as refusal:
        stage.out.print(Text(f"{refusal.status} {refusal.code}\n{refusal.format_message()}"))
        expect(refusal.status == 409 and refusal.code == "seat_taken", f"the refusal is {refusal.status}, not 409")
        offered = refusal.problem.get("alternatives", {}).get(stage.taken_seat)
        expect(offered, "the refusal names no free seats like it")
        return
    raise NotAsItShould(f"seat {stage.taken_seat} was given to two reservations")


def paid_later(stage: Stage) -> None:
    first, second = stage.free_seats(2)
    reservation = stage.reserve([first], ADA)
    stage.unpaid = stage.reserve([second], GRACE)
    locator = reservation["locator"]
    left = distance(now=clock.now(), then=moment(reservation["payBy"]))
    stage.out.print(f"{locator} holds seat {first}, to be paid {left}.")
    stage.out.print(f"[bold]$ bin/aerosaga pay {locator} --card tok_visa[/]")
    selling.pay(stage.client, locator=locator, method={"kind": "card", "token": "tok_visa"})
    story = stage.end(reservation, status="confirmed")
    _expect_payments(stage, story, "captured")
    stage.out.print(f"Seat {first} is Ada's.")


def expires(stage: Stage) -> None:
    expect(stage.unpaid, "there is no unpaid hold, because the scene above went wrong")
    seat = [seat["seatNumber"] for seat in stage.unpaid["seats"]]
    left = (moment(stage.unpaid["payBy"]) - clock.now()).total_seconds()
    if left > 0:
        with terminal.working(stage.out, f"Waiting {left:.0f} s for {stage.unpaid['locator']} to run out of time"):
            time.sleep(left)
    story = stage.end(stage.unpaid, status="failed")
    why = story.reservation["failureReason"]
    expect(why == "timeout", f"the reason given is {why} and not timeout")
    expect(stage.states(seat) == {"free"}, f"seat {seat[0]} is not free again")
    stage.out.print(f"Seat {seat[0]} is free again; nothing was charged.")


def _expect_payments(stage: Stage, story: Story, *wanted: str) -> None:
    found = [payment["status"] for payment in stage.payments(story)]
    expect(found == list(wanted), f"its payments are {', '.join(found)} and not {', '.join(wanted)}")


SCENES = (
    Scene(
        title="a search",
        explanation="Real flights of New York, by the clocks of both airports, with what is free and what it costs.",
        play=search,
    ),
    Scene(
        title="a booking, confirmed",
        explanation="Two seats are held in the request itself; a command has the card authorized in another service; "
        "the confirmation is the point of no return, and the money is captured after it, by event.",
        play=confirmed,
    ),
    Scene(
        title="a price split between a card and a wallet",
        explanation="Both are authorized side by side (a chord); the reservation is confirmed when both have answered.",
        play=split,
    ),
    Scene(
        title="a declined card, undone",
        explanation="Two cards, and the second has no money. The saga turns back: what the first had authorized is "
        "voided, the seats are released, and the true reason is told.",
        play=declined,
    ),
    Scene(
        title="a seat that is taken",
        explanation="Somebody asks for a seat sold above. No saga begins; the answer names free seats like it.",
        play=taken,
    ),
    Scene(
        title="a hold, paid in time",
        explanation="The seat is held without a payment. Paid at payment_svc, it is confirmed by an event. "
        "(A second hold is made beside it, which nobody pays.)",
        play=paid_later,
    ),
    Scene(
        title="a hold that expires",
        explanation="Nobody has paid the second hold. A sweep fails it when its time is up; its seat is free again.",
        play=expires,
    ),
)

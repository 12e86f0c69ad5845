"""The route table of the public door: which path is whose, what is counted apart, and what gives way to what."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

#: What answers on its own behalf: the pages, the documents, the health of the door.
GATEWAY = "gateway"
#: What tells pages that are open of what happens: answers that do not end.
STREAM = "stream"
#: What the door lets through at all; which of them a path takes, its service says.
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Counted(StrEnum):
    """What is counted for each client besides its requests, because each one costs a seat or is a guess."""

    RESERVATIONS = "reservations"
    GUESSES = "guesses"


class Lane(StrEnum):
    """
    A share of a service's places, so that a crowd of one kind of request leaves room for the others.

    Whoever has a reservation comes first: paying, reading and cancelling it have places that nobody else can take.
    Looking around comes last.
    """

    CRITICAL = "critical"
    BOOKING = "booking"
    SEARCH = "search"
    #: Pages that stay open for news cost next to nothing, and their process has a bound of its own.
    NEWS = "news"


@dataclass(frozen=True)
class Route:
    """
    One row of the table.

    `path` is a template: `{name}` is one segment, `/**` at the end whatever follows. `posts` is what a POST there
    counts as. `secret` paths hold something that opens a thing, so that logs show the template instead. `lane` is whose
    places a request there takes.
    """

    path: str
    service: str
    posts: Counted | None = None
    secret: bool = False
    lane: Lane = Lane.CRITICAL

    @cached_property
    def pattern(self) -> str:
        """The template as a regular expression that Python and nginx read alike."""
        stem = self.path.removesuffix("/**")
        segments = ("[^/]+" if part.startswith("{") else re.escape(part) for part in stem.split("/"))
        return "^" + "/".join(segments) + ("/.*$" if stem != self.path else "$")

    def fits(self, path: str) -> bool:
        """Return whether a decoded path is one of this row's."""
        return re.search(self.pattern, path) is not None


#: The first row that fits is taken. What fits none is answered 404, also if a service has it: it is internal.
ROUTES = (
    Route("/departures/{departureId}/events", STREAM, lane=Lane.NEWS),
    Route("/trips/{locator}/events", STREAM, lane=Lane.NEWS),
    Route("/ops/events/stream", STREAM, lane=Lane.NEWS),
    Route("/departures/{departureId}/seats", "booking", lane=Lane.SEARCH),
    Route("/availability", "booking", lane=Lane.SEARCH),
    Route("/reservations", "booking", posts=Counted.RESERVATIONS, lane=Lane.BOOKING),
    Route("/reservations/{locator}/codes", "booking", posts=Counted.GUESSES),
    Route("/reservations/{locator}/access", "booking", posts=Counted.GUESSES),
    Route("/reservations/**", "booking"),
    Route("/disruptions/**", "booking"),
    Route("/sagas", "booking"),
    Route("/sagas/**", "booking"),
    Route("/departures", "flight", lane=Lane.SEARCH),
    Route("/departures/**", "flight", lane=Lane.SEARCH),
    Route("/schedule/**", "flight"),
    Route("/airlines", "airline", lane=Lane.SEARCH),
    Route("/airlines/**", "airline", lane=Lane.SEARCH),
    Route("/airports", "airline", lane=Lane.SEARCH),
    Route("/airports/**", "airline", lane=Lane.SEARCH),
    Route("/offers", "fare", lane=Lane.SEARCH),
    Route("/.well-known/offer-keys.json", "fare"),
    Route("/fares", "fare", lane=Lane.SEARCH),
    Route("/fares/**", "fare", lane=Lane.SEARCH),
    Route("/seasons", "fare", lane=Lane.SEARCH),
    Route("/seasons/**", "fare", lane=Lane.SEARCH),
    Route("/rules", "fare", lane=Lane.SEARCH),
    Route("/rules/**", "fare", lane=Lane.SEARCH),
    Route("/payments", "payment"),
    Route("/payments/**", "payment", secret=True),
    Route("/wallets", "payment"),
    Route("/wallets/**", "payment", secret=True),
    Route("/auth/login", "auth", posts=Counted.GUESSES),
    Route("/auth/register", "auth", posts=Counted.GUESSES),
    Route("/auth/**", "auth"),
    Route("/.well-known/jwks.json", "auth"),
    Route("/webhooks", "notification"),
    Route("/webhooks/**", "notification"),
    Route("/messages", "notification"),
    Route("/messages/**", "notification"),
    Route("/", GATEWAY),
    Route("/search", GATEWAY),
    Route("/search/prices", GATEWAY),
    Route("/book", GATEWAY),
    Route("/book/{draft}/pay", GATEWAY, posts=Counted.RESERVATIONS),
    Route("/book/**", GATEWAY),
    Route("/trips", GATEWAY),
    Route("/trips/**", GATEWAY),
    Route("/find", GATEWAY, posts=Counted.GUESSES),
    Route("/find/{locator}", GATEWAY, posts=Counted.GUESSES),
    Route("/login", GATEWAY, posts=Counted.GUESSES),
    Route("/register", GATEWAY, posts=Counted.GUESSES),
    Route("/logout", GATEWAY),
    Route("/account", GATEWAY),
    Route("/theme", GATEWAY),
    Route("/static/**", GATEWAY),
    Route("/ops", GATEWAY),
    Route("/ops/**", GATEWAY),
    Route("/docs", GATEWAY),
    Route("/docs/**", GATEWAY),
    Route("/openapi.json", GATEWAY),
    Route("/healthz", GATEWAY),
    Route("/readyz", GATEWAY),
)

#: Every service that has a public path, in the order of the table.
SERVICES = tuple(dict.fromkeys(route.service for route in ROUTES if route.service not in (GATEWAY, STREAM)))


def find(path: str) -> Route | None:
    """Return the row of a decoded path, or None if the path is nobody's outside."""
    return next((route for route in ROUTES if route.fits(path)), None)

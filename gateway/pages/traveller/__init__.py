"""The traveller's pages: search, choose, pay, watch, find again, give up."""

from gateway.pages.traveller import (
    accounts,
    appearing,
    finding,
    passengers,
    paying,
    searching,
    seating,
    settling,
    trips,
)

#: In the order of a journey.
BLUEPRINTS = (
    searching.blueprint,
    passengers.blueprint,
    seating.blueprint,
    paying.blueprint,
    trips.blueprint,
    settling.blueprint,
    finding.blueprint,
    accounts.blueprint,
    appearing.blueprint,
)

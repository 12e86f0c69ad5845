"""The traveller's pages: search, choose, pay, watch, find again, give up."""

from gateway.pages.traveller import appearing, searching

#: In the order of a journey.
BLUEPRINTS = (searching.blueprint, appearing.blueprint)

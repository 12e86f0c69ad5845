"""Search and its results."""

from __future__ import annotations

from datetime import date, timedelta

from flask import current_app, make_response, render_template, request
from werkzeug.wrappers import Response

from common import clock
from gateway.pages.api import api
from gateway.pages.blueprints import page_blueprint
from gateway.pages.errors import Refused
from gateway.pages.places import places
from gateway.pages.traveller import prices, searches
from gateway.pages.traveller.journeys import Journey, journeys

blueprint = page_blueprint("searching", __name__)

# Three families of some forty journeys: what somebody looks through; the rest is another search.
_OFFERS_AT_ONCE = 100
_PAGES = 3
_JOURNEYS_SHOWN = 40
_AVAILABILITY_AT_ONCE = 50


@blueprint.get("/")
def start() -> str:
    """Show the form that it all begins with."""
    tomorrow = _today() + timedelta(days=1)
    return render_template(
        "search.html", search=searches.Search(day=tomorrow), today=_today(), cabins=searches.CABINS, asked=False
    )


@blueprint.get("/search")
def results() -> Response:
    """Show what there is for the search of this address, or what is wrong with it."""
    search = searches.read(request.args, places(), today=_today())
    shown = {"search": search, "today": _today(), "cabins": searches.CABINS}
    if search.problems:
        return make_response(render_template("search.html", asked=True, **shown), 422)
    found: list[Journey] = []
    problem = None
    try:
        found = _found(search)
    except Refused as refusal:
        problem = refusal.detail
    return make_response(
        render_template(
            "results.html",
            journeys=found[:_JOURNEYS_SHOWN],
            more=len(found) - _JOURNEYS_SHOWN,
            problem=problem,
            sorts=searches.SORTS,
            strip=prices.days_around(search.day or _today(), today=_today()),
            **shown,
        )
    )


@blueprint.get("/search/prices")
def price_strip() -> str:
    """Return the strip of days around a search with the cheapest price of each; a part of the page, asked for late."""
    search = searches.read(request.args, places(), today=_today())
    days = prices.days_around(search.day or _today(), today=_today())
    known = {} if search.problems else prices.cheapest(current_app.extensions["prices"], api(), search, days)
    return render_template("parts/price_strip.html", search=search, strip=days, known=known)


def _found(search: searches.Search) -> list[Journey]:
    offers = []
    for page in range(1, _PAGES + 1):
        more = api().offers(**search.query(), sort=search.sort, page=page, page_size=_OFFERS_AT_ONCE)
        offers += more
        if len(more) < _OFFERS_AT_ONCE:
            break
    first = list(dict.fromkeys(segment.departure_id for offer in offers for segment in offer.segments))
    free = {each.departure_id: each.free for each in api().availability(first[:_AVAILABILITY_AT_ONCE])}
    return [journey for journey in journeys(offers, free=free, sort=search.sort) if journey.free != 0]


def _today() -> date:
    return clock.now().date()

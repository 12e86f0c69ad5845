"""Pages that are told by the stream alone, because their own asking every few seconds is put off."""

import re

from playwright.sync_api import Page, Route

_EVERY = re.compile(r"every \d+s")


def only_by_news(page: Page, path: re.Pattern[str]) -> None:
    """Let the pages and parts under addresses that match `path` change by news, and no more in their turn."""

    def put_off(route: Route) -> None:
        if route.request.resource_type == "eventsource":
            route.continue_()
            return
        answer = route.fetch(max_redirects=0)
        if answer.headers.get("content-type", "").startswith("text/html") and answer.status == 200:
            route.fulfill(response=answer, body=_EVERY.sub("every 3600s", answer.text()))
        else:
            route.fulfill(response=answer)

    page.route(path, put_off)

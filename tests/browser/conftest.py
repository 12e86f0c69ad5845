"""A real browser in front of the running system: Debian's Chromium, driven by Playwright."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from aerosaga import timetable
from deploy import chromium
from tests.browser.operator import Operator
from tests.browser.traveller import Traveller
from tests.stack import Stack

# A machine that many share takes its time; what never comes is waited for in vain either way.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """
    One browser for the tests of a file; each has windows of its own that share nothing.

    Playwright keeps an event loop in this thread, where there can be no second: it ends before other tests begin.
    """
    executable = chromium.executable()
    if executable is None:
        if os.environ.get("CI") or os.environ.get("AEROSAGA_REQUIRE_SERVERS"):
            pytest.fail(chromium.MISSING, pytrace=False)
        pytest.skip(chromium.MISSING)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=executable, args=list(chromium.ARGUMENTS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def stack(start: Callable[[], AbstractContextManager[Stack]]) -> Iterator[Stack]:
    """A running system of the browser's own: its people register and book more than one address may with others."""
    with start() as stack:
        yield stack


@pytest.fixture(scope="module")
def door(stack: Stack) -> str:
    """The public door's address, with airports that have names."""
    stack.operate("PUT", "airline", "/airports", timetable.airports())
    return stack.urls["gateway"]


@pytest.fixture
def window(browser: Browser, door: str) -> Iterator[Callable[..., BrowserContext]]:
    """Makes windows that share no cookies, as different people have them; `options` are Playwright's."""
    opened: list[BrowserContext] = []

    def make(**options: object) -> BrowserContext:
        wanted = {"base_url": door, "locale": "en-US", "timezone_id": "Europe/Berlin", **options}
        context = browser.new_context(**wanted)  # type: ignore[arg-type]
        context.set_default_timeout(30_000)
        opened.append(context)
        return context

    yield make
    for context in opened:
        for page in context.pages:
            # A request that a test has put off may be under way: its end is nobody's failure any more.
            page.unroute_all(behavior="ignoreErrors")
        context.close()


@pytest.fixture
def ada(window: Callable[..., BrowserContext], stack: Stack) -> Iterator[Traveller]:
    """Somebody who travels, in a window of her own; nothing may be wrong in its console."""
    traveller = Traveller(window().new_page(), stack)
    yield traveller
    assert traveller.wrong == []


@pytest.fixture
def bob(window: Callable[..., BrowserContext], stack: Stack) -> Traveller:
    """Somebody else, in another browser."""
    return Traveller(window().new_page(), stack)


@pytest.fixture
def olga(window: Callable[..., BrowserContext], stack: Stack) -> Iterator[Operator]:
    """An operator; nothing may be wrong in the console of her browser."""
    operator = Operator(window().new_page(), stack)
    yield operator
    assert operator.wrong == []

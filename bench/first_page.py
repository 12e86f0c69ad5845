"""
Measures how soon the first page is usable in Chromium, and what it weighs, on an Aerosaga that runs.

    make demo                                   in one terminal
    python -m bench.first_page                  in another: 10 first visits, then 10 of somebody who was here before
    python -m bench.first_page --address https://aerosaga.example

All times count from the moment at which the browser began to go there. `usable` is when every script of the page has
run and its fields take input; `airports offered` is when three letters, typed at once, have brought up a list.
"""

from __future__ import annotations

import argparse
import os
import statistics
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from aerosaga import target
from aerosaga.errors import NothingRuns
from bench.figures import table
from deploy import chromium

_TYPED = "JFK"
#: What a browser itself notes of a page that has loaded: in ms since it began to go there, and bytes on the wire.
_NOTED = """async () => {
    const painted = () => performance.getEntriesByName("first-contentful-paint")[0];
    // Chromium tells of a paint a moment after it.
    while (!painted()) await new Promise((after) => setTimeout(after, 20));
    const [visit] = performance.getEntriesByType("navigation");
    const all = [visit, ...performance.getEntriesByType("resource")];
    return {
        times: {
            "first byte": visit.responseStart,
            "first paint": painted().startTime,
            "usable": visit.domContentLoadedEventEnd,
        },
        bytes: all.reduce((sum, each) => sum + each.transferSize, 0),
        requests: all.length,
    };
}"""


def visit(context: BrowserContext) -> dict[str, Any]:
    """Return what was seen: `times` in ms, `bytes`, `requests`."""
    page = context.new_page()
    page.goto("/", wait_until="load")
    seen: dict[str, Any] = page.evaluate(_NOTED)
    page.close()
    return seen


def offered(context: BrowserContext) -> float:
    """Return when the airports were offered to somebody who typed as soon as there was a field, in ms."""
    page = context.new_page()
    page.goto("/", wait_until="commit")
    page.locator("#from").press_sequentially(_TYPED)
    page.get_by_role("option").first.wait_for()
    milliseconds: float = page.evaluate("performance.now()")
    page.close()
    return milliseconds


def measure(browser: Browser, address: str, *, visits: int) -> Iterator[list[str]]:
    """Yield a row of a table for each thing that is measured: first visits, then those after one."""
    options = {"base_url": address, "locale": "en-US"}
    cold: list[dict[str, float]] = []
    warm: list[dict[str, float]] = []
    weights: list[str] = []
    for _ in range(visits):
        context = browser.new_context(**options)  # type: ignore[arg-type]
        first, again = visit(context), visit(context)
        context.close()
        context = browser.new_context(**options)  # type: ignore[arg-type]
        cold.append({**first["times"], "airports offered": offered(context)})
        warm.append({**again["times"], "airports offered": offered(context)})
        context.close()
        weights.append(f"{first['bytes']:,} bytes in {first['requests']} requests")
    for words, found in (("first visit", cold), ("again", warm)):
        for name in found[0]:
            yield [words, name, *_told([each[name] for each in found])]
    yield ["first visit", "weight", weights[0], max(weights)]


def main() -> None:
    """Visit, and print the figures."""
    options = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    options.add_argument("--address", help="a public door; left out: of what runs on this machine")
    options.add_argument("--visits", type=int, default=10)
    asked = options.parse_args()
    executable = chromium.executable()
    if executable is None:
        raise SystemExit(chromium.MISSING)
    try:
        address = asked.address or target.find().urls["gateway"]
    except NothingRuns as error:
        raise SystemExit(error.format_message()) from None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(chromium.ARGUMENTS))
        rows = list(measure(browser, address, visits=asked.visits))
        browser.close()
    click.echo(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {address}"
    )
    click.echo(table(["visit", "what", "median", "most"], rows))


def _told(milliseconds: list[float]) -> list[str]:
    return [f"{statistics.median(milliseconds):.0f} ms", f"{max(milliseconds):.0f} ms"]


if __name__ == "__main__":
    main()

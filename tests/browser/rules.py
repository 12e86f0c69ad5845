"""What is held against every page: the rules of accessibility as axe-core checks them, and the grammar of HTML."""

from pathlib import Path
from typing import Any

import html5lib
from playwright.sync_api import Error, Page

from tests.browser.phones import overflow_on_a_phone

AXE = (Path(__file__).parent / "vendor" / "axe-core-4.14.1.min.js").read_text()
#: What an accessibility finding must be to fail a test: "minor" ones are opinions.
_SERIOUS = {"serious", "critical", "moderate"}


def look(page: Page, name: str) -> None:
    page.wait_for_load_state("load")
    assert findings(page) == [], name
    assert overflow_on_a_phone(page) <= 0, name


def findings(page: Page) -> list[str]:
    """What axe-core says is wrong with a page as it is now."""
    try:
        found = _violations(page)
    except Error as error:
        if "navigation" not in error.message:
            raise
        # The page went on to what it became meanwhile: that is looked at instead.
        page.wait_for_load_state("load")
        found = _violations(page)
    return [
        f"{each['impact']}: {each['id']}: {each['help']}: {[node['html'][:200] for node in each['nodes'][:3]]}"
        for each in found
        if each["impact"] in _SERIOUS
    ]


def _violations(page: Page) -> Any:
    return page.evaluate(f"async () => {{ {AXE}; return (await axe.run(document)).violations }}")


def html_errors(text: str) -> list[Any]:
    """What is wrong with the grammar of a page, or of a part of one."""
    parser = html5lib.HTMLParser()
    parser.parse(text) if text.lstrip().startswith("<!doctype html>") else parser.parseFragment(text)
    return list(parser.errors)

"""How a page fits the smallest window that it is made for."""

from playwright.sync_api import Page

#: The narrowest phones that are still about, in CSS pixels.
NARROWEST = 360


def overflow_on_a_phone(page: Page) -> int:
    """Return by how many pixels a page is wider than the narrowest phone; it has its own size again afterwards."""
    before = page.viewport_size
    page.set_viewport_size({"width": NARROWEST, "height": 800})
    wide: int = page.evaluate("document.documentElement.scrollWidth")
    if before:
        page.set_viewport_size(before)
    return wide - NARROWEST

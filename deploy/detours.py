"""Leads the processes to each other, and to their servers, by way of somebody in between; for tests of bad networks."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from deploy.ports import LOOPBACK

#: Given the name of a link and the port it ends at, returns the port of this machine to connect to instead.
Detour = Callable[[str, int], int]

_ADDRESS = re.compile(rf"(?<=[/@]){re.escape(LOOPBACK)}:(\d+)")


def settings_by(detour: Detour, settings: Mapping[str, str]) -> dict[str, str]:
    """
    Return the settings with every URL led by the detour.

    A link is named after its setting: AEROSAGA_BOOKING_DATABASE_URL is "booking_database".
    """
    return {
        name: _led(detour, name.removeprefix("AEROSAGA_").removesuffix("_URL").lower(), value)
        if name.endswith("_URL")
        else value
        for name, value in settings.items()
    }


def urls_by(detour: Detour, urls: Mapping[str, str]) -> dict[str, str]:
    """Return the URLs, each led by the detour; a link is named as the URL is."""
    return {name: _led(detour, name, url) for name, url in urls.items()}


def _led(detour: Detour, name: str, url: str) -> str:
    return _ADDRESS.sub(lambda found: f"{LOOPBACK}:{detour(name, int(found[1]))}", url)

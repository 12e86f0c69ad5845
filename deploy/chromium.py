"""Where Debian's Chromium is, and how it is started without a desktop, by root too."""

from __future__ import annotations

import shutil

#: Root has no sandbox, and a container's /dev/shm is too small for it.
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu")
#: What to say where there is none.
MISSING = "There is no Chromium here. `deploy/bootstrap.sh dev` installs it for root; without: apt install chromium."
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def executable() -> str | None:
    """Return the path of Chromium, or None if it is not installed."""
    return next(filter(None, map(shutil.which, _NAMES)), None)

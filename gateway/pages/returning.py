"""Where to go next, when the address of a page says so: within these pages and nowhere else."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# One slash and then no other, no backslash (browsers read it as a slash), no control characters.
_LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")


def local(path: str | None, otherwise: str = "/") -> str:
    """Return `path` if it is one of this host, without its host; otherwise `otherwise`."""
    if not path or len(path) > 500 or not _LOCAL.fullmatch(path):
        return otherwise
    parts = urlsplit(path)
    return path if not parts.scheme and not parts.netloc else otherwise

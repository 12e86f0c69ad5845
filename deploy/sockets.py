"""Paths of Unix sockets, which the kernel limits to 107 bytes."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from deploy import private_file

LONGEST = 100


def path_for(directory: Path, name: str) -> Path:
    """
    Return where the socket `name` of a directory is: inside it, or in a short private one if its path is too long.

    The same directory always gets the same answer, so that whoever knows the directory finds the socket.
    """
    inside = directory.resolve() / name
    if len(os.fsencode(inside)) <= LONGEST:
        return inside
    digest = hashlib.sha256(os.fsencode(inside.parent)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"aerosaga-{os.getuid()}-{digest}"
    short.mkdir(mode=0o700, exist_ok=True)
    # In a shared directory somebody else may have made it first, to be handed our connections.
    if short.stat().st_uid != os.getuid():
        raise PermissionError(f"{short} belongs to another user. Remove it, or use a shorter run directory.")
    private_file.make_directory(short)
    return short / name

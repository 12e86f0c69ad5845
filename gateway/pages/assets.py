"""Our own stylesheets, scripts and pictures: named after what is in them, so that browsers may keep them for ever."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort, request

FOLDER = Path(__file__).with_name("static")
_YEAR = 31_536_000
_SQUEEZED = frozenset({"text/css", "text/javascript", "image/svg+xml", "application/manifest+json", "text/plain"})
mimetypes.add_type("text/javascript", ".js")
mimetypes.add_type("application/manifest+json", ".webmanifest")

blueprint = Blueprint("assets", __name__, url_prefix="/static")


@dataclass(frozen=True)
class Asset:
    """A file as it is served; `squeezed` is its gzip form, None where that would save nothing."""

    url: str
    mimetype: str
    body: bytes
    squeezed: bytes | None


@cache
def known() -> dict[str, Asset]:
    """Return every file by its path in the folder."""
    return {path.relative_to(FOLDER).as_posix(): _read(path) for path in sorted(FOLDER.rglob("*")) if path.is_file()}


def url(name: str) -> str:
    """
    Return where a file is, under the name of its content.

    :raises KeyError: if there is no such file
    """
    return known()[name].url


@blueprint.get("/<path:name>")
def serve(name: str) -> Response:
    """Answer with a file; one whose content has changed since is not there any more."""
    asset = _by_url().get(f"/static/{name}")
    if asset is None:
        abort(404)
    squeezed = asset.squeezed is not None and "gzip" in request.headers.get("Accept-Encoding", "")
    response = Response(asset.squeezed if squeezed else asset.body, mimetype=asset.mimetype)
    response.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable"
    if asset.squeezed is not None:
        response.headers["Vary"] = "Accept-Encoding"
    if squeezed:
        response.headers["Content-Encoding"] = "gzip"
    return response


@cache
def _by_url() -> dict[str, Asset]:
    return {asset.url: asset for asset in known().values()}


def _read(path: Path) -> Asset:
    body = path.read_bytes()
    mimetype = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    folder = path.parent.relative_to(FOLDER).as_posix()
    before = "" if folder == "." else f"{folder}/"
    name = f"{path.stem}.{hashlib.sha256(body).hexdigest()[:10]}{path.suffix}"
    squeezed = gzip.compress(body, 9, mtime=0) if mimetype in _SQUEEZED else None
    return Asset(f"/static/{before}{name}", mimetype, body, squeezed)

"""Makes one OpenAPI document of those of all services: what is routed, under one roof."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from gateway.routes import find

logger = logging.getLogger(__name__)

Json = dict[str, Any]

#: How long, in seconds, a complete document is kept, and one that lacks a service.
COMPLETE_SECONDS = 60.0
INCOMPLETE_SECONDS = 2.0
_ANSWER_SECONDS = 5.0
_INTRODUCTION = (
    "Search, seats, offers, reservations and payments of Aerosaga, through one door. What is marked with a lock takes "
    "`Authorization: Bearer`; a reservation is opened by its own access token."
)


class Documents:
    """The services' documents, asked for when somebody wants to see them, and kept for a while."""

    def __init__(self, upstreams: Mapping[str, str], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._upstreams = upstreams
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: Json | None = None
        self._until = 0.0

    def merged(self) -> Json:
        """Return the one document; `x-missing` names services that did not tell what they have."""
        with self._lock:
            if self._kept is None or self._clock() >= self._until:
                found = self._ask()
                self._kept = merge(found, missing=[service for service in self._upstreams if service not in found])
                complete = len(found) == len(self._upstreams)
                self._until = self._clock() + (COMPLETE_SECONDS if complete else INCOMPLETE_SECONDS)
            return self._kept

    def _ask(self) -> dict[str, Json]:
        with (
            httpx.Client(timeout=_ANSWER_SECONDS, trust_env=False) as http,
            ThreadPoolExecutor(max_workers=max(1, len(self._upstreams))) as pool,
        ):
            answers = pool.map(lambda url: _document(http, url), self._upstreams.values())
            return {service: found for service, found in zip(self._upstreams, answers, strict=True) if found}


def _document(http: httpx.Client, url: str) -> Json | None:
    try:
        answer = http.get(f"{url}/openapi.json").raise_for_status()
        return dict(answer.json())
    except (httpx.HTTPError, ValueError) as error:
        logger.warning("no OpenAPI document from %s: %s", url, error)
        return None


def merge(documents: Mapping[str, Json], *, missing: Iterable[str] = ()) -> Json:
    """
    Return one OpenAPI document of those of these services, with the paths that the door routes to each.

    A component that two services define differently is told apart by the second one's name before its own.
    """
    missing = list(missing)
    merged: Json = {
        "openapi": "3.1.0",
        "info": {"title": "Aerosaga", "version": "v1", "description": _INTRODUCTION},
        "servers": [{"url": "/"}],
        "tags": [],
        "paths": {},
        "components": {},
    }
    if missing:
        merged["info"]["description"] += f"\n\n**Missing just now, because it did not answer: {', '.join(missing)}.**"
        merged["x-missing"] = missing
    for service, document in documents.items():
        document = _renamed(document, service=service, taken=merged["components"])
        paths = {path: item for path, item in document.get("paths", {}).items() if _is_routed(path, service)}
        for item in paths.values():
            for operation in item.values():
                if isinstance(operation, dict):
                    operation["tags"] = [service]
        described = " ".join(tag["description"] for tag in document.get("tags", []) if _describes(tag, service))
        merged["tags"].append({"name": service, **({"description": described} if described else {})})
        merged["paths"] |= paths
        for kind, components in document.get("components", {}).items():
            merged["components"].setdefault(kind, {}).update(components)
    return merged


def _is_routed(path: str, service: str) -> bool:
    # Any value will do for a parameter: no row of the table tells values apart.
    route = find(re.sub(r"\{[^}]*\}", "1", path))
    return route is not None and route.service == service


def _describes(tag: Json, service: str) -> bool:
    return tag.get("name") == service and bool(tag.get("description"))


def _renamed(document: Json, *, service: str, taken: Mapping[str, Mapping[str, Any]]) -> Json:
    """Return a copy whose components clash with none of those taken."""
    own = {(kind, name): it for kind, by_name in document.get("components", {}).items() for name, it in by_name.items()}
    clashes = {key for key, it in own.items() if key[1] in taken.get(key[0], {}) and taken[key[0]][key[1]] != it}
    # Whoever refers to a renamed one reads differently from then on, and so clashes too if its name is taken.
    while True:
        more = {
            key
            for key, it in own.items()
            if key not in clashes and key[1] in taken.get(key[0], {}) and _references(it) & clashes
        }
        if not more:
            break
        clashes |= more
    text = json.dumps(document)
    for kind, name in clashes:
        text = text.replace(f'"#/components/{kind}/{name}"', f'"#/components/{kind}/{service}.{name}"')
    copy: Json = json.loads(text)
    for kind, name in clashes:
        copy["components"][kind][f"{service}.{name}"] = copy["components"][kind].pop(name)
    return copy


def _references(it: Any) -> set[tuple[str, str]]:
    found = re.findall(r'"#/components/([^/"]+)/([^/"]+)"', json.dumps(it))
    return {(kind, name) for kind, name in found}

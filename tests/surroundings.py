"""What this process finds in its environment, set for a while: the settings, and the databases opened by them."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from common.config import settings
from common.db import Database

PREFIX = "AEROSAGA_"
# What a Database keeps once it was opened.
_OPENED = ("engine", "_writing", "_reading")


@contextmanager
def surroundings(**given: object) -> Iterator[None]:
    """
    Let this process see these settings (`hold_seconds=6` is AEROSAGA_HOLD_SECONDS) and no other AEROSAGA_ variable.

    The services' databases open anew inside the block. Blocks may stand in each other; afterwards everything is as
    it was before.
    """
    variables = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    databases = {id(database): _close(database) for database in _loaded()}
    _set({PREFIX + name.upper(): str(value) for name, value in given.items()})
    try:
        yield
    finally:
        for database in _loaded():
            engine = _close(database).get("engine")
            if engine is not None:
                engine.dispose()
            database.__dict__.update(databases.get(id(database), {}))
        _set(variables)


@contextmanager
def also(**given: object) -> Iterator[None]:
    """Let this process see these settings besides those it has, as `surroundings` does."""
    here = {name.removeprefix(PREFIX).lower(): value for name, value in os.environ.items() if name.startswith(PREFIX)}
    with surroundings(**here | given):
        yield


def outside() -> dict[str, str]:
    """Return the environment a person has: this process's own, without the settings that tests have put into it."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def _set(variables: dict[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        del os.environ[name]
    os.environ.update(variables)
    settings.cache_clear()


def _loaded() -> list[Database]:
    modules = [module for name, module in list(sys.modules.items()) if name.endswith("_svc.models")]
    return [module.database for module in modules]


def _close(database: Database) -> dict[str, Any]:
    """Let a database forget what it opened, and return that; nothing is disconnected."""
    return {name: database.__dict__.pop(name) for name in _OPENED if name in database.__dict__}

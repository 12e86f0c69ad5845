"""Which running Aerosaga the command line talks to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from pydantic_settings import BaseSettings, SettingsConfigDict

from aerosaga.errors import Failed, NothingRuns
from common import clock
from deploy import ways
from deploy.programs import ROOT
from deploy.state import State
from deploy.topology import SERVICES
from deploy.ways import LocalWay

HOW_TO_START = (
    "Start it with `make demo` (needs nothing but Python) or `make up` (MariaDB, RabbitMQ, Redis), "
    "or set AEROSAGA_GATEWAY_URL to where it runs."
)


class Surroundings(BaseSettings):
    """What the environment says about where to look; `docs/reference/command-line.md` lists every variable."""

    model_config = SettingsConfigDict(env_prefix="AEROSAGA_", extra="ignore")

    run_dir: Path = ROOT / ".run"
    state: Path | None = None
    gateway_url: str | None = None
    airline_url: str | None = None
    flight_url: str | None = None
    fare_url: str | None = None
    booking_url: str | None = None
    payment_url: str | None = None
    notification_url: str | None = None
    auth_url: str | None = None
    auditor_url: str | None = None
    operator_token: str | None = None
    currency: str = "USD"


@dataclass(frozen=True, kw_only=True)
class Target:
    """
    One running Aerosaga.

    `urls` maps "gateway", which is the public door, each service, and "bank" where it is known, to its base URL;
    `state` is there if it runs on this machine; `directory` is where the command line may remember something about it.
    """

    way: str
    urls: Mapping[str, str]
    operator_token: str | None
    directory: Path
    state: State | None = None


def run_dir(way: LocalWay) -> Path:
    """Return where a way of this machine keeps its files: `.run/<way>`, or in AEROSAGA_RUN_DIR."""
    return Surroundings().run_dir.resolve() / way


def find(*, way: str | None = None) -> Target:
    """
    Return what to talk to: AEROSAGA_<SERVICE>_URL, else AEROSAGA_STATE, else what runs on this machine.

    Of two ways that run here, the one that was started last is taken, unless `way` names one.

    :raises NothingRuns: if there is none, with what to type
    """
    around = Surroundings()
    if way is None:
        given = {service: getattr(around, f"{service}_url") for service in ("gateway", *SERVICES)}
        urls = {service: url.rstrip("/") for service, url in given.items() if url}
        if urls:
            return Target(way="remote", urls=urls, operator_token=around.operator_token, directory=around.run_dir)
        if around.state:
            return _of(_read(around.state))
    running = [found for local in get_args(LocalWay) if way in (None, local) and (found := _running(local))]
    if not running:
        if way is None:
            raise NothingRuns(f"Nothing of Aerosaga runs on this machine. {HOW_TO_START}")
        start = {"embedded": "make demo", "servers": "make up"}.get(way)
        raise NothingRuns(f"The {way} way does not run on this machine. Start it with `{start}`.")
    return _of(max(running, key=lambda found: found.started_at))


def _running(way: LocalWay) -> State | None:
    status = ways.status(way, run_dir(way))
    if status.running and status.state is None:
        raise NothingRuns(f"The {way} way is just starting or stopping. Wait a moment, then try again.")
    return status.state


def _read(path: Path) -> State:
    try:
        return State(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise Failed(f"AEROSAGA_STATE names {path}, which cannot be read as a state.json: {error}") from error


def _of(state: State) -> Target:
    if state.way == "embedded" and state.failure_switches:
        clock.follow(Path(state.run_dir))
    return Target(
        way=state.way,
        urls=state.urls,
        operator_token=state.operator_token,
        directory=Path(state.run_dir),
        state=state,
    )

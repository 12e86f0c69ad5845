"""What the door is told by its environment."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from common.contracts.subscriptions import SERVICES as EVERY_SERVICE
from gateway.routes import SERVICES, STREAM, Counted, Lane

#: What pages call the sandbox bank, which is no service of ours.
BANK = "bank"


class GatewaySettings(BaseSettings):
    """The door's settings, each from the variable AEROSAGA_<NAME>; `.env.example` lists them all."""

    model_config = SettingsConfigDict(env_prefix="AEROSAGA_", extra="ignore", frozen=True)

    airline_url: str | None = None
    flight_url: str | None = None
    fare_url: str | None = None
    booking_url: str | None = None
    payment_url: str | None = None
    notification_url: str | None = None
    auth_url: str | None = None
    auditor_url: str | None = None
    stream_url: str | None = None
    flower_url: str | None = Field(None, description="where an operator's browser finds Flower; unset: no links to it")

    sandbox_bank_url: str | None = Field(
        None, description="the sandbox bank, if it is the provider: pages print its tokens and pay its invoices"
    )

    rate_limit: int = Field(100, ge=0, description="requests a second from one address; 0: no limit")
    caller_rate_limit: int = Field(50, ge=0, description="requests a second with one credential; 0: no limit")
    reservation_rate_limit: int = Field(300, ge=0, description="reservations a minute from one address; 0: no limit")
    guess_rate_limit: int = Field(30, ge=0, description="log-ins and guests' codes a minute from one address; 0: none")
    connection_limit: int = Field(200, ge=0, description="connections at once from one address; 0: no limit")
    # A service has sixteen threads. Searching and booking together can hold but all of them, and a few who wait; what
    # is critical always finds a place, and waits at most for those. More at once would only make everybody slower.
    search_lane: int = Field(12, ge=0, description="searches under way at one service; 0: no limit")
    booking_lane: int = Field(8, ge=0, description="requests for new reservations under way; 0: no limit")
    critical_lane: int = Field(48, ge=0, description="all other requests under way at one service; 0: no limit")
    tls_certificate: Path | None = Field(None, description="nginx: certificate chain in PEM; unset: no TLS")
    tls_key: Path | None = Field(None, description="nginx: the certificate's private key in PEM")

    @property
    def upstreams(self) -> dict[str, str]:
        """The base URL of each service that has public paths and is part of this installation."""
        return self._urls(SERVICES)

    @property
    def internal(self) -> dict[str, str]:
        """The same of every service, and of the stream: what the operator's console asks."""
        return self._urls((*EVERY_SERVICE, STREAM))

    @property
    def asked_by_pages(self) -> dict[str, str]:
        """The base URL of whatever pages ask, by name: the internal ones, and the sandbox bank where there is one."""
        return {**self.internal, **({BANK: self.sandbox_bank_url.rstrip("/")} if self.sandbox_bank_url else {})}

    def _urls(self, services: Iterable[str]) -> dict[str, str]:
        known = {service: getattr(self, f"{service}_url") for service in services}
        return {service: url.rstrip("/") for service, url in known.items() if url}

    def a_minute(self, counted: Counted) -> int:
        """Return how many of these one address may ask for in a minute; 0 means no limit."""
        return {Counted.RESERVATIONS: self.reservation_rate_limit, Counted.GUESSES: self.guess_rate_limit}[counted]

    def places(self, lane: Lane) -> int:
        """Return how many requests of a lane may be under way at one service at once; 0 means no limit."""
        bounded = {Lane.SEARCH: self.search_lane, Lane.BOOKING: self.booking_lane, Lane.CRITICAL: self.critical_lane}
        return bounded.get(lane, 0)


@lru_cache
def settings() -> GatewaySettings:
    """Return the settings of this process."""
    return GatewaySettings()

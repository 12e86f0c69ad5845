"""What the door is told by its environment."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.routes import SERVICES, Counted


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
    stream_url: str | None = None

    rate_limit: int = Field(100, ge=0, description="requests a second from one address; 0: no limit")
    reservation_rate_limit: int = Field(300, ge=0, description="reservations a minute from one address; 0: no limit")
    guess_rate_limit: int = Field(30, ge=0, description="log-ins and guests' codes a minute from one address; 0: none")
    connection_limit: int = Field(200, ge=0, description="connections at once from one address; 0: no limit")
    tls_certificate: Path | None = Field(None, description="nginx: certificate chain in PEM; unset: no TLS")
    tls_key: Path | None = Field(None, description="nginx: the certificate's private key in PEM")

    @property
    def upstreams(self) -> dict[str, str]:
        """The base URL of each service that is part of this installation."""
        known = {service: getattr(self, f"{service}_url") for service in SERVICES}
        return {service: url.rstrip("/") for service, url in known.items() if url}

    def a_minute(self, counted: Counted) -> int:
        """Return how many of these one address may ask for in a minute; 0 means no limit."""
        return {Counted.RESERVATIONS: self.reservation_rate_limit, Counted.GUESSES: self.guess_rate_limit}[counted]


@lru_cache
def settings() -> GatewaySettings:
    """Return the settings of this process."""
    return GatewaySettings()

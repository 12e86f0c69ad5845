"""Settings, read once from the environment; nothing else reads it."""

import os
from collections.abc import Iterable
from functools import lru_cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Every variable is `AEROSAGA_` + the name in capitals; `.env.example` lists them all."""

    model_config = SettingsConfigDict(env_prefix="AEROSAGA_", extra="ignore", frozen=True)

    way: str = Field("servers", description="embedded, servers or containers; shown in banners and logs")
    broker_url: str = Field("amqp://guest:guest@127.0.0.1:5672//", description="where commands and events travel")
    result_url: str = Field("redis://127.0.0.1:6379/0", description="where chords count their finished members")

    avro_exchanges: str = Field(
        "", description="exchanges whose events are published as Avro, with commas between them; the others: JSON"
    )

    inbox_parts: int = Field(
        1, ge=1, le=16, description="queues that each inbox is split into, on RabbitMQ; the same for every process"
    )

    # Each process is given the URL of its own service's database and of no other.
    airline_database_url: str | None = None
    flight_database_url: str | None = None
    fare_database_url: str | None = None
    booking_database_url: str | None = None
    payment_database_url: str | None = None
    auditor_database_url: str | None = None
    notification_database_url: str | None = None
    auth_database_url: str | None = None

    bank_url: str = Field("http://127.0.0.1:8690", description="the payment provider")
    provider_timeout_seconds: float = Field(3.0, description="longest wait for one answer of the provider")
    operator_token: str | None = Field(
        None, description="the installation's own token, an admin's; unset: there is none"
    )
    jwks_url: str = Field(
        "http://127.0.0.1:8607/.well-known/jwks.json", description="where auth_svc tells the keys of access tokens"
    )
    reservation_key: str | None = Field(None, description="the private key booking_svc signs access tokens with")
    reservation_public_keys: str = Field("", description="the public keys access tokens are taken from")
    key_secret: str | None = Field(
        None, description="encrypts secrets in tables; several with commas: the first seals, all unseal"
    )
    offer_key: str | None = Field(None, description="the private key fare_svc signs offers with, in hexadecimal")
    offer_public_keys: str = Field("", description="the public keys offers are taken from, with commas between them")

    smtp_url: str = Field(
        "smtp://127.0.0.1:8691", description="where mail is handed over; smtps: TLS at once, smtp+starttls: after hello"
    )
    sms_url: str = Field("http://127.0.0.1:8692", description="the provider of short messages")
    mail_timeout_seconds: float = Field(
        5.0, gt=0, description="longest wait for one answer of the mail server or the provider of short messages"
    )
    mail_from: str = Field("Aerosaga <no-reply@aerosaga.example>", description="who mails are from")
    webhook_private_addresses: str = Field(
        "refuse",
        pattern="^(refuse|allow)$",
        description="allow: webhooks may be sent to this machine and to private networks, by http too",
    )

    hold_seconds: int = Field(900, gt=0, description="how long tentative seats wait for their payment")
    hold_cap: int = Field(
        9, ge=0, description="most seats of one departure that one traveller may hold without having paid; 0: no limit"
    )
    saga_patience_seconds: float = Field(
        10.0, gt=0, description="how long a saga may show no progress before a sweep sends its steps again"
    )
    saga_backlog_seconds: float = Field(
        30.0,
        gt=0,
        description="no reservation that is paid at once is begun while those under way take longer than this",
    )
    offer_seconds: int = Field(900, gt=0, description="how long an offer can be bought")
    min_connection_minutes: int = Field(45, ge=0, description="shortest time between two flights of an itinerary")
    max_connection_minutes: int = Field(360, gt=0, description="longest time between two flights of an itinerary")
    currency: str = Field("USD", min_length=3, max_length=3, description="ISO 4217 code fares are quoted in")
    database_pool_size: int = Field(8, gt=0, description="connections a process keeps; at least its threads")
    log_level: str = "INFO"
    log_format: str = Field("json", pattern="^(json|console)$")


@lru_cache
def settings() -> Settings:
    """Return the settings of this process."""
    return Settings()


def service_urls(services: Iterable[str]) -> dict[str, str]:
    """Return where those of these `services` are that this process was told of: AEROSAGA_BOOKING_URL and so on."""
    names = {service: f"AEROSAGA_{service.upper()}_URL" for service in services}
    return {service: os.environ[name] for service, name in names.items() if name in os.environ}

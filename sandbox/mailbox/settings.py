"""What the mailbox is told by its environment."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class MailboxSettings(BaseSettings):
    """
    The mailbox's settings, each from the variable AEROSAGA_MAILBOX_<NAME>.

    It reads them itself, apart from the services' settings: it stands for a party outside the system.
    """

    model_config = SettingsConfigDict(env_prefix="AEROSAGA_MAILBOX_", frozen=True)

    folder: Path = Field(description="Where mail and short messages are kept; it is made if it is not there.")
    slow_seconds: float = Field(default=8.0, ge=0, le=120, description="How long slow@ thinks.")

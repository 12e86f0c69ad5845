"""What the bank is told by its environment."""

from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class SettingsError(RuntimeError):
    """Raised when the environment does not say what the bank must know to start."""


class BankSettings(BaseSettings):
    """
    The bank's settings, each from the variable AEROSAGA_BANK_<NAME>.

    The bank reads them itself, apart from the services' settings: it stands for a party outside the system.
    """

    model_config = SettingsConfigDict(env_prefix="AEROSAGA_BANK_", frozen=True)

    database: Path = Field(description="The SQLite file of the ledger; it is made if it is not there.")
    slow_seconds: float = Field(default=3.0, ge=0, le=60, description="How long tok_slow thinks.")
    timeout_seconds: float = Field(
        default=10.0,
        ge=0,
        le=60,
        description="How long an answer is kept back after success; longer than a client waits.",
    )


def from_environment() -> BankSettings:
    """
    Return the settings that the environment gives.

    :raises SettingsError: if a variable is missing or wrong
    """
    try:
        return BankSettings()  # The environment fills the fields.
    except ValidationError as error:
        faults = "; ".join(
            f"AEROSAGA_BANK_{str(fault['loc'][0]).upper()}: {fault['msg'].lower()}"
            for fault in error.errors(include_input=False)
        )
        raise SettingsError(
            f"The sandbox bank cannot start ({faults}). "
            "AEROSAGA_BANK_DATABASE must name the SQLite file of its ledger, for example .run/bank.db."
        ) from None

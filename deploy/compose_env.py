"""Writes `.env` for docker compose: `.env.example` with a random value for each secret."""

from __future__ import annotations

import re
import secrets
import sys
from pathlib import Path

from deploy import private_file, signing_keys

ROOT = Path(__file__).resolve().parent.parent
# In `.env.example` exactly the secrets are given without a value.
SECRET = re.compile(r"^(AEROSAGA_\w+)=$", re.MULTILINE)


def with_secrets(example: str) -> str:
    """Return the text with a random value for each variable that has none; public keys are those of the private one."""
    # Hexadecimal, because the values end up in URLs and in SQL; 32 bytes, as long as a private Ed25519 key must be.
    values = {name: secrets.token_hex(32) for name in SECRET.findall(example)}
    values |= signing_keys.public_of(values)
    return SECRET.sub(lambda match: f"{match[1]}={values[match[1]]}", example)


def main() -> None:
    """Write `.env` with mode 0600, unless there is one: databases remember the passwords they were made with."""
    target = ROOT / ".env"
    if target.exists():
        sys.stdout.write(f"{target.name} exists and was left as it is.\n")
        return
    private_file.write(target, with_secrets((ROOT / ".env.example").read_text()))
    sys.stdout.write(f"{target.name} was written, with random secrets. Next: docker compose up --build\n")


if __name__ == "__main__":
    main()

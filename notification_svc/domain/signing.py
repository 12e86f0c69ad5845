"""Signatures of deliveries, as https://www.standardwebhooks.com says and its libraries verify."""

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime

from standardwebhooks import Webhook

PREFIX = "whsec_"
# The specification asks for 24 to 64.
SECRET_BYTES = 32


def new_secret() -> str:
    """Return a secret to sign with, as its receiver is told it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign(*, message_id: str, at: datetime, body: str, secrets: Sequence[str]) -> dict[str, str]:
    """
    Return the three headers that prove who sent `body` and when; one signature for each secret.

    `message_id` stays the same whenever the message is sent again; `at` (UTC) is the time of this attempt.
    """
    signatures = [Webhook(secret).sign(msg_id=message_id, timestamp=at, data=body) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }

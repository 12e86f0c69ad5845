"""Deliveries are signed as every Standard Webhooks library verifies them."""

from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from notification_svc.domain.signing import new_secret, sign

BODY = '{"type":"SeatHeld","amount":450.00}'


def signed(*secrets: str, at: datetime | None = None) -> dict[str, str]:
    return sign(message_id="5f0c", at=at or datetime.now(UTC), body=BODY, secrets=secrets)


class TestSign:
    def test_is_verified_by_the_library(self):
        secret = new_secret()

        assert Webhook(secret).verify(BODY, signed(secret))["type"] == "SeatHeld"

    def test_holds_under_the_old_secret_and_the_new_one_while_one_becomes_the_other(self):
        old, new = new_secret(), new_secret()
        headers = signed(new, old)

        for secret in (old, new):
            Webhook(secret).verify(BODY, headers)

    @pytest.mark.parametrize("spoil", ["body", "secret", "id", "time"])
    def test_does_not_hold_for_anything_else(self, spoil):
        secret = new_secret()
        headers = signed(secret, at=datetime.now(UTC) - timedelta(minutes=6) if spoil == "time" else None)
        if spoil == "id":
            headers["webhook-id"] = "another"
        verifier = Webhook(new_secret() if spoil == "secret" else secret)

        with pytest.raises(WebhookVerificationError):
            verifier.verify(BODY + (" " if spoil == "body" else ""), headers)


class TestNewSecret:
    def test_is_as_the_specification_wants_it_and_never_the_same(self):
        secrets = {new_secret() for _ in range(10)}

        assert len(secrets) == 10
        assert all(secret.startswith("whsec_") and len(secret) == 50 for secret in secrets)

"""The provider of short messages, as notification_svc reaches it."""

import httpx

from common.errors import Rejected, TransientError


class TextingTrouble(TransientError):
    """Raised when the provider did not take a short message now; with the same key it can be asked again."""


class NumberRefused(Rejected):
    """Raised when the provider says that it will never send to this number."""

    code = "number_refused"


class Texting:
    """The provider at `base_url`, which takes `POST /sms` with an Idempotency-Key; safe among threads."""

    def __init__(self, base_url: str, *, timeout_seconds: float) -> None:
        # No proxy from the environment and no redirects: to the configured address and nowhere else.
        self._client = httpx.Client(base_url=base_url, timeout=timeout_seconds, trust_env=False)

    def send(self, *, to: str, text: str, key: str) -> None:
        """
        Send a short message; the same key is the same message. What is raised names no number.

        :raises TextingTrouble: if the provider is away, too slow, or asks to try again
        :raises NumberRefused: if it says no for good
        """
        try:
            answer = self._client.post("/sms", json={"to": to, "text": text}, headers={"Idempotency-Key": key})
        except httpx.HTTPError as error:
            raise TextingTrouble(f"the provider of short messages does not answer ({type(error).__name__})") from None
        if answer.status_code in {400, 404, 410, 422}:
            raise NumberRefused(f"the provider of short messages refuses the number ({answer.status_code})")
        if not answer.is_success:
            raise TextingTrouble(f"the provider of short messages asks to try again later ({answer.status_code})")

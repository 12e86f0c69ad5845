"""The public keys of auth_svc, fetched from where it publishes them and kept while it is away."""

import logging
import threading
import time
from collections.abc import Callable

import httpx

from common import codec
from common.errors import TransientError
from common.signatures import KeyRing, PublicKey

logger = logging.getLogger(__name__)

# New keys are published much longer than this before they sign, so that a look now and then finds them in time.
FRESH_SECONDS = 300.0
# Whoever sends tokens with invented key names makes us look no more often than this.
PAUSE_SECONDS = 10.0
# As long as there is no key at all: auth_svc may just be starting, like us, or making its first key.
FIRST_PAUSE_SECONDS = 0.5
TIMEOUT_SECONDS = 2.0
_LARGEST = 64 * 1024


class KeysAway(TransientError):
    """Raised when the keys were never fetched, and cannot be now."""


class PublishedKeys:
    """
    The keys at a JWKS address, looked at again when they are old or one is missing.

    While the address does not answer, the last known keys serve on.
    """

    def __init__(self, url: str, *, fetch: Callable[[str], bytes] | None = None) -> None:
        self._url = url
        self._fetch = fetch or _fetch
        self._ring: KeyRing | None = None
        self._fetched_at = self._tried_at = -float("inf")
        self._lock = threading.Lock()

    def find(self, kid: str) -> PublicKey | None:
        """
        Return the key of this name, or None if there is none.

        :raises KeysAway: if no key is known yet, and auth_svc does not answer
        """
        found = self._ring.find(kid) if self._ring else None
        if found is not None and time.monotonic() - self._fetched_at < FRESH_SECONDS:
            return found
        # A key that is known serves while one thread looks for newer ones; who has none must wait for that look.
        if self._lock.acquire(blocking=found is None):
            try:
                self._look(kid)
            finally:
                self._lock.release()
        if not self._ring:
            raise KeysAway("The keys that access tokens are verified with could not be fetched yet.")
        return self._ring.find(kid)

    def _look(self, kid: str) -> None:
        began = time.monotonic()
        if self._ring is not None and self._ring.find(kid) and began - self._fetched_at < FRESH_SECONDS:
            return  # somebody looked while we waited
        if began - self._tried_at < (PAUSE_SECONDS if self._ring else FIRST_PAUSE_SECONDS):
            return
        self._tried_at = began
        try:
            self._ring = KeyRing.from_jwks(codec.loads(self._fetch(self._url)))
            self._fetched_at = began
        except (httpx.HTTPError, TransientError, ValueError) as error:
            logger.warning("%s does not tell its keys, the known ones serve on: %s", self._url, error)


def _fetch(url: str) -> bytes:
    # Without proxies and redirects: the address is a setting, and nobody else's word for it counts.
    response = httpx.get(url, timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False)
    response.raise_for_status()
    if len(response.content) > _LARGEST:
        raise ValueError(f"a key set of {len(response.content)} bytes is no key set")
    return response.content

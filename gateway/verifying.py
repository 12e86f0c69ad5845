"""Asks auth_svc what a credential is worth, and believes the answer for some seconds: auth_request, in Python."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict

import httpx

from gateway import rules

_ANSWER_SECONDS = 5.0
_MOST = 10_000


class NotVerified(Exception):
    """Raised when auth_svc does not take a credential."""


class Unverifiable(Exception):
    """Raised when auth_svc does not answer, or not with a verdict."""


class Verdicts:
    """What auth_svc said of the credentials seen in the last seconds. A failure to answer is never kept."""

    def __init__(self, http: httpx.Client, auth_url: str) -> None:
        self._http = http
        self._url = f"{auth_url}/verify"
        self._lock = threading.Lock()
        #: By digest of the credential: when to forget it, and what to send on; None if it was refused.
        self._known: OrderedDict[bytes, tuple[float, str | None]] = OrderedDict()

    def verified(self, authorization: str, *, headers: dict[str, str]) -> str:
        """
        Return what a service is to see as Authorization; empty for an empty one, which nobody is asked about.

        :raises NotVerified: if auth_svc refuses the credential
        :raises Unverifiable: if it does not answer
        """
        if not authorization:
            return ""
        key = hashlib.sha256(authorization.encode("utf-8", "surrogateescape")).digest()
        now = time.monotonic()
        with self._lock:
            until, verdict = self._known.get(key, (0.0, None))
        if until <= now:
            verdict = self._asked(authorization, headers)
            with self._lock:
                self._known[key] = (now + rules.VERDICT_SECONDS, verdict)
                self._known.move_to_end(key)
                while len(self._known) > _MOST:
                    self._known.popitem(last=False)
        if verdict is None:
            raise NotVerified
        return verdict

    def _asked(self, authorization: str, headers: dict[str, str]) -> str | None:
        try:
            answer = self._http.get(
                self._url, headers={**headers, "Authorization": authorization}, timeout=_ANSWER_SECONDS
            )
        except httpx.HTTPError as error:
            raise Unverifiable from error
        if answer.status_code == 401:
            return None
        if answer.status_code != 200:
            raise Unverifiable
        return str(answer.headers.get(rules.VERIFIED_HEADER, ""))

"""Who may listen: to a reservation whom the API lets read it, to everything operators; with what their browser has."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie

import httpx

from common import codec
from common.auth import Role
from common.errors import AerosagaError
from gateway import rules
from gateway.pages import cookies, logins
from gateway.pages.traveller import keeping

_ANSWER_SECONDS = 5.0
_OPERATORS = frozenset({Role.OPERATOR, Role.ADMIN})


class NotAdmitted(AerosagaError):
    """Raised when somebody may not listen, or it cannot be said; `status` is what is answered."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Admission:
    """Asks booking_svc and auth_svc, at their base URLs, as the pages do."""

    def __init__(self, upstreams: Mapping[str, str]) -> None:
        self._booking = upstreams.get("booking")
        self._auth = upstreams.get("auth")
        self._http = httpx.AsyncClient(
            trust_env=False, timeout=httpx.Timeout(_ANSWER_SECONDS, connect=rules.CONNECT_SECONDS)
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def reservation(self, locator: str, *, cookies: str) -> int:
        """
        Return the id of the reservation that the owner of these cookies may read.

        :raises NotAdmitted: if there is none, or it is not theirs, or booking_svc does not answer
        """
        token = _token(cookies, (keeping.NAME, "token"), (logins.NAME, "access_token"))
        if token is None or self._booking is None:
            raise NotAdmitted(404, "There is no such trip, or it is not open in this browser.")
        answer = await self._ask(f"{self._booking}/reservations/{locator}", token)
        if answer.status_code != 200:
            raise NotAdmitted(404, "There is no such trip, or it is not open in this browser.")
        return int(codec.loads(answer.content)["reservationId"])

    async def operator(self, headers: Mapping[str, str]) -> None:
        """
        Return if who sends these headers, by their names in small letters, is an operator or admin.

        :raises NotAdmitted: if they are not, or auth_svc does not answer
        """
        shown = headers.get("authorization", "")
        token = shown.removeprefix("Bearer ") or _token(headers.get("cookie", ""), (logins.NAME, "access_token"))
        if not token or self._auth is None:
            raise NotAdmitted(401, "This is for operators: log in first.")
        answer = await self._ask(f"{self._auth}/auth/me", token)
        if answer.status_code in {401, 403}:
            raise NotAdmitted(answer.status_code, "This is for operators: log in as one.")
        if answer.status_code != 200:
            raise NotAdmitted(503, "It cannot be said just now who may hear this. Try again.")
        if codec.loads(answer.content).get("role") not in _OPERATORS:
            raise NotAdmitted(403, "This is for operators.")

    async def _ask(self, url: str, token: str) -> httpx.Response:
        try:
            return await self._http.get(url, headers={"Authorization": f"Bearer {token}"})
        except httpx.HTTPError:
            raise NotAdmitted(503, "It cannot be said just now who may hear this. Try again.") from None


def _token(header: str, *wanted: tuple[str, str]) -> str | None:
    """The first token that these cookies have, each as the name of its cookie and its field there."""
    try:
        sent = SimpleCookie(header)
    except CookieError:
        return None
    for name, field in wanted:
        kept = cookies.opened(name, sent[name].value) if name in sent else None
        if kept and field in kept:
            return str(kept[field])
    return None

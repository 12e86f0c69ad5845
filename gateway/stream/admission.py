"""Who may hear of a reservation: whoever the API lets read it, with what their browser has."""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

import httpx

from common import codec
from common.errors import AerosagaError
from gateway import rules
from gateway.pages import cookies, logins
from gateway.pages.traveller import keeping

_ANSWER_SECONDS = 5.0


class NotAdmitted(AerosagaError):
    """Raised when somebody may not listen, or it cannot be said; `status` is what is answered."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class Admission:
    """Asks booking_svc, at `url`, as the pages do."""

    def __init__(self, url: str | None) -> None:
        self._url = url
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
        token = _token(cookies)
        if token is None or self._url is None:
            raise NotAdmitted(404, "There is no such trip, or it is not open in this browser.")
        try:
            answer = await self._http.get(
                f"{self._url}/reservations/{locator}", headers={"Authorization": f"Bearer {token}"}
            )
        except httpx.HTTPError:
            raise NotAdmitted(503, "It cannot be said just now who may hear this. Try again.") from None
        if answer.status_code != 200:
            raise NotAdmitted(404, "There is no such trip, or it is not open in this browser.")
        return int(codec.loads(answer.content)["reservationId"])


def _token(header: str) -> str | None:
    """The token of the trip's own cookie, else that of who is logged in."""
    try:
        sent = SimpleCookie(header)
    except CookieError:
        return None
    for name, field in ((keeping.NAME, "token"), (logins.NAME, "access_token")):
        kept = cookies.opened(name, sent[name].value) if name in sent else None
        if kept and field in kept:
            return str(kept[field])
    return None

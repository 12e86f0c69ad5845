"""Reads the statements of the other services, each over HTTP at its internal endpoint."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

import httpx
from pydantic import ValidationError

from common import codec
from common.contracts.statements import (
    READERS,
    AuthorizationStatement,
    PaymentStatement,
    ProviderStatement,
    ReservationStatement,
)
from common.errors import TransientError

S = TypeVar("S", ReservationStatement, PaymentStatement, ProviderStatement, AuthorizationStatement)

ANSWER_SECONDS = 10.0


class Silent(TransientError):
    """Raised when a service does not state its books; `service` is its name."""

    def __init__(self, service: str, why: str) -> None:
        super().__init__(f"{service}_svc does not state its books: {why}")
        self.service = service
        self.why = why


class Books:
    """
    The books of all services, asked for with an operator's token.

    Every method may raise Silent.

    :param urls: where each service is
    :param token: opens the internal endpoints
    """

    def __init__(self, *, urls: Mapping[str, str], token: str, transport: httpx.BaseTransport | None = None) -> None:
        self._urls = urls
        # No proxy from the environment and no redirects: services are inside, or named explicitly.
        self._client = httpx.Client(
            timeout=ANSWER_SECONDS,
            trust_env=False,
            transport=transport,
            headers={"Authorization": f"Bearer {token}"},
        )

    def page(self, service: str, kind: type[S], *, after: int, limit: int) -> Sequence[S]:
        """Return at most `limit` entries after a number, in the order of their numbers."""
        body = self._ask("GET", service, f"/statements/{kind.BOOK}?after={after}&limit={limit}")
        try:
            return cast("Sequence[S]", READERS[kind.BOOK].validate_python(body))
        except ValidationError as error:
            raise Silent(service, f"{kind.BOOK} cannot be read ({error.error_count()} errors)") from error

    def messages(self, service: str, *, after: int, limit: int) -> dict[str, Any]:
        """Return what waits at a service, and what it published after a number."""
        return dict(self._ask("GET", service, f"/statements/messages?after={after}&limit={limit}"))

    def unheard(self, service: str, events: Sequence[Mapping[str, Any]]) -> set[str]:
        """Return the ids of those `events` (`{eventId, type, version}`) that `service` has not applied."""
        asked = [{name: event[name] for name in ("eventId", "type", "version")} for event in events]
        return set(self._ask("POST", service, "/statements/heard", {"events": asked})["unheard"])

    def _ask(self, method: str, service: str, path: str, body: Any = None) -> Any:
        content = None if body is None else codec.dumps(body)
        try:
            url = self._urls[service] + path
            response = self._client.request(
                method, url, content=content, headers={} if content is None else {"Content-Type": "application/json"}
            )
            if response.status_code != 200:
                raise Silent(service, f"{method} {path.partition('?')[0]} was answered {response.status_code}")
            return codec.loads(response.content)
        except KeyError:
            raise Silent(service, f"set AEROSAGA_{service.upper()}_URL to its URL") from None
        except (httpx.HTTPError, ValueError) as error:
            raise Silent(service, type(error).__name__) from error

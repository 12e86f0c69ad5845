"""The receiver of a webhook outside: one POST to an address that was looked up once and judged, and nowhere else."""

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from notification_svc.domain.endpoints import Address, Endpoint, EndpointRefused, check_addresses, read_endpoint

#: The longest that looking up, connecting, sending and hearing the answer may take together.
TIMEOUT_SECONDS = 15.0
#: What of an answer is read; the rest stays with the receiver.
LARGEST_ANSWER_BYTES = 64 * 1024
#: What of an answer is kept for the delivery log.
KEPT_CHARACTERS = 1000
# Of a host with many addresses, some are tried; one that nobody listens at must leave time for the next.
_MOST_ADDRESSES = 3
_CONNECT_SECONDS = 5.0
# The status is what counts; its body, which only the log wants, is waited for this long.
_BODY_SECONDS = 3.0
# Looking up a name blocks its thread for as long as the name's servers like: threads of their own, so that they hold up
# lookups at worst, and never the work with the database.
_LOOKUPS = ThreadPoolExecutor(max_workers=32, thread_name_prefix="lookup")

Resolve = Callable[[str, int], Awaitable[list[Address]]]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """
    How one attempt ended.

    :ivar status: the HTTP status, None if there was no answer
    :ivar error: why there was none, for the owner of the webhook; None if there was one
    :ivar text: the beginning of the answer's body
    :ivar milliseconds: how long it took
    """

    status: int | None
    error: str | None
    text: str
    milliseconds: int


async def resolve(host: str, port: int) -> list[Address]:
    """
    Return the addresses of a host, best first.

    :raises OSError: if it has none
    """
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(_LOOKUPS, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    # The zone of a link-local address (%eth0) is cut off: it is refused in any case.
    return list(dict.fromkeys(ipaddress.ip_address(str(place[0]).partition("%")[0]) for *_, place in found))


class Receiver:
    """
    Sends deliveries; one per process, safe among tasks of any event loop.

    :param private: allow addresses of this machine and of private networks, and plain http; for trying things out
    :param tls: whom to trust; the authorities that httpx trusts, unless given
    """

    def __init__(
        self,
        *,
        private: bool,
        tls: ssl.SSLContext | None = None,
        resolve: Resolve = resolve,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._private = private
        # Reading the authorities takes longer than a delivery, so it is done once.
        self._tls = tls or httpx.create_ssl_context()
        self._resolve = resolve
        self._timeout_seconds = timeout_seconds

    async def deliver(self, *, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send `body` once and return how that ended; never raises for the receiver's sake."""
        began = time.monotonic()
        status, error, text = None, None, ""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                status, text = await self._post(url, headers, body)
        except TimeoutError:
            error = f"no answer within {self._timeout_seconds:g} s"
        except EndpointRefused as refusal:
            error = refusal.detail
        except (httpx.HTTPError, OSError, UnicodeError) as trouble:
            error = f"{type(trouble).__name__}: {trouble}"
        took = round((time.monotonic() - began) * 1000)
        return Answer(status=status, error=error, text=text[:KEPT_CHARACTERS], milliseconds=took)

    async def _post(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        endpoint = read_endpoint(url, private=self._private)
        addresses = await self._resolve(endpoint.host, endpoint.port)
        check_addresses(endpoint.host, addresses, private=self._private)
        unreachable: httpx.ConnectError | httpx.ConnectTimeout | None = None
        for address in addresses[:_MOST_ADDRESSES]:
            try:
                return await self._post_to(address, endpoint, headers, body)
            except (httpx.ConnectError, httpx.ConnectTimeout) as trouble:
                unreachable = trouble
        assert unreachable is not None  # there is at least one address
        raise unreachable

    async def _post_to(
        self, address: Address, endpoint: Endpoint, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, str]:
        # To the address itself: a name looked up a second time could have become another machine by then. The name
        # still is what the certificate must be for (SNI) and what the receiver is asked for (Host).
        place = httpx.URL(
            scheme=endpoint.scheme, host=str(address), port=endpoint.port, raw_path=endpoint.target.encode()
        )
        sent = {
            "Host": endpoint.authority,
            "Content-Type": "application/json",
            "User-Agent": "Aerosaga-Webhooks/1",
            # An answer that swells when it is unpacked is not asked for.
            "Accept-Encoding": "identity",
            **headers,
        }
        # A client of its own for each attempt: two hosts at one address must not share a connection that only one of
        # them has proved to be its own. No proxies, no redirects: to this address and nowhere else.
        patience = httpx.Timeout(None, connect=_CONNECT_SECONDS)
        async with (
            httpx.AsyncClient(verify=self._tls, trust_env=False, timeout=patience, follow_redirects=False) as client,
            client.stream(
                "POST", place, content=body, headers=sent, extensions={"sni_hostname": endpoint.host}
            ) as response,
        ):
            return response.status_code, await _beginning(response)


async def _beginning(response: httpx.Response) -> str:
    """Return the beginning of a body; its status counts, however long or broken the rest is."""
    content = b""
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for piece in response.aiter_raw():
                content += piece
                if len(content) >= LARGEST_ANSWER_BYTES:
                    break
    except (TimeoutError, httpx.HTTPError):
        pass  # what is missing would only have been logged
    return content[:LARGEST_ANSWER_BYTES].decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")

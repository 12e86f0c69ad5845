"""Where a webhook may point, so that nobody can make this system speak to machines that only it can reach."""

import ipaddress
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from common.errors import Rejected

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

LONGEST_URL = 500
# Readers of URLs disagree about these (a backslash above all), so nobody gets to read one.
_NOT_IN_URLS = frozenset(' "<>\\^`{|}')
HTTPS_PORT = 443
# Below it live mail, databases, file shares: services that were never meant to hear from us.
FIRST_FREE_PORT = 1024

# Machines that a cloud asks for its secrets, where the address alone does not give them away: Azure's looks like
# anybody's, Amazon's over IPv6 like one of a private network.
_METADATA = frozenset(map(ipaddress.ip_address, ("168.63.129.16", "fd00:ec2::254")))
_PRIVATE_NETWORKS = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
# Set aside by IANA for protocols, documentation and the like; not every version of Python knows that of all.
_SET_ASIDE = tuple(
    map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20", "5f00::/16", "fec0::/10"))
)
# Embeds an IPv4 address in its last 32 bits (RFC 6052); the gateway behind it would unpack a private one.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class EndpointRefused(Rejected):
    """Raised when a URL is not one that webhooks are sent to."""

    code = "endpoint_refused"


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A URL in parts, so that whoever connects need not read its text a second time, and perhaps otherwise."""

    scheme: str
    host: str
    port: int
    #: Path and query, as they were written.
    target: str

    @property
    def authority(self) -> str:
        """What belongs into the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = HTTPS_PORT if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"


def read_endpoint(url: str, *, private: bool) -> Endpoint:
    """
    Return a URL in parts.

    `private` tells whether addresses of this machine and of private networks are allowed, and with them plain http
    and every port; only for trying things out.

    :raises EndpointRefused: if webhooks are not sent to such a URL
    """
    parts, port = _split(url)
    if parts.scheme not in ({"http", "https"} if private else {"https"}):
        raise EndpointRefused("Webhooks are sent by https only: the URL must begin with https://.")
    if parts.username is not None or parts.password is not None:
        raise EndpointRefused("A webhook's URL has no user name or password in it: deliveries are signed instead.")
    if parts.fragment:
        raise EndpointRefused("A webhook's URL has no #fragment: it would never reach the receiver.")
    if not private and port != HTTPS_PORT and port < FIRST_FREE_PORT:
        raise EndpointRefused(f"Webhooks are sent to port {HTTPS_PORT} and to ports from {FIRST_FREE_PORT} on.")
    endpoint = Endpoint(
        scheme=parts.scheme,
        host=(parts.hostname or "").rstrip("."),
        port=port,
        target=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )
    if not endpoint.host:
        raise EndpointRefused("The URL names no host.")
    if endpoint.host == "localhost" or endpoint.host.endswith(".localhost"):
        check_addresses(endpoint.host, [ipaddress.ip_address("127.0.0.1")], private=private)
    literal = _literal(endpoint.host)
    if literal is not None:
        check_addresses(endpoint.host, [literal], private=private)
    return endpoint


def check_addresses(host: str, addresses: list[Address], *, private: bool) -> None:
    """
    Return if every address that a host has may be connected to.

    One forbidden address among good ones refuses them all: honest receivers do not have both.

    :raises EndpointRefused: if one may not, or there is none
    """
    if not addresses:
        raise EndpointRefused(f"The host {host} has no address.")
    for address in addresses:
        if not may_connect(address, private=private):
            raise EndpointRefused(f"The host {host} is at {address}, which is not an address of the public internet.")


def may_connect(address: Address, *, private: bool) -> bool:
    """
    Return whether a webhook may be sent to this address.

    Never to link-local, multicast, unspecified, reserved or metadata addresses; with `private`, to loopback and
    private networks too. An IPv6 address that carries an IPv4 one is judged by that.
    """
    carried = _carried(address)
    if carried is not None:
        return may_connect(carried, private=private)
    if address in _METADATA or address.is_multicast or address.is_unspecified or address.is_link_local:
        return False
    if any(address in network for network in _SET_ASIDE):
        return False
    if address.is_loopback or any(address in network for network in _PRIVATE_NETWORKS):
        return private
    # 0.0.0.0/8, 100.64/10, 198.18/15, documentation and the like are neither global nor somebody's network.
    return address.is_global and not address.is_reserved


def _split(url: str) -> tuple[SplitResult, int]:
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or _NOT_IN_URLS & set(url):
        raise EndpointRefused(
            f"A webhook's URL has at most {LONGEST_URL} printable ASCII characters; write an international name in "
            "Punycode and escape the rest with %."
        )
    try:
        parts = urlsplit(url)
        port = parts.port if parts.port is not None else (80 if parts.scheme == "http" else HTTPS_PORT)
    except ValueError as error:
        raise EndpointRefused(f"This is no URL: {error}.") from error
    if not 0 < port < 2**16:
        raise EndpointRefused("The URL's port is no port.")
    return parts, port


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _carried(address: Address) -> ipaddress.IPv4Address | None:
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    # The deprecated ::a.b.c.d, which some systems still unpack; :: and ::1 have meanings of their own.
    if 1 < int(address) < 2**32:
        return ipaddress.IPv4Address(int(address))
    return address.ipv4_mapped or address.sixtofour

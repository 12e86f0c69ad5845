"""A delivery goes to the address that was judged, proves to be the host that was meant, and nowhere else."""

import asyncio
import ipaddress
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from notification_svc.provider.receiver import Answer, Receiver

HOST = "hooks.example.org"


class Server(HTTPServer):
    """Answers 204 over TLS; `asked` are the Host headers that came, `named` the names in SNI."""

    def __init__(self, certificate: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.named: list[str | None] = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        context.sni_callback = lambda _socket, name, _context: self.named.append(name)
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: whoever does not trust the certificate hangs up."""


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.server.asked.append(self.headers["Host"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> Path:
    """A key and a certificate for HOST that signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "hooks.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def serving(certificate: Path) -> Iterator[Server]:
    with Server(certificate) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Names:
    """Knows a host under these addresses, in turn; `asked` are the hosts that somebody looked up."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
        self.asked.append(host)
        return [ipaddress.ip_address(address) for address in self.answers.pop(0)]


def deliver(url: str, names: Names, *, private: bool = True, trusting: Path | None = None) -> Answer:
    tls = ssl.create_default_context(cafile=trusting) if trusting else None
    receiver = Receiver(private=private, tls=tls, resolve=names, timeout_seconds=5)
    return asyncio.run(receiver.deliver(url=url, headers={"webhook-id": "1"}, body=b"{}"))


class TestDeliver:
    def test_goes_to_the_address_looked_up_once_under_the_name_that_was_meant(self, certificate):
        names = Names(["127.0.0.1"])
        with serving(certificate) as server:
            answer = deliver(f"https://{HOST}:{server.server_port}/in", names, trusting=certificate)

        assert (answer.status, answer.error) == (204, None)
        assert (server.asked, server.named, names.asked) == ([f"{HOST}:{server.server_port}"], [HOST], [HOST])

    def test_refuses_a_machine_that_cannot_prove_to_be_the_host(self, certificate):
        with serving(certificate) as server:
            other = deliver(
                f"https://other.example.org:{server.server_port}/", Names(["127.0.0.1"]), trusting=certificate
            )
            unknown = deliver(f"https://{HOST}:{server.server_port}/", Names(["127.0.0.1"]))

        assert server.asked == []
        assert "Hostname mismatch" in other.error
        assert "CERTIFICATE_VERIFY_FAILED" in unknown.error

    @pytest.mark.parametrize(
        "addresses",
        [["127.0.0.1"], ["10.0.0.1"], ["169.254.169.254"], ["::1"], ["::ffff:127.0.0.1"], ["1.1.1.1", "127.0.0.1"]],
    )
    def test_connects_to_nothing_when_a_name_turns_out_to_be_private(self, certificate, addresses):
        with serving(certificate) as server:
            answer = deliver(f"https://{HOST}:{server.server_port}/", Names(addresses), private=False)

        assert (answer.status, server.named) == (None, [])
        assert "is not an address of the public internet" in answer.error

    def test_looks_up_nothing_a_second_time_that_may_have_changed_since(self, certificate):
        names = Names(["127.0.0.1"], ["10.0.0.1"])
        with serving(certificate) as server:
            deliver(f"https://{HOST}:{server.server_port}/", names, trusting=certificate)

        assert names.answers == [["10.0.0.1"]]

    def test_tries_the_next_address_when_nobody_is_at_the_first(self, certificate):
        with serving(certificate) as server:
            names = Names(["127.0.0.2", "127.0.0.1"])
            answer = deliver(f"https://{HOST}:{server.server_port}/", names, trusting=certificate)

        assert answer.status == 204

    def test_gives_up_on_a_name_that_is_never_answered(self):
        async def never(host: str, port: int) -> list[ipaddress.IPv4Address]:
            await asyncio.sleep(60)
            return []

        began = time.monotonic()
        receiver = Receiver(private=True, resolve=never, timeout_seconds=0.2)
        answer = asyncio.run(receiver.deliver(url=f"https://{HOST}/", headers={}, body=b""))

        assert (answer.status, answer.error) == (None, "no answer within 0.2 s")
        assert time.monotonic() - began < 5

    def test_says_what_is_wrong_with_a_host_that_does_not_exist(self):
        receiver = Receiver(private=False)
        answer = asyncio.run(receiver.deliver(url="https://nobody.invalid/", headers={}, body=b""))

        assert answer.status is None
        assert answer.error

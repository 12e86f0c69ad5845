"""nginx with a certificate."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy import ports
from deploy.daemon import Daemon
from deploy.nginx import Nginx
from gateway import rules
from gateway.settings import GatewaySettings
from tests.integration.gateway.test_restarting import wait


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate that this machine gives itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = tmp_path / "certificate.pem", tmp_path / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


class TestNginxWithACertificate:
    def test_speaks_tls_and_asks_browsers_to_come_back_by_it(self, tmp_path: Path, upstreams, pair):
        certificate, key = pair
        urls = {name: upstream.url for name, upstream in upstreams.items()}
        port = ports.remembered(tmp_path / "ports.json", ("door",))["door"]
        limits = GatewaySettings(tls_certificate=certificate, tls_key=key)
        nginx = Nginx(tmp_path / "nginx", port=port, urls=urls | {"pages": urls["fare"]}, limits=limits)
        daemon = Daemon(tmp_path, "nginx")
        nginx.prepare()
        daemon.start(nginx.command(), environment=nginx.environment(), directory=tmp_path, tether=True)
        try:
            wait(nginx.answers)
            trusted = ssl.create_default_context(cafile=str(certificate))

            answer = httpx.get(f"https://localhost:{port}/departures", verify=trusted, trust_env=False)

            assert answer.headers["strict-transport-security"] == rules.STRICT_TRANSPORT
            assert answer.json()["headers"]["x-forwarded-proto"] == "https"
        finally:
            daemon.stop(seconds=10)

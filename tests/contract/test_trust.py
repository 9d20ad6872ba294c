"""Whom registries are trusted by: a real server with a certificate of an authority that this test makes."""

from __future__ import annotations

import ipaddress
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests import scripted
from tests.fakes import FakeClock
from tests.scripted import Reply

from release_actions.adapters.http import Http
from release_actions.domain.patience import Patience
from release_actions.errors import RegistryError

VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT", "NODE_EXTRA_CA_CERTS")


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "4")
        self.end_headers()
        self.wfile.write(b"good")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a certificate for 127.0.0.1 that is its own authority, and beside it one with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A private registry")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("authority")
    folder.joinpath("key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    file = folder / "authority.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture(scope="module")
def address(authority: Path) -> Iterator[str]:
    """A server that shows that certificate."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, authority.with_name("key.pem"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Http:
    """One that trusts nobody but the system's authorities, until a test names others."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return Http(FakeClock(), Patience(retries=0))


def test_an_authority_that_nobody_named_is_not_trusted(address: str, client: Http) -> None:
    with pytest.raises(RegistryError, match=r"certificate verify failed.*\[registry-unreachable\]"):
        client.get(address)


@pytest.mark.parametrize("variable", VARIABLES)
def test_an_authority_is_trusted_that_is_named_as_for_other_tools(
    address: str, client: Http, authority: Path, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(authority))
    assert client.get(address).body == b"good"


def test_it_is_trusted_also_where_a_plain_address_leads_to_it(
    address: str, client: Http, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_CERT", str(authority))
    with scripted.serving() as plain:
        plain.replies["/a"] = [Reply(302, headers={"Location": address})]
        assert client.get(f"{plain.url}/a").body == b"good"


def test_a_bundle_that_can_not_be_read_adds_no_trust_and_hides_no_other(
    address: str, client: Http, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.with_name("missing.pem")))
    monkeypatch.setenv("NODE_EXTRA_CA_CERTS", str(authority))
    assert client.get(address).body == b"good"


def test_authorities_are_read_for_encrypted_connections_alone_and_once(
    address: str, client: Http, authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes longer than most requests; those who name a bundle often name the same one to every tool."""
    read: list[str] = []

    class Noting(ssl.SSLContext):
        def load_verify_locations(self, cafile: object = None, capath: object = None, cadata: object = None) -> None:
            read.append(str(cafile))
            super().load_verify_locations(cafile)  # type: ignore[arg-type]

    def noting() -> ssl.SSLContext:
        read.append("the system's")
        made = Noting(ssl.PROTOCOL_TLS_CLIENT)
        made.set_default_verify_paths()
        return made

    monkeypatch.setattr(ssl, "create_default_context", noting)
    for name in VARIABLES:
        monkeypatch.setenv(name, str(authority))
    with scripted.serving() as plain:
        plain.replies["/a"] = [Reply(200, b"good")]
        client.get(f"{plain.url}/a")
    assert read == []
    client.get(address)
    client.get(address)
    assert read == ["the system's", str(authority)]

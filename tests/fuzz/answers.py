"""What registries, GitHub's identity provider and proxies between them answer."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from threading import Thread

from tests import packed
from tests.fakes import FakeClock
from tests.fuzz.judge import Target

from release_actions.adapters.http import LARGEST_DOCUMENT, Answer, Http
from release_actions.adapters.identity import ADDRESS, TOKEN, JobIdentity, claims
from release_actions.adapters.registries import attestations, npm_package, nuget_config
from release_actions.adapters.registries.npm import NpmRegistry
from release_actions.adapters.registries.npm_withdrawal import NpmWithdrawals
from release_actions.adapters.registries.nuget import NugetRegistry
from release_actions.adapters.registries.nuget_withdrawal import NugetWithdrawals
from release_actions.adapters.registries.pypi import PypiRegistry
from release_actions.adapters.registries.pypi_withdrawal import PypiWithdrawals
from release_actions.adapters.registries.trusted import Trust, TrustedPublishing
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage
from release_actions.errors import Finding, ReleaseError

FOLDER = tempfile.TemporaryDirectory()
TOP = Path(FOLDER.name)
HOST = "http://127.0.0.1:9"


@cache
def _package(ecosystem: Ecosystem) -> BuiltPackage:
    return packed.package(TOP, ecosystem, "@acme/sdk" if ecosystem is Ecosystem.NPM else "Acme.Sdk", "1.2.3-beta.4")


class _Canned(Http):
    """Requests that nobody hears, each answered by the last one of `answers` whose key its address ends in."""

    def __init__(self) -> None:
        super().__init__(FakeClock())
        self.answers: Mapping[str, Answer] = {}

    def _answer(self, url: str) -> Answer:
        found = next((answer for end, answer in reversed(list(self.answers.items())) if url.endswith(end)), Answer(url, 404, {}, b""))
        return replace(found, url=url)

    def get(self, url: str, *, accept: str = "*/*", headers: Mapping[str, str] | None = None, limit: int = LARGEST_DOCUMENT) -> Answer:
        """The answer."""
        return self._answer(url)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """The answer."""
        return self._answer(url)

    def digest(self, url: str, algorithm: str, headers: Mapping[str, str] | None = None) -> str:
        """That of no bytes, of an address that could be asked."""
        self._pool(url)
        return hashlib.new(algorithm).hexdigest()


@cache
def _client() -> _Canned:
    """One for all, since it takes long to read the system's authorities."""
    return _Canned()


def _answering(answers: Mapping[str, Answer]) -> _Canned:
    client = _client()
    client.answers = answers
    return client


def _given(data: bytes) -> Answer:
    """An answer by its first line, the status and the content type, and its body."""
    head, _, body = data.partition(b"\n")
    status, _, kind = head.decode(errors="replace").partition(" ")
    return Answer(
        "", int(status) if status in {"200", "201", "400", "401", "403", "404", "409", "500"} else 200, {"content-type": kind}, body
    )


def _said(body: object, kind: str = "application/json", status: int = 200) -> bytes:
    return f"{status} {kind}\n".encode() + (body.encode() if isinstance(body, str) else json.dumps(body).encode())


def _npm(data: bytes) -> None:
    package = _package(Ecosystem.NPM)
    http = _answering({"": _given(data)})
    registry = NpmRegistry(http, TOP, top=TOP, token="secret-token", registry=HOST)
    _each(
        partial(registry.look_up, package),
        partial(registry.served, package),
        lambda: NpmWithdrawals(http, registry, top=TOP, token="secret-token").standing(package),
        lambda: registry._user(f"{HOST}/"),
        lambda: registry._may_only_read(package, f"{HOST}/", "me"),
    )


def _pypi(data: bytes) -> None:
    package = _package(Ecosystem.PYPI)
    http = _answering({"": _given(data)})
    registry = PypiRegistry(http, Path, top=TOP, token="secret-token", index=f"{HOST}/simple", upload_url=f"{HOST}/upload")
    _each(partial(registry.look_up, package), partial(registry.served, package), lambda: PypiWithdrawals(http, registry).standing(package))


def _nuget(data: bytes) -> None:
    """The service index, the list of versions and the registration, one after another, separated by NUL."""
    package = _package(Ecosystem.NUGET)
    parts = [*data.split(b"\0"), b"", b""][:3]
    http = _answering(
        {
            "": _given(parts[2]),
            ".nupkg": Answer("", 200, {}, parts[2]),
            "/versions/acme.sdk/index.json": _given(parts[1]),
            "/v3.json": _given(parts[0]),
        }
    )
    registry = NugetRegistry(http, TOP, top=TOP, token="secret-token", source=f"{HOST}/v3.json")
    _each(partial(registry.look_up, package), lambda: NugetWithdrawals(http, registry).standing(package))


def _each(*reads: Callable[[], object]) -> None:
    """Read in every way. Raises all refusals as one."""
    findings: list[Finding] = []
    for read in reads:
        try:
            read()
        except ReleaseError as error:
            findings += error.findings
    if findings:
        raise ReleaseError.of(findings)


def _trusted(data: bytes) -> None:
    """What an identity provider and a registry answer when a token is asked for, separated by NUL."""
    proof, _, rest = data.partition(b"\0")
    audience, _, minted = rest.partition(b"\0")
    variables = {ADDRESS: f"{HOST}/proof?a=b", TOKEN: "secret-token"}
    masked: list[str] = []
    http = _answering(
        {"": _given(minted), "/audience": _given(audience), "=pypi": _given(proof), "=npm%3A127.0.0.1": _given(proof), "9": _given(proof)}
    )
    identity = JobIdentity(http, masked.append, variables)
    trusted = TrustedPublishing(Trust.ALWAYS, identity, http, FakeClock())
    _each(
        lambda: trusted.pypi(f"{HOST}/upload"),
        lambda: trusted.npm(f"{HOST}/", "@acme/sdk"),
        lambda: trusted.nuget(f"{HOST}/api/v2/package", "me"),
    )


def _claims(data: bytes) -> None:
    claims(data.decode(errors="replace"))
    claims("a." + base64.urlsafe_b64encode(data).decode().rstrip("=") + ".c")


def _attestation(data: bytes) -> None:
    package = _package(Ecosystem.PYPI)
    (TOP / f"{package.files[0].name}.publish.attestation").write_bytes(data)
    list(attestations.wrong(TOP, package.files[0]))
    statement = {"envelope": {"statement": base64.b64encode(data).decode()}}
    (TOP / f"{package.files[0].name}.publish.attestation").write_text(json.dumps(statement))
    list(attestations.wrong(TOP, package.files[0]))


def _nuget_config(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "nuget.config").write_bytes(data)
        nuget_config.sources(Path(folder))
        nuget_config.default_push_source(Path(folder))
    nuget_config.listed(data.decode(errors="replace"))


def _npm_manifest(data: bytes) -> None:
    found = json.loads(data)
    if isinstance(found, dict):
        npm_package.publish_config(found)
        npm_package.repository(found)


class _Raw:
    """A server on loopback that answers every connection with the same bytes, and closes it."""

    def __init__(self) -> None:
        self.reply = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/a"
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with connection:
                try:
                    connection.recv(65536)
                    connection.sendall(self.reply)
                except OSError:
                    continue


@cache
def _server() -> _Raw:
    return _Raw()


@cache
def _plain() -> Http:
    return Http(FakeClock())


def _http(data: bytes) -> None:
    server = _server()
    server.reply = data
    http = _plain()
    _each(lambda: http.get(server.url).json(), lambda: http.post(server.url, b"", {}), lambda: http.digest(server.url, "sha256"))


_DIST = {"integrity": "sha512-" + base64.b64encode(b"a" * 64).decode(), "tarball": f"{HOST}/a.tgz", "shasum": "0" * 40}
_PACKUMENT = {
    "name": "@acme/sdk",
    "dist-tags": {"latest": "1.2.2", "beta": "1.2.3-beta.4"},
    "versions": {"1.2.3-beta.4": {"dist": _DIST}, "1.2.2": {"dist": {"tarball": "/a.tgz"}, "deprecated": "old"}},
}
_PAGE = {
    "meta": {"api-version": "1.0"},
    "files": [
        {"filename": "acme_sdk-1.2.3b4-py3-none-any.whl", "url": "f.whl", "hashes": {"sha256": "a" * 64}, "yanked": False},
        {"filename": "acme_sdk-1.2.3b4.tar.gz", "url": f"{HOST}/f", "hashes": {}, "yanked": "bad"},
    ],
}
_HTML = f"""<!DOCTYPE html><html><body>
<a href="../f/acme_sdk-1.2.3b4-py3-none-any.whl#sha256={"a" * 64}" data-yanked="why">acme_sdk-1.2.3b4-py3-none-any.whl</a>
<a href="{HOST}/acme_sdk-1.2.3b4.tar.gz">x</a></body></html>"""
_FEED = {
    "version": "3.0.0",
    "resources": [
        {"@id": f"{HOST}/versions/", "@type": "PackageBaseAddress/3.0.0"},
        {"@id": f"{HOST}/push", "@type": "PackagePublish/2.0.0"},
        {"@id": f"{HOST}/registration/", "@type": "RegistrationsBaseUrl/3.6.0"},
    ],
}
_ENTRY = {"catalogEntry": {"version": "1.2.3-beta.4", "listed": False, "published": "1900-01-01T00:00:00Z"}}
_REGISTRATION = {"items": [{"@id": f"{HOST}/page", "items": [_ENTRY]}, {"@id": f"{HOST}/page"}]}
_JOB = {"repository": "acme/sdk", "workflow_ref": "acme/sdk/.github/workflows/release.yml@refs/tags/v1", "environment": "release"}
_PROOF = "a." + base64.urlsafe_b64encode(json.dumps(_JOB).encode()).decode().rstrip("=") + ".c"
_RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
_RESPONSES = (
    _RESPONSE + b'Content-Length: 8\r\n\r\n{"a": 1}',
    _RESPONSE + b'Transfer-Encoding: chunked\r\n\r\n8\r\n{"a": 1}\r\n0\r\n\r\n',
    _RESPONSE + b"Content-Encoding: gzip\r\n\r\n" + bytes.fromhex("1f8b08000000000002ffab564a54b252305402005e1e0a2a07000000"),
    b"HTTP/1.1 429 Slow\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 503 No\r\nRetry-After: 3\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: /b\r\nSet-Cookie: a=b\r\n\r\n",
)
_NUGET_CONFIG = b"""<?xml version="1.0" encoding="utf-8"?><configuration><packageSources><clear/><add key="a" value="https://a.example/v3/index.json"/>
<add key="b" value="%B%/c"/><remove key="b"/></packageSources><disabledPackageSources><add key="a" value="true"/></disabledPackageSources>
<config><add key="defaultPushSource" value="a"/></config></configuration>"""
_LISTED = b"Registered Sources:\n  1.  nuget.org [Enabled]\n      https://a.example/v3/index.json\n  2.  b [Disabled]\n      /tmp\n"
_STATEMENT = {"subject": [{"name": "acme_sdk-1.2.3b4-py3-none-any.whl", "digest": {"sha256": "a" * 64}}]}
_NPM_MANIFEST = {"name": "a", "publishConfig": {"registry": HOST}, "repository": {"url": "git+https://a.example/acme/sdk.git"}}

ANSWERS = [
    Target(
        "npm_answer",
        _npm,
        lambda: [_said(_PACKUMENT), _said({"username": "me"}), _said({"me": "read"}), _said({"error": "no"}, status=403)],
    ),
    Target(
        "pypi_answer",
        _pypi,
        lambda: [_said(_PAGE, "application/vnd.pypi.simple.v1+json"), _said(_HTML, "text/html"), _said("", status=404)],
    ),
    Target(
        "nuget_answer", _nuget, lambda: [b"\0".join((_said(_FEED), _said({"versions": ["1.2.2", "1.2.3-beta.4"]}), _said(_REGISTRATION)))]
    ),
    Target(
        "trusted_answer",
        _trusted,
        lambda: [
            b"\0".join((_said({"value": _PROOF}), _said({"audience": "pypi"}), minted))
            for minted in (
                _said({"token": "pypi-secret", "expires": 1234, "apiKey": "secret", "message": "no"}),
                _said({"token": "npm_secret", "expires": "2026-01-31T00:00:00.0000000Z"}),
                _said({"errors": [{"code": "invalid-publisher", "description": "no"}]}, status=400),
            )
        ],
    ),
    Target("id_token", _claims, lambda: [json.dumps(_JOB).encode(), _PROOF.encode()]),
    Target("attestation", _attestation, lambda: [json.dumps(_STATEMENT).encode()]),
    Target("nuget_config", _nuget_config, lambda: [_NUGET_CONFIG, _LISTED]),
    Target("http_answer", _http, lambda: _RESPONSES),
]

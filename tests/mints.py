"""Registries that mint tokens for jobs that they trust: proxies before throw-away ones, which know only one lasting token.

The exchanges are those of PyPI (warehouse, oidc/views.py), npm (its oidc exchange by package) and the NuGet gallery
(TokenApiController): what they ask for, check and refuse, and how they say so.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import unquote, urlsplit

import jwt
import urllib3

from rehearsal import loopback
from release_actions.domain.package import Ecosystem
from tests.issuer import JOB, Issuer

USER = "acme-admin"
_COMPARED = ("repository", "workflow_ref", "environment")


@dataclass
class Mint:
    """One registry's mint. `trusts` is the publisher; `packages` those that npm has it for; `lifetime` is in seconds.

    `busy` is how many of the next exchanges are answered with 503. `minted` holds tokens, and what each is for.
    """

    ecosystem: Ecosystem
    issuer: Issuer
    token: str
    upstream: str
    url: str = ""
    trusts: Mapping[str, Any] = field(default_factory=lambda: dict(JOB))
    packages: set[str] = field(default_factory=set)
    lifetime: float = 900
    audience: str = "pypi"
    busy: int = 0
    minted: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    uploads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    _until: dict[str, float] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def exchange(self, proof: str, audience: str, subject: str = "") -> tuple[str, float]:
        """A token for a genuine, fresh proof of the trusted job, and until when it lasts. Raises ValueError with the reason."""
        try:
            said = self.issuer.check(proof, audience)
        except jwt.PyJWTError as error:
            raise ValueError(f"invalid-token: {type(error).__name__}") from None
        if said["jti"] in self._seen:
            raise ValueError("invalid-reuse-token: this token has already been used")
        self._seen.add(said["jti"])
        if any(said.get(claim) != self.trusts.get(claim) for claim in _COMPARED):
            raise ValueError("invalid-publisher: no publisher with matching claims was found")
        token, until = f"{self.ecosystem}-minted-{secrets.token_hex(16)}", time.time() + self.lifetime
        self.minted[token], self._until[token] = subject, until
        return token, until

    def is_live(self, token: str, subject: str) -> bool:
        """Whether the token, minted or lasting, may upload `subject` now."""
        return token == self.token or (token in self.minted and self.minted[token] in ("", subject) and time.time() < self._until[token])


@contextmanager
def before(upstream: str, ecosystem: Ecosystem, token: str, issuer: Issuer) -> Iterator[Mint]:
    """The mint before the registry at `upstream`, of which only scheme and host count, which takes `token`."""
    mint = Mint(ecosystem, issuer, token, "{0.scheme}://{0.netloc}".format(urlsplit(upstream)))
    with loopback.serving(ThreadingHTTPServer((loopback.HOST, 0), lambda *args: _Handler(mint, *args))) as url:
        mint.url = url
        yield mint


class _Handler(BaseHTTPRequestHandler):
    _MINTS: ClassVar = {
        "/_/oidc/audience": "_audience",
        "/_/oidc/mint-token": "_pypi",
        "/-/npm/v1/oidc/token/exchange/package/(.+)": "_npm",
        "/api/v2/token": "_nuget",
    }

    def __init__(self, mint: Mint, *args: Any) -> None:
        self._mint = mint
        super().__init__(*args)

    def log_message(self, *_: object) -> None: ...

    def answer(self) -> None:
        self.close_connection = True
        body = self._body()
        for pattern, name in self._MINTS.items():
            match = re.fullmatch(pattern, urlsplit(self.path).path)
            if match:
                if self._mint.busy and self.command == "POST":
                    self._mint.busy -= 1
                    return self._reply(503, {"message": "busy"})
                return getattr(self, name)(body, *match.groups())  # type: ignore[no-any-return]
        return self._hand_on(body)

    do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - the names are the base class's

    def _audience(self, _: bytes) -> None:
        self._reply(200, {"audience": self._mint.audience})

    def _pypi(self, body: bytes) -> None:
        try:
            token, until = self._mint.exchange(json.loads(body)["token"], "pypi")
        except ValueError as error:
            code, _, words = str(error).partition(": ")
            self._mint.refused.append(code)
            self._reply(422, {"message": "Token request failed", "errors": [{"code": code, "description": words}]})
        else:
            self._reply(200, {"success": True, "token": token, "expires": int(until)})

    def _npm(self, body: bytes, escaped: str) -> None:
        try:
            if unquote(escaped) not in self._mint.packages or "/" in escaped or body:
                raise ValueError("package not found")
            token, until = self._mint.exchange(self._bearer, f"npm:{loopback.HOST}", unquote(escaped))
        except ValueError as error:
            self._mint.refused.append(str(error).partition(":")[0])
            self._reply(404, {"message": "OIDC token exchange error - package not found"})
        else:
            self._reply(201, {"token_type": "oidc", "token": token, "expires": datetime.fromtimestamp(until, UTC).isoformat()})

    def _nuget(self, body: bytes) -> None:
        kind, agent = self.headers.get("Content-Type"), self.headers.get("User-Agent")
        if kind != "application/json" or not agent:
            return self._reply(415, {"error": "unsupported"})
        try:
            if json.loads(body) != {"username": USER, "tokenType": "ApiKey"}:
                raise ValueError(f"No matching trust policy owned by user '{json.loads(body)['username']}' was found.")
            key, until = self._mint.exchange(self._bearer, self._mint.url)
        except ValueError as error:
            self._mint.refused.append(str(error).partition(":")[0])
            return self._reply(401, {"error": str(error)})
        ends = datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0+00:00")  # .NET's round-trip format
        return self._reply(200, {"tokenType": "ApiKey", "expires": ends, "apiKey": key})

    @property
    def _bearer(self) -> str:
        return self.headers.get("Authorization", "").removeprefix("Bearer ")

    def _hand_on(self, body: bytes) -> None:
        headers = {name: value for name, value in self.headers.items() if name.lower() not in {"transfer-encoding", "connection"}}
        writes = self.command in {"PUT", "POST", "DELETE"}
        if writes:
            token = self._presented()
            if not self._mint.is_live(token, unquote(urlsplit(self.path).path.lstrip("/"))):
                self._mint.refused.append(f"upload by {'an unknown' if token not in self._mint.minted else 'an old or foreign'} token")
                return self._reply(403, {"message": "Invalid or non-existent authentication information."})
            self._mint.uploads.append(token)
            self._mint.bodies.append(body)
            headers = {name: value for name, value in headers.items() if name.lower() not in {"authorization", "x-nuget-apikey"}}
            headers |= self._lasting()
        with urllib3.PoolManager() as pool:
            done = pool.request(
                self.command, self._mint.upstream + self.path, body=body, headers=headers, retries=False, decode_content=False
            )
        self._reply(done.status, done.data, done.headers)
        return None

    def _presented(self) -> str:
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            return base64.b64decode(value).decode().partition(":")[2]
        return self.headers.get("X-NuGet-ApiKey") or value

    def _lasting(self) -> dict[str, str]:
        token = self._mint.token
        match self._mint.ecosystem:
            case Ecosystem.NUGET:
                return {"X-NuGet-ApiKey": token}
            case Ecosystem.NPM:
                return {"Authorization": f"Bearer {token}"}
            case Ecosystem.PYPI:
                return {"Authorization": "Basic " + base64.b64encode(f"__token__:{token}".encode()).decode()}

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _reply(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name in ("Content-Type", "Content-Encoding"):
            if headers and headers.get(name):
                self.send_header(name, headers[name])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

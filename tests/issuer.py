"""GitHub's issuer of ID tokens on loopback: signs what it says of a job, as the runner's two variables lead to it."""

from __future__ import annotations

import json
import secrets
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from rehearsal import loopback

NAME = "https://issuer.example"
JOB: dict[str, Any] = {
    "repository": "acme/sdk",
    "repository_owner": "acme",
    "repository_visibility": "private",
    "workflow_ref": "acme/sdk/.github/workflows/release.yml@refs/tags/v1.2.3",
    "job_workflow_ref": "acme/sdk/.github/workflows/release.yml@refs/tags/v1.2.3",
    "environment": "release",
    "event_name": "push",
    "ref": "refs/tags/v1.2.3",
    "sub": "repo:acme@1/sdk@2:environment:release",
}


@dataclass
class Issuer:
    """The issuer. `job` is what it says, `lifetime` how long that holds, `again` that it repeats itself.

    `status` is how it answers; `audience` overrides what it was asked for. `issued` holds all that is secret.
    """

    url: str = ""
    job: Mapping[str, Any] = field(default_factory=lambda: dict(JOB))
    lifetime: float = 300
    again: bool = False
    status: int = 200
    audience: str = ""
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048))
    issued: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    _said: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """What the runner sets for a job that may ask."""
        return {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.url}/token?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": self.secret}

    def say(self, audience: str) -> str:
        """A signed token for `audience`."""
        self.asked.append(audience)
        if not (self.again and audience in self._said):
            now = time.time()
            said = {**self.job, "iss": NAME, "aud": self.audience or audience, "jti": str(uuid.uuid4())}
            times = {"iat": int(now), "nbf": int(now) - 5, "exp": int(now + self.lifetime)}
            self._said[audience] = jwt.encode({**said, **times}, self.key, algorithm="RS256", headers={"kid": "one"})
            self.issued.append(self._said[audience])
        return self._said[audience]

    def check(self, token: str, audience: str) -> dict[str, Any]:
        """What a genuine token says. Raises jwt.PyJWTError for any other."""
        return dict(
            jwt.decode(
                token,
                self.key.public_key(),
                algorithms=["RS256"],
                audience=audience,
                issuer=NAME,
                options={"require": ["exp", "iat", "jti"]},
            )
        )


@contextmanager
def serving() -> Iterator[Issuer]:
    """The issuer, until the block ends."""
    issuer = Issuer()
    issuer.issued.append(issuer.secret)

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

        def do_GET(self) -> None:
            audience = parse_qs(urlsplit(self.path).query).get("audience", [""])[0]
            if self.headers.get("Authorization") != f"Bearer {issuer.secret}" or issuer.status != 200:
                self._answer(issuer.status if issuer.status != 200 else 401, {"message": "no"})
            else:
                self._answer(200, {"count": 1, "value": issuer.say(audience)})

        def _answer(self, status: int, document: object) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with loopback.serving(ThreadingHTTPServer((loopback.HOST, 0), Handler)) as url:
        issuer.url = url
        yield issuer

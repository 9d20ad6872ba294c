"""A throw-away Python package index: pypiserver, with SHA-256 digests, a token as PyPI takes it, and no overwriting."""

from __future__ import annotations

import secrets
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from rehearsal import loopback

_USER = "__token__"
_Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True)
class Registry:
    """The index's address, and the token that may upload."""

    url: str
    token: str

    @property
    def index(self) -> str:
        """Where installers and uploaders look files up."""
        return f"{self.url}/simple/"

    def environment(self) -> dict[str, str]:
        """The settings with which uv uploads to this index, and reads no other."""
        return {"UV_PUBLISH_URL": f"{self.url}/", "UV_PUBLISH_TOKEN": self.token, "UV_DEFAULT_INDEX": self.index}

    def installing(self) -> dict[str, str]:
        """The settings with which uv looks here first, and at the user's own index for what isn't here."""
        return {"UV_INDEX": self.index}


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing: the client tells what went wrong."""


@contextmanager
def registry(storage: Path, env: Mapping[str, str] | None = None) -> Iterator[Registry]:  # noqa: ARG001 - as its siblings
    """An index that keeps its files in `storage`, until the block ends."""
    storage.mkdir(parents=True, exist_ok=True)
    token = secrets.token_hex(16)
    server = _Server((loopback.HOST, 0), _Quiet)
    server.set_app(_application(storage, token))
    with loopback.serving(server) as url:
        yield Registry(url, token)


def _application(storage: Path, token: str) -> _Application:
    """pypiserver, without ranges of bytes: it leaves files open when it is asked for them."""
    with warnings.catch_warnings():
        # bottle, which pypiserver brings along, uses modules that newer Pythons have without.
        warnings.simplefilter("ignore")
        import pypiserver

        application: _Application = pypiserver.app(
            roots=[storage],
            authenticate=["update"],
            auther=lambda user, password: user == _USER and secrets.compare_digest(password, token),
            disable_fallback=True,
            hash_algo="sha256",
            overwrite=False,
            health_endpoint="/health",
        )
    return lambda request, respond: application({name: value for name, value in request.items() if name != "HTTP_RANGE"}, respond)

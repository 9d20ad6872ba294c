"""A throw-away NuGet V3 feed, enough of one for `dotnet nuget push`, `delete`, `restore`, `add package` and search.

https://learn.microsoft.com/nuget/api/overview
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from rehearsal import loopback
from rehearsal.nuget_storage import Packages, Refused

_LARGEST = 1024 * 1024 * 1024
_CONFIG = """<?xml version="1.0" encoding="utf-8"?>
<configuration>
  <packageSources>
{clear}    <add key="rehearsal" value="{index}" protocolVersion="3" allowInsecureConnections="true" />
  </packageSources>
  <config>
    <add key="defaultPushSource" value="{index}" />
  </config>
</configuration>
"""


@dataclass(frozen=True)
class Registry:
    """The address of the feed's service index, and the key that may push; an empty key means that none is asked for."""

    url: str
    token: str

    def config(self, *, alone: bool = True) -> str:
        """A NuGet.Config that names this feed, `alone` or besides those that the user has."""
        return _CONFIG.format(index=self.url, clear="    <clear />\n" if alone else "")

    def environment(self) -> dict[str, str]:
        """The settings with which NuGet finds the key; the address is the matter of a NuGet.Config (`config`)."""
        return {"NUGET_API_KEY": self.token} if self.token else {}


@contextmanager
def registry(
    storage: Path,
    env: Mapping[str, str] | None = None,  # noqa: ARG001 - as its siblings
    *,
    key: str = "",
    signs: bool = False,
    lag: int = 0,
) -> Iterator[Registry]:
    """A feed that keeps its packages in `storage`, until the block ends.

    With `key`, pushing without it is forbidden. With `signs`, packages are served with a signature added, as the
    NuGet gallery does. With `lag`, a new version stays invisible for that many look-ups of its package.
    """
    feed = _Feed(Packages(storage, signs=signs, lag=lag), key)
    with loopback.serving(ThreadingHTTPServer((loopback.HOST, 0), lambda *args: _Handler(feed, *args))) as url:
        yield Registry(f"{url}/v3/index.json", key)


@dataclass(frozen=True)
class _Feed:
    packages: Packages
    key: str
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)


class _Handler(BaseHTTPRequestHandler):
    """One request; routes are tables of a pattern and a method that answers."""

    protocol_version = "HTTP/1.1"

    def __init__(self, feed: _Feed, *args: Any) -> None:
        self._feed = feed
        super().__init__(*args)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing: the client tells what went wrong."""

    def do_GET(self) -> None:
        """Answer what readers ask."""
        self._route(
            {
                r"/v3/index\.json": self._service_index,
                r"/v3/content/([^/]+)/index\.json": self._versions,
                r"/v3/content/([^/]+)/([^/]+)/([^/]+)": self._content,
                r"/v3/registration/([^/]+)/index\.json": self._registration,
                r"/v3/search": self._search,
            }
        )

    def do_PUT(self) -> None:
        """Take a package, or its symbols."""
        self._write({r"/api/v2/package/?": self._push, r"/api/v2/symbolpackage/?": self._push})

    def do_DELETE(self) -> None:
        """Unlist a version."""
        self._write({r"/api/v2/package/([^/]+)/([^/]+)": lambda name, version: self._list(name, version, listed=False)})

    def do_POST(self) -> None:
        """Relist a version."""
        self._write({r"/api/v2/package/([^/]+)/([^/]+)": lambda name, version: self._list(name, version, listed=True)})

    def _route(self, routes: Mapping[str, Any]) -> None:
        path = unquote(urlsplit(self.path).path)
        for pattern, answer in routes.items():
            match = re.fullmatch(pattern, path)
            if match:
                try:
                    answer(*match.groups())
                except Refused as refused:
                    self._answer(refused.status, refused.why.encode(), "text/plain")
                return
        self._answer(404, b"There is no such resource.", "text/plain")

    def _write(self, routes: Mapping[str, Any]) -> None:
        """Routes that need the key. The body is read in any case, so that the client gets to read the answer."""
        self._body = self._read_body()
        if self._feed.key and self.headers.get("X-NuGet-ApiKey") != self._feed.key:
            self._answer(403, b"The specified API key is invalid.", "text/plain")
            return
        with self._feed.one_at_a_time:
            self._route(routes)

    def _read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(self._chunks())
        length = int(self.headers.get("Content-Length") or 0)
        if length > _LARGEST:
            self.close_connection = True
            return b""
        return self.rfile.read(length)

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def _answer(self, status: int, body: bytes = b"", kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _json(self, document: object) -> None:
        self._answer(200, json.dumps(document).encode())

    def _push(self) -> None:
        self._feed.packages.add(_first_part(self._body, self.headers.get("Content-Type", "")))
        self._answer(201)

    def _list(self, name: str, version: str, *, listed: bool) -> None:
        self._feed.packages.set_listed(name, version, listed)
        self._answer(200 if listed else 204)

    @property
    def _base(self) -> str:
        return f"http://{self.headers.get('Host')}"

    def _service_index(self) -> None:
        kinds = {
            "PackagePublish/2.0.0": "/api/v2/package",
            "SymbolPackagePublish/4.9.0": "/api/v2/symbolpackage",
            "PackageBaseAddress/3.0.0": "/v3/content/",
            "RegistrationsBaseUrl": "/v3/registration/",
            "RegistrationsBaseUrl/3.0.0-beta": "/v3/registration/",
            "RegistrationsBaseUrl/3.6.0": "/v3/registration/",
            "SearchQueryService": "/v3/search",
            "SearchQueryService/3.0.0-beta": "/v3/search",
        }
        self._json({"version": "3.0.0", "resources": [{"@id": self._base + path, "@type": kind} for kind, path in kinds.items()]})

    def _versions(self, name: str) -> None:
        versions = self._feed.packages.look_up(name)
        if not versions:
            raise Refused(404, f"There is no package {name}.")
        self._json({"versions": versions})

    def _content(self, name: str, version: str, file: str) -> None:
        self._answer(200, self._feed.packages.read(name, version, file), "application/octet-stream")

    def _registration(self, name: str) -> None:
        versions = self._feed.packages.versions(name)
        if not versions:
            raise Refused(404, f"There is no package {name}.")
        items = [self._leaf(name, version) for version in versions]
        address = f"{self._base}/v3/registration/{name.lower()}/index.json"
        page = {"@id": f"{address}#page", "count": len(items), "lower": versions[0], "upper": versions[-1], "items": items}
        self._json({"@id": address, "count": 1, "items": [page]})

    def _leaf(self, name: str, version: str) -> dict[str, object]:
        metadata = self._feed.packages.metadata(name, version)
        content = f"{self._base}/v3/content/{name.lower()}/{version}/{name.lower()}.{version}.nupkg"
        address = f"{self._base}/v3/registration/{name.lower()}/{version}.json"
        entry = {
            "@id": address,
            "id": metadata.name,
            "version": metadata.version,
            "authors": metadata.authors,
            "description": metadata.description,
            "listed": metadata.listed,
            "packageContent": content,
            "dependencyGroups": [
                ({"targetFramework": group.framework} if group.framework else {})
                | {"dependencies": [{"id": dependency, "range": wanted} for dependency, wanted in group.dependencies]}
                for group in metadata.dependency_groups
            ],
        }
        return {"@id": address, "catalogEntry": entry, "packageContent": content, "registration": address.rpartition("/")[0]}

    def _search(self) -> None:
        query = parse_qs(urlsplit(self.path).query)
        words = query.get("q", [""])[0].lower()
        prereleases = query.get("prerelease", ["false"])[0] == "true"
        found = []
        for name in self._feed.packages.names():
            metadata = [self._feed.packages.metadata(name, version) for version in self._feed.packages.versions(name)]
            seen = [one for one in metadata if one.listed and (prereleases or "-" not in one.version)]
            if seen and words.removeprefix("packageid:") in name:
                versions = [{"version": one.version, "downloads": 0} for one in seen]
                found.append({"id": seen[-1].name, "version": seen[-1].version, "description": seen[-1].description, "versions": versions})
        self._json({"totalHits": len(found), "data": found})


def _first_part(body: bytes, content_type: str) -> bytes:
    """The first part of a multipart/form-data body (RFC 7578)."""
    match = re.search(r'boundary="?([^";]+)"?', content_type)
    if match is None:
        raise Refused(400, "The body is no multipart/form-data.")
    fence = b"--" + match[1].encode("latin-1")
    _, _, rest = body.partition(fence)
    _, separator, content = rest.partition(b"\r\n\r\n")
    part, closing, _ = content.partition(b"\r\n" + fence)
    if not separator or not closing:
        raise Refused(400, "The body holds no package.")
    return part

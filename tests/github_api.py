"""GitHub's releases API on loopback: a stateful double whose every request and answer fits GitHub's own description of it.

It keeps the rules that matter to whoever makes releases: drafts are hidden from the search by tag, a broken upload
keeps its name, an immutable release takes no files, publishing makes a missing tag.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.openapi import Description

TIME = "2026-11-21T12:00:00Z"
WRITER, READER = "token-that-may-write", "token-that-may-read"


@dataclass
class Fault:
    """The next request of this method to a path that fits `path` fails; `after` its effect, or before.

    Status 0 drops the connection. `broken` leaves the uploaded asset behind, unusable.
    """

    method: str
    path: str
    status: int = 502
    after: bool = False
    broken: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    message: str = "Server Error"


class RefusedError(Exception):
    """GitHub's answer is no."""

    def __init__(self, status: int, message: str, /, **entry: str) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)}
        if entry:
            self.body["errors"] = [entry]


@dataclass
class GitHubDouble:
    """The state of one repository, and what happened to it."""

    description: Description
    name: str = "acme/sdk"
    tags: dict[str, str] = field(default_factory=dict)
    annotated: set[str] = field(default_factory=set)
    releases: dict[int, dict[str, Any]] = field(default_factory=dict)
    assets: dict[int, dict[str, Any]] = field(default_factory=dict)
    contents: dict[int, bytes] = field(default_factory=dict)
    latest: int | None = None
    immutable: bool = False
    digests: bool = True
    faults: list[Fault] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""
    _next: int = 1

    @property
    def writes(self) -> list[tuple[str, str]]:
        """The calls that change something."""
        return [call for call in self.calls if call[0] != "GET"]

    def published(self) -> list[dict[str, Any]]:
        """The releases that everybody sees."""
        return [release for release in self.releases.values() if not release["draft"]]

    def files(self, release: Mapping[str, Any]) -> dict[str, bytes]:
        """The contents of a release's files, by name."""
        return {
            asset["name"]: self.contents[number]
            for number, asset in self.assets.items()
            if asset["url"].startswith(f"{self._repository}/releases/assets/") and self._owner[number] == release["id"]
        }

    @property
    def _repository(self) -> str:
        return f"{self.address}/repos/{self.name}"

    _owner: dict[int, int] = field(default_factory=dict)

    def number(self) -> int:
        """The next number of anything."""
        self._next += 1
        return self._next - 1

    def release(self, tag: str, **values: Any) -> dict[str, Any]:
        """Put a release there, as somebody else would have; published unless `draft` is given."""
        number = self.number()
        path = f"{self._repository}/releases/{number}"
        fresh = {
            "url": path,
            "html_url": f"https://github.example/{self.name}/releases/tag/{tag}",
            "assets_url": f"{path}/assets",
            "upload_url": f"{path}/assets{{?name,label}}",
            "tarball_url": None,
            "zipball_url": None,
            "id": number,
            "node_id": f"RE_{number}",
            "tag_name": tag,
            "target_commitish": "main",
            "name": None,
            "body": None,
            "draft": False,
            "prerelease": False,
            "immutable": False,
            "created_at": TIME,
            "published_at": TIME,
            "author": self._person(),
        }
        self.releases[number] = fresh | values
        return self.releases[number]

    def asset(self, release: Mapping[str, Any], name: str, content: bytes, state: str = "uploaded") -> dict[str, Any]:
        """Put a file there, as somebody else would have."""
        number = self.number()
        self._owner[number], self.contents[number] = release["id"], content
        self.assets[number] = {
            "url": f"{self._repository}/releases/assets/{number}",
            "browser_download_url": f"https://github.example/{self.name}/releases/download/{release['tag_name']}/{name}",
            "id": number,
            "node_id": f"RA_{number}",
            "name": name,
            "label": "",
            "state": state,
            "content_type": "application/octet-stream",
            "size": len(content),
            "digest": f"sha256:{hashlib.sha256(content).hexdigest()}" if self.digests else None,
            "download_count": 0,
            "created_at": TIME,
            "updated_at": TIME,
            "uploader": self._person(),
        }
        return self.assets[number]

    def _person(self) -> dict[str, Any]:
        links = "followers following gists starred subscriptions organizations repos events received_events"
        address = f"{self.address}/users/acme"
        person = {f"{link}_url": f"{address}/{link}" for link in links.split()}
        person |= {"login": "acme", "node_id": "U_1", "avatar_url": address, "gravatar_id": "", "url": address, "html_url": address}
        return {**person, "id": 1, "type": "User", "site_admin": False}

    def _shown(self, release: Mapping[str, Any]) -> dict[str, Any]:
        assets = [asset for number, asset in self.assets.items() if self._owner[number] == release["id"] and asset["state"] == "uploaded"]
        return {**release, "assets": assets}

    def answer(self, method: str, path: str, query: Mapping[str, str], body: Any, token: str) -> tuple[int, Any]:
        """Do what is asked; the status, and a document, bytes or None."""
        if token not in {WRITER, READER}:
            raise RefusedError(401, "Bad credentials")
        inside = path.removeprefix(f"/repos/{self.name}/")
        if inside == path:
            raise RefusedError(404, "Not Found")
        if method != "GET" and token != WRITER:
            raise RefusedError(403, "Resource not accessible by integration")
        for pattern, verb, work in self._routes():
            match = re.fullmatch(pattern, inside)
            if match and verb == method:
                return work(*match.groups(), query=query, body=body, token=token)  # type: ignore[no-any-return]
        raise RefusedError(404, "Not Found")

    def _routes(self) -> list[tuple[str, str, Any]]:
        return [
            (r"git/ref/tags/(.+)", "GET", self._get_ref),
            (r"git/tags/(\w+)", "GET", self._get_tag),
            (r"releases/tags/(.+)", "GET", self._get_by_tag),
            (r"releases/latest", "GET", self._get_latest),
            (r"releases", "GET", self._list),
            (r"releases", "POST", self._create),
            (r"releases/(\d+)", "GET", self._get),
            (r"releases/(\d+)", "PATCH", self._update),
            (r"releases/(\d+)", "DELETE", self._delete),
            (r"releases/(\d+)/assets", "GET", self._list_assets),
            (r"releases/(\d+)/assets", "POST", self._upload),
            (r"releases/assets/(\d+)", "GET", self._get_asset),
            (r"releases/assets/(\d+)", "DELETE", self._delete_asset),
        ]

    def _get_ref(self, tag: str, **_: Any) -> tuple[int, Any]:
        if tag not in self.tags:
            raise RefusedError(404, "Not Found")
        url = f"{self._repository}/git/refs/tags/{tag}"
        kind, sha = ("tag", _tag_object(tag)) if tag in self.annotated else ("commit", self.tags[tag])
        return 200, {"ref": f"refs/tags/{tag}", "node_id": "REF_1", "url": url, "object": {"type": kind, "sha": sha, "url": url}}

    def _get_tag(self, sha: str, **_: Any) -> tuple[int, Any]:
        for tag in self.annotated:
            if _tag_object(tag) == sha:
                url = f"{self._repository}/git/tags/{sha}"
                tagger = {"date": TIME, "email": "a@acme.example", "name": "A"}
                target = {"sha": self.tags[tag], "type": "commit", "url": url}
                return 200, {"node_id": "T", "tag": tag, "sha": sha, "url": url, "message": tag, "tagger": tagger, "object": target}
        raise RefusedError(404, "Not Found")

    def _get_by_tag(self, tag: str, **_: Any) -> tuple[int, Any]:
        for release in self.published():
            if release["tag_name"] == tag:
                return 200, self._shown(release)
        raise RefusedError(404, "Not Found")

    def _get_latest(self, **_: Any) -> tuple[int, Any]:
        if self.latest is None:
            raise RefusedError(404, "Not Found")
        return 200, self._shown(self.releases[self.latest])

    def _list(self, *, token: str, **_: Any) -> tuple[int, Any]:
        return 200, [self._shown(release) for release in reversed(self.releases.values()) if not release["draft"] or token == WRITER]

    def _get(self, number: str, **_: Any) -> tuple[int, Any]:
        if int(number) not in self.releases:
            raise RefusedError(404, "Not Found")
        return 200, self._shown(self.releases[int(number)])

    def _create(self, *, body: dict[str, Any], **_: Any) -> tuple[int, Any]:
        values: dict[str, Any] = {key: body[key] for key in ("name", "body", "draft", "prerelease", "target_commitish") if key in body}
        self._require_valid({"tag_name": body["tag_name"], **values}, body.get("make_latest"), None)
        release = self.release(body["tag_name"], **values)
        if release["draft"]:
            release["published_at"] = None
        else:
            self._published(release, body.get("make_latest", "true"))
        return 201, self._shown(release)

    def _update(self, number: str, *, body: dict[str, Any], **_: Any) -> tuple[int, Any]:
        release = self.releases[int(number)]
        values: dict[str, Any] = {
            key: body[key] for key in ("tag_name", "name", "body", "draft", "prerelease", "target_commitish") if key in body
        }
        self._require_valid({**release, **values}, body.get("make_latest"), int(number))
        was_draft = release["draft"]
        release.update(values)
        if not release["draft"] and (was_draft or "make_latest" in body):
            self._published(release, body.get("make_latest", "true"))
        return 200, self._shown(release)

    def _delete(self, number: str, **_: Any) -> tuple[int, Any]:
        if int(number) not in self.releases:
            raise RefusedError(404, "Not Found")
        del self.releases[int(number)]
        return 204, None

    def _require_valid(self, values: Mapping[str, Any], make_latest: str | None, number: int | None) -> None:
        if len(values.get("body") or "") > 125_000:
            raise RefusedError(422, "Validation Failed", resource="Release", code="custom", field="body", message="body is too long")
        if not values.get("draft") and make_latest == "true" and values.get("prerelease"):
            raise RefusedError(422, "Validation Failed", resource="Release", code="custom", message="Latest release cannot be prerelease.")
        taken = [one for one in self.published() if one["tag_name"] == values["tag_name"] and one["id"] != number]
        if taken and not values.get("draft"):
            raise RefusedError(422, "Validation Failed", resource="Release", code="already_exists", field="tag_name")

    def _published(self, release: dict[str, Any], make_latest: str) -> None:
        release.update(published_at=TIME, immutable=self.immutable)
        self.tags.setdefault(release["tag_name"], "made-by-publishing")
        if make_latest == "true":
            self.latest = release["id"]
        elif self.latest == release["id"]:
            self.latest = None

    def _list_assets(self, number: str, **_: Any) -> tuple[int, Any]:
        return 200, [asset for key, asset in self.assets.items() if self._owner[key] == int(number)]

    def _upload(self, number: str, *, query: Mapping[str, str], body: bytes, **_: Any) -> tuple[int, Any]:
        release = self.releases[int(number)]
        name = re.sub(r"[^\w.-]+", ".", query["name"]).strip(".")
        if release["immutable"]:
            raise RefusedError(422, "Cannot upload assets to an immutable release.")
        if any(self._owner[key] == release["id"] and asset["name"] == name for key, asset in self.assets.items()):
            raise RefusedError(422, "Validation Failed", resource="ReleaseAsset", code="already_exists", field="name")
        return 201, self.asset(release, name, body)

    def _get_asset(self, number: str, *, query: Mapping[str, str], **_: Any) -> tuple[int, Any]:
        return 200, self.contents[int(number)] if query.get("accept") == "application/octet-stream" else self.assets[int(number)]

    def _delete_asset(self, number: str, **_: Any) -> tuple[int, Any]:
        if self.releases[self._owner[int(number)]]["immutable"]:
            raise RefusedError(422, "Cannot delete assets from an immutable release.")
        del self.assets[int(number)], self.contents[int(number)], self._owner[int(number)]
        return 204, None


def _tag_object(tag: str) -> str:
    return hashlib.sha1(tag.encode(), usedforsecurity=False).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # headers and body in one packet, or each answer waits for the acknowledgement of its headers
    double: GitHubDouble

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def _serve(self) -> None:
        path, query = unquote(urlsplit(self.path).path), {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_upload = path.endswith("/assets") and self.command == "POST"
        body: Any = raw if is_upload else json.loads(raw) if raw else None
        double = self.double
        double.calls.append((self.command, path))
        double.violations += double.description.faults_of_request(self.command, path, query, None if is_upload else body)
        fault = next((one for one in double.faults if one.method == self.command and re.search(one.path, path)), None)
        if fault:
            double.faults.remove(fault)
        if fault and not fault.after:
            return self._fail(fault)
        if self.headers.get("Accept") == "application/octet-stream":
            query["accept"] = "application/octet-stream"
        status, answer = self._answered(path, query, body)
        if fault:
            if fault.broken and isinstance(answer, dict):
                answer["state"] = "open"
            return self._fail(fault)
        if isinstance(answer, list):
            return self._send_page(path, query, answer)
        return self._send(status, answer)

    def _send_page(self, path: str, query: Mapping[str, str], answer: list[Any]) -> None:
        size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
        more = len(answer) > size * page
        following = f'<{self.double.address}{path}?per_page={size}&page={page + 1}>; rel="next"'
        self._send(200, answer[size * (page - 1) : size * page], {"Link": following} if more else None)

    def _answered(self, path: str, query: Mapping[str, str], body: Any) -> tuple[int, Any]:
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        try:
            status, answer = self.double.answer(self.command, path, query, body, token if scheme.lower() in {"token", "bearer"} else "")
        except RefusedError as refused:
            status, answer = refused.status, refused.body
        if not isinstance(answer, bytes):
            self.double.violations += self.double.description.faults_of_answer(self.command, path, status, answer)
        return status, answer

    def _fail(self, fault: Fault) -> None:
        if not fault.status:
            self.close_connection = True
            return
        self._send(fault.status, {"message": fault.message}, fault.headers)

    def _send(self, status: int, answer: Any, headers: Mapping[str, str] | None = None) -> None:
        content = answer if isinstance(answer, bytes) else b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": "application/json; charset=utf-8",
            "Content-Length": str(len(content)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serving(double: GitHubDouble) -> Iterator[GitHubDouble]:
    """Serve the double on loopback; what was said that GitHub would not say is an error at the end."""
    handler = type("Handler", (_Handler,), {"double": double})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    double.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert not double.violations, double.violations

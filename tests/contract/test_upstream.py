"""A push over HTTP, by git's own server, with the credential that GitHub's token makes."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests import repositories
from tests.repositories import Repository

from release_actions.adapters.credential import Credential
from release_actions.adapters.git import GitRepository
from release_actions.adapters.upstream import GitUpstream
from release_actions.commands.ports.upstream import NewCommit, Person
from release_actions.errors import ToolError

pytestmark = pytest.mark.contract

TOKEN = "ghs_secret-of-a-test"
EXPECTED = f"basic {base64.b64encode(f'x-access-token:{TOKEN}'.encode()).decode()}"


@dataclass
class Server:
    """git's HTTP server for `folder`; whoever writes needs the token. Remembers every Authorization header."""

    folder: Path
    address: str = ""
    headers: list[list[str]] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    server_state: Server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Say nothing."""

    def do_GET(self) -> None:
        state, url = self.server_state, urlsplit(self.path)
        given = self.headers.get_all("Authorization") or []
        state.headers.append(given)
        if [one.lower() for one in given] != [EXPECTED.lower()]:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.end_headers()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        variables = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(state.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": "bot",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": url.path,
            "QUERY_STRING": url.query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        answer = subprocess.run(["git", "http-backend"], env=variables, input=body, capture_output=True, check=True).stdout
        head, _, content = answer.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    state = Server(tmp_path)
    http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"server_state": state}))
    state.address = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield state
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture
def clone(server: Server, tmp_path: Path) -> Repository:
    seed = repositories.made(tmp_path / "seed")
    seed.write("VERSION", "1.4.0")
    seed.commit()
    origin = seed.cloned(tmp_path / "origin", "--bare")
    origin.git("config", "http.receivepack", "true")
    clone = origin.cloned(tmp_path / "clone")
    clone.git("remote", "set-url", "origin", f"{server.address}/origin")
    clone.folder.joinpath("VERSION").write_text("1.5.0")
    return clone


def hand_over(clone: Repository, credential: Credential | None) -> str:
    ada = Person("Ada", "ada@example.invalid")
    wanted = NewCommit("main", (clone.git("rev-parse", "HEAD"),), "Version 1.5.0", {"VERSION": b"1.5.0"}, ada, ada, "v1.5.0")
    return GitUpstream(GitRepository(clone.folder, credential)).hand_over(wanted)


@pytest.mark.parametrize("persisted", [False, True])
def test_the_token_is_the_only_credential_that_is_sent(server: Server, clone: Repository, tmp_path: Path, persisted: bool) -> None:
    if persisted:  # as actions/checkout leaves it
        clone.git("config", f"http.{server.address}/.extraheader", "AUTHORIZATION: basic b2xkOm9sZA==")
    commit = hand_over(clone, Credential(server.address, TOKEN))
    assert Repository(tmp_path / "origin").git("rev-parse", "main", "v1.5.0^{commit}").split() == [commit, commit]
    assert {tuple(one.lower() for one in given) for given in server.headers} == {(EXPECTED.lower(),)}


def test_a_private_origin_is_asked_with_the_token(server: Server, clone: Repository) -> None:
    head = clone.git("rev-parse", "HEAD")
    assert GitRepository(clone.folder, Credential(server.address, TOKEN)).origin_branches() == {"main": head}
    with pytest.raises(ToolError, match="origin-unreachable"):
        GitRepository(clone.folder).origin_branches()


def test_no_other_server_gets_the_token(server: Server, clone: Repository) -> None:
    with pytest.raises(ToolError, match="push-failed") as caught:
        hand_over(clone, Credential("https://github.com", TOKEN))
    assert {tuple(given) for given in server.headers} == {()}
    assert TOKEN not in str(caught.value)


def test_a_token_that_is_refused_is_told_and_not_shown(server: Server, clone: Repository) -> None:
    with pytest.raises(ToolError, match=r"`contents: write`.*push-failed") as caught:
        hand_over(clone, Credential(server.address, "another"))
    assert base64.b64encode(b"x-access-token:another").decode() not in str(caught.value)

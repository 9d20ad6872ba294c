import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests import packed, scripted
from tests.fakes import FakeClock
from tests.scripted import Reply, Scripted

from release_actions.adapters.http import Http
from release_actions.adapters.registries.pypi import PypiRegistry
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage, OnRegistry
from release_actions.errors import RegistryError, ToolError

PATH = "/simple/acme-sdk/"
WHEEL, SDIST = "acme_sdk-1.2.3b4-py3-none-any.whl", "acme_sdk-1.2.3b4.tar.gz"
JSON = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
HTML = {"Content-Type": "text/html; charset=utf-8"}


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted.serving() as server:
        yield server


@pytest.fixture
def package(tmp_path: Path) -> BuiltPackage:
    return packed.package(tmp_path, Ecosystem.PYPI, "Acme.SDK", "1.2.3-beta.4")


def look_up(server: Scripted, package: BuiltPackage, login: str = "") -> OnRegistry:
    def no_client() -> Path:
        raise AssertionError("reading needs no client")

    index = f"{server.url}/simple".replace("http://", f"http://{login}")
    return PypiRegistry(Http(FakeClock()), no_client, top=Path(), index=index).look_up(package)


def page(*files: dict[str, object]) -> Reply:
    return Reply(200, json.dumps({"files": files}).encode(), JSON)


def test_the_files_of_the_version_are_found_with_their_digests(server: Scripted, package: BuiltPackage) -> None:
    digest = "AB" * 32
    server.replies[PATH] = [
        page(
            {"filename": WHEEL, "url": "f", "hashes": {"sha256": digest}},
            {"filename": "acme_sdk-1.2.3-py3-none-any.whl", "url": "f", "hashes": {"sha256": digest}},
            {"filename": "other-1.2.3b4.tar.gz", "url": "f", "hashes": {"sha256": digest}},
            {"filename": "README.txt", "url": "f", "hashes": {}},
        )
    ]
    found = look_up(server, package)
    assert {name: digest.value for name, digest in found.files.items()} == {WHEEL: digest.lower()}
    assert set(found.versions) == {"1.2.3b4", "1.2.3"}


@pytest.mark.parametrize("hashes", [{}, {"md5": "0" * 32}, {"sha256": "short"}, {"sha256": None}])
def test_a_file_whose_sha256_is_not_said_is_fetched(server: Scripted, package: BuiltPackage, hashes: dict[str, object]) -> None:
    server.replies[PATH] = [page({"filename": WHEEL, "url": "../../files/w", "hashes": hashes})]
    server.replies["/files/w"] = [Reply(200, b"served")]
    assert look_up(server, package).files[WHEEL].value == hashlib.sha256(b"served").hexdigest()


def test_an_index_that_speaks_html_is_read_too(server: Scripted, package: BuiltPackage) -> None:
    links = f"""<!DOCTYPE html><html><body>
      <a href="/files/{WHEEL}#sha256={"ab" * 32}" data-yanked="">{WHEEL}</a><br>
      <A HREF='../../files/{SDIST}#md5=00&amp;sha256={"cd" * 32}'>x</A>
      <a>no address</a> <a href="/simple/">up</a>
    </body></html>"""
    server.replies[PATH] = [Reply(200, links.encode(), HTML)]
    found = {name: digest.value for name, digest in look_up(server, package).files.items()}
    assert found == {WHEEL: "ab" * 32, SDIST: "cd" * 32}


def test_an_html_index_without_digests_is_read_by_fetching(server: Scripted, package: BuiltPackage) -> None:
    server.replies[PATH] = [Reply(200, f'<a href="{WHEEL}">w</a>'.encode(), HTML)]
    server.replies[f"{PATH}{WHEEL}"] = [Reply(200, b"served")]
    assert look_up(server, package).files[WHEEL].value == hashlib.sha256(b"served").hexdigest()


def test_the_index_s_login_goes_to_the_index_alone(server: Scripted, package: BuiltPackage) -> None:
    with scripted.serving() as other:
        other.replies["/w"] = [Reply(200, b"served")]
        server.replies["/w"] = [Reply(200, b"served")]
        files: list[dict[str, object]] = [{"filename": WHEEL, "url": f"{other.url}/w"}, {"filename": SDIST, "url": f"{server.url}/w"}]
        server.replies[PATH] = [page(*files)]
        look_up(server, package, "someone:canary@")
        assert ["authorization" in request.headers for request in (*server.requests, *other.requests)] == [True, True, False]


def test_a_project_that_is_not_there_holds_nothing(server: Scripted, package: BuiltPackage) -> None:
    assert look_up(server, package) == OnRegistry()


@pytest.mark.parametrize(
    "reply",
    [
        *(Reply(500), Reply(403), Reply(200, b"x", JSON), Reply(200, b"[]", JSON), Reply(200, b'{"files": [7]}', JSON), page({"url": "f"})),
        *(page({"filename": WHEEL, "url": "http://["}), page({"filename": 7, "url": "f"}), page({"filename": WHEEL, "url": 7})),
        Reply(200, b'<a href="http://[/">a</a>', HTML),
    ],
)
def test_an_answer_that_is_no_page_is_never_taken_for_absence(server: Scripted, package: BuiltPackage, reply: Reply) -> None:
    server.replies[PATH] = [reply]
    with pytest.raises(RegistryError):
        look_up(server, package)


def test_a_page_that_pythons_parser_gives_up_on_is_never_taken_for_absence(
    server: Scripted, package: BuiltPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HTMLParser, "feed", scripted.give_up)
    server.replies[PATH] = [Reply(200, b"", HTML)]
    with pytest.raises(RegistryError, match="registry-answer"):
        look_up(server, package)


def test_a_listed_file_that_cant_be_fetched_is_never_taken_for_absence(server: Scripted, package: BuiltPackage) -> None:
    server.replies[PATH] = [page({"filename": WHEEL, "url": "/gone"})]
    with pytest.raises(RegistryError, match="answers 404"):
        look_up(server, package)


@pytest.mark.parametrize("given", ["", "https://a.example/legacy/"])
def test_a_uv_that_does_not_say_where_it_publishes_is_told(tmp_path: Path, given: str) -> None:
    with pytest.raises(ToolError, match="uv-upload"):
        _ = PypiRegistry(Http(FakeClock()), lambda: uv(tmp_path, "echo nothing"), top=tmp_path, upload_url=given).address


def test_a_uv_that_does_not_say_what_it_reads_is_told(tmp_path: Path) -> None:
    says = "case $1 in publish) echo 'Checking 1 file against https://a.example/legacy/';; *) echo nothing;; esac"
    with pytest.raises(ToolError, match="uv-index"):
        _ = PypiRegistry(Http(FakeClock()), lambda: uv(tmp_path, says), top=tmp_path).address


def uv(folder: Path, code: str) -> Path:
    """A program in uv's place."""
    path = folder / "uv"
    path.write_text(f"#!/bin/sh\n{code}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("days", "headers", "rules"),
    [
        (15, {"X-PyPI-Last-Serial": "7"}, ["release-closed"]),
        (13, {"X-PyPI-Last-Serial": "7"}, []),
        (15, {}, []),  # other indexes have no such rule
    ],
)
def test_a_version_that_pypi_no_longer_completes_is_told_before_anything_is_uploaded(
    server: Scripted, package: BuiltPackage, days: int, headers: dict[str, str], rules: list[str]
) -> None:
    times = [datetime.now(UTC) - timedelta(days=one) for one in (days, 1)]
    files = [
        {"filename": name, "url": name, "hashes": {"sha256": "ab" * 32}, "upload-time": f"{time:%Y-%m-%dT%H:%M:%S.%fZ}"}
        for name, time in zip((WHEEL, "acme_sdk-1.2.3b4-cp311-abi3-linux_x86_64.whl"), times, strict=True)
    ]
    server.replies[PATH] = [Reply(200, json.dumps({"files": files}).encode(), JSON | headers)]
    registry = PypiRegistry(
        Http(FakeClock()), lambda: Path("uv"), top=Path(), token="-", index=f"{server.url}/simple", upload_url=f"{server.url}/"
    )
    registry.look_up(package)
    assert [finding.rule for finding in registry.check([package])] == rules


@pytest.mark.parametrize("time", [None, 7, "", "yesterday", "2026-01-01T00:00:00"])
def test_a_time_that_cant_be_read_closes_nothing(server: Scripted, package: BuiltPackage, time: object) -> None:
    file = {"filename": WHEEL, "url": "f", "hashes": {"sha256": "ab" * 32}, "upload-time": time}
    server.replies[PATH] = [Reply(200, json.dumps({"files": [file]}).encode(), JSON | {"X-PyPI-Last-Serial": "7"})]
    registry = PypiRegistry(
        Http(FakeClock()), lambda: Path("uv"), top=Path(), token="-", index=f"{server.url}/simple", upload_url=f"{server.url}/"
    )
    assert set(registry.look_up(package).files) == {WHEEL}
    assert registry.check([package]) == []

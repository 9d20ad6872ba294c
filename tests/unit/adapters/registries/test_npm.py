import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import packed, scripted
from tests.fakes import FakeClock
from tests.scripted import Reply, Scripted

from release_actions.adapters.http import Http
from release_actions.adapters.registries.npm import NpmRegistry
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage
from release_actions.errors import RegistryError, ToolError

PATH = "/base/@acme%2Fsdk"


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted.serving() as server:
        yield server


@pytest.fixture
def package(tmp_path: Path) -> BuiltPackage:
    return packed.package(tmp_path, Ecosystem.NPM, "@acme/sdk", "1.2.3")


def registry(server: Scripted, folder: Path, token: str = "") -> NpmRegistry:
    return NpmRegistry(Http(FakeClock()), folder, top=folder, token=token, registry=f"{server.url}/base")


def packument(dist: object, **more: object) -> Reply:
    return Reply(200, json.dumps({"versions": {"1.2.3": {"dist": dist}, "1.0.0": {}}, "dist-tags": {"latest": "1.2.3"}, **more}).encode())


def test_the_integrity_of_the_packument_is_the_digest(server: Scripted, tmp_path: Path, package: BuiltPackage) -> None:
    file = package.files[0]
    integrity = "sha1-AAAA sha512-" + base64.b64encode(bytes.fromhex(file.sha512)).decode() + "?option"
    server.replies[PATH] = [packument({"integrity": integrity})]
    found = registry(server, tmp_path).look_up(package)
    assert found.files == {file.name: file.digest("sha512")}
    assert (found.versions, found.pointers) == (("1.2.3", "1.0.0"), {"latest": "1.2.3"})


def test_without_a_sha512_the_tarball_is_fetched(server: Scripted, tmp_path: Path, package: BuiltPackage) -> None:
    server.replies[PATH] = [packument({"shasum": "0" * 40, "tarball": f"{server.url}/t.tgz"})]
    server.replies["/t.tgz"] = [Reply(200, b"served")]
    found = registry(server, tmp_path).look_up(package)
    assert [digest.value for digest in found.files.values()] == [hashlib.sha512(b"served").hexdigest()]


def test_the_token_is_sent_only_when_nothing_is_found_without_it(server: Scripted, tmp_path: Path, package: BuiltPackage) -> None:
    server.replies[PATH] = [packument({"integrity": "sha512-AAAA"})]
    registry(server, tmp_path, "canary").look_up(package)
    server.replies[PATH] = [Reply(404), packument({"integrity": "sha512-AAAA"})]
    assert registry(server, tmp_path, "canary").look_up(package).files
    assert ["authorization" in request.headers for request in server.requests] == [False, False, True]


def test_a_tarball_on_another_host_does_not_get_the_token(server: Scripted, tmp_path: Path, package: BuiltPackage) -> None:
    with scripted.serving() as other:
        other.replies["/t.tgz"] = [Reply(200, b"served")]
        server.replies[PATH] = [Reply(404), packument({"tarball": f"{other.url}/t.tgz"})]
        registry(server, tmp_path, "canary").look_up(package)
        assert "authorization" not in other.requests[0].headers


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500),
        Reply(401),
        Reply(200, b"<html>"),
        Reply(200, b"[]"),
        Reply(200, b'{"versions": {"1.2.3": {}}}'),
        Reply(200, b'{"versions": {"1.2.3": {"dist": {"integrity": "sha512-!!!"}}}}'),
        Reply(200, b'{"versions": {"1.2.3": {"dist": 7}}}'),
        Reply(200, b'{"versions": 7}'),
        Reply(200, b'{"versions": {}, "dist-tags": 7}'),
    ],
)
def test_an_answer_that_is_no_packument_is_never_taken_for_absence(
    server: Scripted, tmp_path: Path, package: BuiltPackage, reply: Reply
) -> None:
    server.replies[PATH] = [reply]
    with pytest.raises(RegistryError):
        registry(server, tmp_path).look_up(package)


def test_a_token_that_the_registry_does_not_know_is_told_before_anything_is_uploaded(
    server: Scripted, tmp_path: Path, package: BuiltPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_settings(tmp_path, monkeypatch)
    server.replies["/base/-/whoami"] = [Reply(401)]
    (finding,) = registry(server, tmp_path, "canary").check([package])
    assert finding.rule == "credential-refused"
    assert "canary" not in str(finding)
    server.replies["/base/-/whoami"] = [Reply(200, b"{}")]
    assert registry(server, tmp_path, "canary").check([package]) == []


def test_who_may_only_read_a_package_is_told_before_anything_is_uploaded(
    server: Scripted, tmp_path: Path, package: BuiltPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_settings(tmp_path, monkeypatch)
    server.replies["/base/-/whoami"] = [Reply(200, b'{"username": "robot"}')]
    rights = f"/base/-/package/{PATH.rpartition('/')[2]}/collaborators"
    for said, rules in ((b'{"robot": "read"}', ["publish-right"]), (b'{"robot": "write"}', []), (b"[]", []), (b"<html>", [])):
        server.replies[rights] = [Reply(200, said)]
        assert [finding.rule for finding in registry(server, tmp_path, "canary").check([package])] == rules
    server.replies[rights] = [Reply(404)]
    assert registry(server, tmp_path, "canary").check([package]) == []


def without_settings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An npm that is there, and has nothing configured."""
    npm = folder / "npm"
    npm.write_text("#!/bin/sh\necho '{}'\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_a_missing_client_is_told_before_anything_is_uploaded(
    server: Scripted, tmp_path: Path, package: BuiltPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="tool-missing"):
        registry(server, tmp_path, "canary").check([package])

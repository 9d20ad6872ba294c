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
from release_actions.adapters.identity import ADDRESS, TOKEN, JobIdentity
from release_actions.adapters.registries.npm import NpmRegistry, Provenance
from release_actions.adapters.registries.trusted import Trust, TrustedPublishing
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


@pytest.mark.parametrize("refusal", [401, 403])
def test_a_token_that_may_not_read_is_left_out(server: Scripted, tmp_path: Path, package: BuiltPackage, refusal: int) -> None:
    server.replies[PATH] = [packument({"integrity": "sha512-AAAA"})]
    registry(server, tmp_path, "canary").look_up(package)
    server.replies[PATH] = [Reply(refusal), packument({"integrity": "sha512-AAAA"})]
    assert registry(server, tmp_path, "canary").look_up(package).files
    assert ["authorization" in request.headers for request in server.requests] == [True, True, False]


def test_a_tarball_on_another_host_does_not_get_the_token(server: Scripted, tmp_path: Path, package: BuiltPackage) -> None:
    with scripted.serving() as other:
        other.replies["/t.tgz"] = [Reply(200, b"served")]
        server.replies[PATH] = [packument({"tarball": f"{other.url}/t.tgz"})]
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
        Reply(200, b'{"versions": {}, "dist-tags": "latest"}'),
        Reply(200, b'{"versions": {}, "dist-tags": {"latest": 7}}'),
        Reply(200, b'{"versions": {"1.2.3": {"dist": {"integrity": "sha512-\xc3\xa4"}}}}'),
        Reply(200, b'{"versions": {"1.2.3": {"dist": {"tarball": 7}}}}'),
        Reply(200, b'{"versions": {"1.2.3": {"dist": {"tarball": "http://["}}}}'),
        Reply(200, b"[" * 100_000),
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


PUBLIC = {"repository_visibility": "public", "repository": "acme/sdk"}


def minting(
    server: Scripted, folder: Path, monkeypatch: pytest.MonkeyPatch, how: Provenance, job: dict[str, str], token: str
) -> NpmRegistry:
    """A registry that trusts this job, and an npm that writes down its arguments and what it may know of the job."""
    proof = f"e30.{base64.urlsafe_b64encode(json.dumps(job).encode()).decode()}.x"
    server.replies["/token?audience=npm%3A127.0.0.1"] = [Reply(200, json.dumps({"value": proof}).encode())]
    server.replies["/base/-/npm/v1/oidc/token/exchange/package/@acme%2Fsdk"] = [Reply(201, b'{"token": "npm_minted"}')]
    npm = folder / "npm"
    npm.write_text(
        f"#!/bin/sh\nif [ \"$1\" = config ]; then echo '{{}}'; exit; fi\n"
        f'echo "$@" >>{folder}/arguments; echo "$ACTIONS_ID_TOKEN_REQUEST_TOKEN $GITHUB_REPOSITORY" >>{folder}/job\n'
    )
    npm.chmod(0o755)
    for name, value in {"PATH": str(folder), "RUNNER_ENVIRONMENT": "github-hosted", "GITHUB_REPOSITORY": "acme/sdk"}.items():
        monkeypatch.setenv(name, value)
    for name, value in {ADDRESS: f"{server.url}/token", TOKEN: "canary-request"}.items():
        monkeypatch.setenv(name, value)
    clock, http = FakeClock(), Http(FakeClock())
    trusted = TrustedPublishing(Trust.AUTO, JobIdentity(http, lambda _: None), http, clock)
    return NpmRegistry(http, folder, top=folder, token=token, registry=f"{server.url}/base", trusted=trusted, provenance=how)


@pytest.mark.parametrize(
    ("how", "job", "token", "said"),
    [
        (Provenance.AUTO, PUBLIC, "", "--provenance=true"),
        (Provenance.AUTO, PUBLIC | {"repository_visibility": "private"}, "", "--provenance=false"),
        (Provenance.AUTO, PUBLIC, "given", ""),
        (Provenance.ON, PUBLIC, "given", "--provenance=true"),
        (Provenance.OFF, PUBLIC, "", "--provenance=false"),
        (Provenance.OFF, PUBLIC, "given", "--provenance=false"),
    ],
)
def test_npm_learns_of_the_job_only_to_prove_where_a_package_came_from(
    server: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: Provenance, job: dict[str, str], token: str, said: str
) -> None:
    package = packed.package(tmp_path, Ecosystem.NPM, "@acme/sdk", "1.2.3", settings={"repository": "github:acme/sdk"})
    registry = minting(server, tmp_path, monkeypatch, how, job, token)
    assert registry.check([package]) == []
    registry.upload(package, [tmp_path / package.files[0].name], None)
    arguments = tmp_path.joinpath("arguments").read_text()
    assert [word for word in arguments.split() if word.startswith("--provenance")] == ([said] if said else [])
    known = tmp_path.joinpath("job").read_text().strip()
    assert known == ("canary-request acme/sdk" if said == "--provenance=true" else "")
    assert "canary" not in arguments
    assert "npm_minted" not in arguments


@pytest.mark.parametrize(
    ("said", "rules"),
    [
        ("github:acme/sdk", []),
        ({"type": "git", "url": "git+https://github.com/acme/sdk.git"}, []),
        ("git@github.com:acme/sdk.git", []),
        ("acme/sdk", []),
        ("https://github.com/acme/sdk#main", []),
        ("github:Acme/sdk", ["provenance-repository"]),
        ("github:acme/other", ["provenance-repository"]),
        ({}, ["provenance-repository"]),
    ],
)
def test_a_package_that_says_to_be_from_elsewhere_is_told_before_npm_refuses_its_provenance(
    server: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: object, rules: list[str]
) -> None:
    package = packed.package(tmp_path, Ecosystem.NPM, "@acme/sdk", "1.2.3", settings={"repository": said})
    registry = minting(server, tmp_path, monkeypatch, Provenance.AUTO, PUBLIC, "")
    assert [finding.rule for finding in registry.check([package])] == rules
    assert [finding.rule for finding in minting(server, tmp_path, monkeypatch, Provenance.OFF, PUBLIC, "").check([package])] == []


def test_provenance_without_the_permission_is_told_beforehand(
    server: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: BuiltPackage
) -> None:
    registry = minting(server, tmp_path, monkeypatch, Provenance.ON, PUBLIC, "given")
    monkeypatch.delenv(TOKEN)
    assert [finding.rule for finding in registry.check([package])] == ["provenance-permission", "provenance-repository"]

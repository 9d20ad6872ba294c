import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import packed, scripted
from tests.fakes import FakeClock
from tests.scripted import Reply, Scripted

from rehearsal.nuget_storage import signed
from release_actions.adapters.http import Http
from release_actions.adapters.registries import nuget_config
from release_actions.adapters.registries.nuget import NugetRegistry
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage
from release_actions.errors import RegistryError, ToolError

VERSIONS, CONTENT = "/c/acme.sdk/index.json", "/c/acme.sdk/1.2.3/acme.sdk.1.2.3.nupkg"


@pytest.fixture
def server() -> Iterator[Scripted]:
    with scripted.serving() as server:
        kinds = {"PackageBaseAddress/3.0.0": "c", "PackagePublish/2.0.0": "push", "SymbolPackagePublish/4.9.0": "symbols"}
        index = {"resources": [{"@id": f"{server.url}/{path}", "@type": kind} for kind, path in kinds.items()]}
        server.replies["/index.json"] = [Reply(200, json.dumps(index).encode())]
        yield server


@pytest.fixture
def package(tmp_path: Path) -> BuiltPackage:
    return packed.package(tmp_path, Ecosystem.NUGET, "Acme.Sdk", "1.2.3", symbols=True)


@pytest.fixture
def registry(server: Scripted, tmp_path: Path) -> NugetRegistry:
    return NugetRegistry(Http(FakeClock()), tmp_path, top=tmp_path, token="canary", source=f"{server.url}/index.json")


def serve(server: Scripted, content: bytes, versions: object = ("1.2.3",)) -> None:
    server.replies[VERSIONS] = [Reply(200, json.dumps({"versions": versions}).encode())]
    server.replies[CONTENT] = [Reply(200, content)]


def test_a_package_is_ours_whether_the_feed_signed_it_or_not(
    server: Scripted, tmp_path: Path, package: BuiltPackage, registry: NugetRegistry
) -> None:
    pushed = tmp_path.joinpath("Acme.Sdk.1.2.3.nupkg").read_bytes()
    ours = {"Acme.Sdk.1.2.3.nupkg": package.files[0].digest("sha512")}
    for served in (pushed, signed(pushed)):
        serve(server, served)
        assert registry.look_up(package).files == ours


def test_a_package_that_its_author_signed_is_ours_after_the_feed_countersigned_it(server: Scripted, tmp_path: Path) -> None:
    built = packed.package(tmp_path, Ecosystem.NUGET, "Acme.Sdk", "1.2.3")
    path = tmp_path / built.files[0].name
    unsigned = path.read_bytes()
    path.write_bytes(signed(unsigned))
    package = BuiltPackage(built.ecosystem, built.name, built.version, (packed.measured(path),))
    serve(server, signed(unsigned).replace(b"a rehearsal's signature", b"another's signature and"))
    registry = NugetRegistry(Http(FakeClock()), tmp_path, top=tmp_path, source=f"{server.url}/index.json")
    assert registry.look_up(package).files == {path.name: package.files[0].digest("sha512")}


def test_other_content_under_the_same_version_is_other_content(
    server: Scripted, tmp_path: Path, package: BuiltPackage, registry: NugetRegistry
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    other = packed.package(theirs, Ecosystem.NUGET, "Acme.Sdk", "1.2.3", content="theirs")
    serve(server, signed(theirs.joinpath(other.files[0].name).read_bytes()))
    (digest,) = registry.look_up(package).files.values()
    assert digest != package.files[0].digest("sha512")


def test_a_version_that_is_listed_before_it_can_be_fetched_is_absent_for_now(
    server: Scripted, package: BuiltPackage, registry: NugetRegistry
) -> None:
    serve(server, b"")
    server.replies[CONTENT] = [Reply(404)]
    found = registry.look_up(package)
    assert (found.files, found.versions) == ({}, ("1.2.3",))


@pytest.mark.parametrize(
    "reply", [Reply(500), Reply(403), Reply(200, b"x"), Reply(200, b"[]"), Reply(200, b'{"versions": 7}'), Reply(200, b'{"versions": [7]}')]
)
def test_an_answer_that_is_no_list_of_versions_is_never_taken_for_absence(
    server: Scripted, package: BuiltPackage, registry: NugetRegistry, reply: Reply
) -> None:
    server.replies[VERSIONS] = [reply]
    with pytest.raises(RegistryError):
        registry.look_up(package)


def offering(address: object) -> Reply:
    return Reply(200, json.dumps({"resources": [{"@type": "PackageBaseAddress/3.0.0", "@id": address}]}).encode())


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404),
        Reply(200, b"<html>"),
        Reply(200, b'{"resources": []}'),
        Reply(200, b'{"resources": 7}'),
        offering(7),
        offering("http://["),
    ],
)
def test_an_address_that_is_no_feed_is_told(server: Scripted, package: BuiltPackage, registry: NugetRegistry, reply: Reply) -> None:
    server.replies["/index.json"] = [reply]
    with pytest.raises(RegistryError):
        registry.look_up(package)


def test_a_missing_client_is_told_before_anything_is_uploaded(
    tmp_path: Path, package: BuiltPackage, registry: NugetRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="tool-missing"):
        registry.check([package])


LISTED = """Registered Sources:
  1.  nuget.org [Enabled]
      https://feed.example/v3/index.json
  2.  local files [Enabled]
      /srv/packages
  3.  old [Disabled]
      https://old.example/v3/index.json
  4.  work feed [Enabled]
      http://127.0.0.1:5000/v3/index.json
"""


def test_what_the_client_lists_is_read() -> None:
    assert nuget_config.listed(LISTED) == {
        "nuget.org": "https://feed.example/v3/index.json",
        "work feed": "http://127.0.0.1:5000/v3/index.json",
    }
    assert nuget_config.listed(LISTED.replace("\n", "\r\n")) == nuget_config.listed(LISTED)


def test_configuration_files_are_merged_the_nearest_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPDATA", str(tmp_path / "appdata"))
    monkeypatch.setenv("FEED_HOST", "feed.example")
    top = tmp_path / "repository" / "sdk"
    top.mkdir(parents=True)
    tmp_path.joinpath("appdata", "NuGet").mkdir(parents=True)
    tmp_path.joinpath("appdata", "NuGet", "NuGet.Config").write_text(
        '<configuration><packageSources><add key="user" value="https://user.example/" /></packageSources>'
        '<config><add key="defaultPushSource" value="user" /></config></configuration>'
    )
    top.parent.joinpath("nuget.config").write_text(
        '<configuration><packageSources><clear /><add key="a" value="https://%FEED_HOST%/a" /><add key="b" value="https://b/" />'
        '<add key="c" value="folder" /></packageSources></configuration>'
    )
    top.joinpath("NuGet.Config").write_text(
        '<configuration><disabledPackageSources><add key="b" value="true" /></disabledPackageSources>'
        '<config><add key="DefaultPushSource" value="a" /></config></configuration>'
    )
    assert nuget_config.sources(top) == {"a": "https://feed.example/a"}
    assert nuget_config.default_push_source(top) == "a"


def test_configuration_that_is_no_xml_is_left_to_nuget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPDATA", str(tmp_path))
    for content in ("<configuration>", '<?xml version="1.0" encoding="nonsense"?><configuration/>'):
        tmp_path.joinpath("nuget.config").write_text(content)
        assert nuget_config.sources(tmp_path) == {}


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("A package with ID 'Acme.Sdk' and version '1.2.3' already exists and cannot be modified.", "already-exists"),
        ("This package ID has been reserved and cannot be used by your account.", "id-reserved"),
        ("The package ID is reserved by its prefix.", "id-reserved"),
    ],
)
@pytest.mark.parametrize("as_body", [True, False], ids=["in the body", "as the reason"])
def test_a_reserved_name_is_told_from_a_version_that_is_there(
    server: Scripted, tmp_path: Path, package: BuiltPackage, registry: NugetRegistry, words: str, rule: str, as_body: bool
) -> None:
    server.replies["/push"] = [Reply(409, words.encode()) if as_body else Reply(409, reason=words)]
    with pytest.raises(RegistryError) as caught:
        registry._push_by_protocol(tmp_path / package.files[0].name, "key")
    assert [finding.rule for finding in caught.value.findings] == [rule]

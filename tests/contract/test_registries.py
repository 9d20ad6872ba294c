"""What a registry does, the same for the double and for a real one that the official clients drive."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests import packed
from tests.fakes import FakeClock, FakeRegistry, Said

from rehearsal import npm, nuget, pypi
from release_actions.adapters.archives import PackedFiles
from release_actions.adapters.clock import SystemClock
from release_actions.adapters.http import Http
from release_actions.adapters.registries import npm_package
from release_actions.adapters.registries.npm import NpmRegistry
from release_actions.adapters.registries.nuget import NugetRegistry
from release_actions.adapters.registries.pypi import PypiRegistry
from release_actions.adapters.toolchains.python import find_uv
from release_actions.commands.ports.registries import Pointers, Registry
from release_actions.commands.publish import Options, Published, publish
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage, is_symbols
from release_actions.errors import RegistryError

pytestmark = pytest.mark.contract

VERSION = "1.2.3"
NAMES = {Ecosystem.NUGET: "Acme.Sample", Ecosystem.NPM: "@acme/sample", Ecosystem.PYPI: "acme-sample"}


@dataclasses.dataclass
class Site:
    """A registry, and the folder that its files come from."""

    registry: Registry
    folder: Path

    @property
    def ecosystem(self) -> Ecosystem:
        return self.registry.ecosystem

    def package(self, version: str = VERSION, content: str = "ours", symbols: bool = False) -> BuiltPackage:
        return packed.package(self.folder, self.ecosystem, NAMES[self.ecosystem], version, content=content, symbols=symbols)

    def upload(self, package: BuiltPackage, dist_tag: str | None = "latest") -> None:
        self.registry.upload(package, [self.folder / file.name for file in package.files], dist_tag)

    def publish(self, *packages: BuiltPackage, version: str = VERSION) -> Published:
        packed.release(self.folder, version, *packages)
        return self.publish_folder()

    def publish_folder(self) -> Published:
        return publish(Options(self.folder, wait=60), PackedFiles(), {self.ecosystem: self.registry}, SystemClock(), Said())


SITES = [(kind, ecosystem) for kind in ("double", "real") for ecosystem in Ecosystem] + [
    ("real-keyless", Ecosystem.NUGET),
    ("real-by-command", Ecosystem.NPM),
]


@pytest.fixture(params=SITES, ids=lambda param: "-".join(param))
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    """A registry that holds nothing; there are other ways to write to a NuGet feed without a key, and for an npm without libraries."""
    kind, ecosystem = request.param
    folder = tmp_path / "built"
    folder.mkdir()
    if kind == "double":
        yield Site(FakeRegistry(ecosystem, FakeClock()), folder)
        return
    variables = request.getfixturevalue("with_toolchains")
    if kind == "real-by-command":
        request.getfixturevalue("monkeypatch").setattr(npm_package, "home", lambda *_: None)
    verdaccio = request.getfixturevalue("verdaccio") if ecosystem is Ecosystem.NPM else None
    with ExitStack() as stack:
        yield Site(real(ecosystem, kind, folder, tmp_path, variables, stack, verdaccio), folder)


def real(
    ecosystem: Ecosystem,
    kind: str,
    folder: Path,
    home: Path,
    variables: dict[str, str],
    stack: ExitStack,
    verdaccio: npm.Registry | None,
) -> Registry:
    http, top = Http(SystemClock()), home / "top"
    top.mkdir()
    match ecosystem:
        case Ecosystem.NPM:
            assert verdaccio
            return NpmRegistry(http, folder, top=top, token=verdaccio.token, registry=verdaccio.url)
        case Ecosystem.PYPI:
            index = stack.enter_context(pypi.registry(home / "storage", variables))
            return PypiRegistry(http, find_uv, top=top, token=index.token, index=index.index, upload_url=f"{index.url}/")
        case Ecosystem.NUGET:
            key = "" if kind == "real-keyless" else "a-key-of-the-rehearsal"
            feed = stack.enter_context(nuget.registry(home / "storage", variables, key=key, signs=True, lag=1))
            (top / "NuGet.Config").write_text(feed.config(), encoding="utf-8")
            return NugetRegistry(http, folder, top=top, token=feed.token)


def test_what_was_never_published_is_absent(site: Site) -> None:
    found = site.registry.look_up(site.package())
    assert (found.files, found.versions, found.pointers) == ({}, (), {})


def test_what_was_published_is_there_with_the_very_bytes_that_were_built(site: Site) -> None:
    package = site.package()
    published = site.publish(package)
    assert (published.errors, [line.result for line in published.lines]) == ((), ["published, visible"])
    found = site.registry.look_up(package)
    assert found.files == {file.name: file.digest(found.files[file.name].algorithm) for file in package.files}
    assert found.versions == (VERSION,)


def test_publishing_again_uploads_nothing(site: Site) -> None:
    package = site.package()
    site.publish(package)
    again = site.publish(package)
    assert (again.errors, again.plan.is_empty, [line.result for line in again.lines]) == ((), True, ["already there"])


def test_other_bytes_are_a_conflict_and_change_nothing(site: Site) -> None:
    package = site.package()
    site.publish(package)
    before = site.registry.look_up(package)
    changed = site.package(content="theirs")
    assert {error.rule for error in site.publish(changed).errors} == {"other-content"}
    with pytest.raises(RegistryError) as caught:
        site.upload(changed)
    assert [finding.rule for finding in caught.value.findings] == ["already-exists"]
    assert dict(site.registry.look_up(package).files) == dict(before.files)


def test_versions_are_kept_apart(site: Site) -> None:
    site.publish(site.package())
    beta = site.package("1.3.0-beta.1")
    published = site.publish(beta, version="1.3.0-beta.1")
    assert (published.errors, [line.result for line in published.lines]) == ((), ["published, visible"])
    assert set(site.registry.look_up(beta).versions) == {VERSION, beta.version}
    if site.ecosystem is Ecosystem.NPM:
        assert dict(site.registry.look_up(beta).pointers) == {"latest": VERSION, "beta": "1.3.0-beta.1"}


def test_only_npm_has_pointers_and_they_move_to_any_version_that_is_there(site: Site) -> None:
    if not isinstance(site.registry, Pointers) or not site.registry.can_point(site.package()):
        assert site.ecosystem is not Ecosystem.NPM
        return
    site.publish(site.package("1.2.2"), version="1.2.2")
    package = site.package()
    site.upload(package, "staged")
    assert dict(site.registry.look_up(package).pointers) == {"latest": "1.2.2", "staged": VERSION}
    for _ in range(2):
        site.registry.point(package, "latest", VERSION)
    assert dict(site.registry.look_up(package).pointers) == {"latest": VERSION, "staged": VERSION}
    with pytest.raises(RegistryError):
        site.registry.point(package, "latest", "9.9.9")


def test_an_old_line_does_not_take_latest(site: Site) -> None:
    site.publish(site.package("2.0.0"), version="2.0.0")
    old = site.package()
    assert site.publish(old).errors == ()
    if site.ecosystem is Ecosystem.NPM:
        assert dict(site.registry.look_up(old).pointers) == {"latest": "2.0.0", "release-1.2.x": VERSION}


def test_a_release_that_is_half_there_is_completed(site: Site) -> None:
    package = site.package()
    site.registry.upload(package, [site.folder / package.files[0].name], "latest")
    published = site.publish(package)
    assert published.errors == ()
    assert set(site.registry.look_up(package).files) == {file.name for file in package.files}


def test_symbols_go_along_and_cant_be_read_back(site: Site) -> None:
    package = site.package(symbols=True)
    published = site.publish(package)
    assert published.errors == ()
    assert set(site.registry.look_up(package).files) == {file.name for file in package.files if not is_symbols(file)}


def test_two_publishers_of_one_release_at_once_both_end_well(site: Site) -> None:
    package = site.package(symbols=True)
    packed.release(site.folder, VERSION, package)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: site.publish_folder(), range(2)))
    assert [published.errors for published in both] == [(), ()]
    found = site.registry.look_up(package)
    assert set(found.files) == {file.name for file in package.files if not is_symbols(file)}
    assert site.publish_folder().plan.is_empty


def test_a_token_is_given_to_the_index_whatever_else_the_environment_says(
    tmp_path: Path, with_toolchains: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("UV_PUBLISH_USERNAME", "UV_PUBLISH_PASSWORD", "UV_PUBLISH_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    with ExitStack() as stack:
        site = Site(real(Ecosystem.PYPI, "real", tmp_path, tmp_path, with_toolchains, stack, None), tmp_path)
        assert site.publish(site.package()).errors == ()

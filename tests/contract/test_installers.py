"""What users do with a published package, by the official clients from real registries on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests import packed
from tests.contract.test_registries import NAMES

from rehearsal import npm, nuget, pypi
from release_actions.adapters.clock import SystemClock
from release_actions.adapters.registries.configured import Settings
from release_actions.adapters.registries.used import Sites, sites
from release_actions.commands.ports.tools import Installer
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage
from release_actions.errors import ReleaseError

pytestmark = pytest.mark.contract

CANARY = "a-secret-of-whoever-runs-this"
SMOKE = {
    Ecosystem.NPM: "smoke.mjs",
    Ecosystem.PYPI: "smoke.py",
    Ecosystem.NUGET: "Smoke.cs",
}
SHOWS_ENVIRONMENT = {
    Ecosystem.NPM: "console.log(JSON.stringify(process.env), process.cwd())",
    Ecosystem.PYPI: "import os\nprint(dict(os.environ), os.getcwd())",
    Ecosystem.NUGET: """using System;
using System.Collections;
internal static class Program
{
    private static void Main()
    {
        foreach (DictionaryEntry one in Environment.GetEnvironmentVariables()) Console.WriteLine($"{one.Key}={one.Value}");
        Console.WriteLine(Environment.CurrentDirectory);
    }
}
""",
}
FAILS = {
    Ecosystem.NPM: "throw new Error('out of order')",
    Ecosystem.PYPI: "raise SystemExit('out of order')",
    Ecosystem.NUGET: """internal static class Program { private static void Main() { throw new System.Exception("out of order"); } }""",
}


@dataclass
class Place:
    """A registry of one ecosystem, with a package on it, and a folder for each attempt."""

    sites: Sites
    package: BuiltPackage
    home: Path
    attempts: int = 0

    @property
    def ecosystem(self) -> Ecosystem:
        return self.package.ecosystem

    @property
    def installer(self) -> Installer:
        return self.sites.installers[self.ecosystem]

    def folder(self) -> Path:
        self.attempts += 1
        made = self.home / f"attempt-{self.attempts}"
        made.mkdir()
        return made

    def program(self, sources: dict[Ecosystem, str]) -> Path:
        path = self.home / SMOKE[self.ecosystem]
        path.write_text(sources[self.ecosystem], encoding="utf-8")
        return path


@pytest.fixture(params=Ecosystem)
def place(
    request: pytest.FixtureRequest, tmp_path: Path, with_toolchains: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    ecosystem = request.param
    built, top = tmp_path / "built", tmp_path / "top"
    built.mkdir()
    top.mkdir()
    package = packed.package(built, ecosystem, NAMES[ecosystem], "1.2.3")
    with ExitStack() as stack:
        settings = serving(ecosystem, tmp_path / "storage", with_toolchains, stack)
        made = sites(settings, built, top, SystemClock())
        made.registries[ecosystem].upload(package, [built / file.name for file in package.files], "latest")
        for name in ("NODE_AUTH_TOKEN", "NPM_TOKEN", "NUGET_API_KEY", "UV_PUBLISH_TOKEN", "GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"):
            monkeypatch.setenv(name, CANARY)
        yield Place(made, package, tmp_path)


def serving(ecosystem: Ecosystem, storage: Path, variables: dict[str, str], stack: ExitStack) -> Settings:
    match ecosystem:
        case Ecosystem.NPM:
            verdaccio = stack.enter_context(npm.registry(storage, variables))
            return Settings(npm_token=verdaccio.token, npm_registry=verdaccio.url)
        case Ecosystem.PYPI:
            index = stack.enter_context(pypi.registry(storage, variables))
            return Settings(pypi_token=index.token, pypi_index=index.index, pypi_upload=f"{index.url}/")
        case Ecosystem.NUGET:
            feed = stack.enter_context(nuget.registry(storage, variables, key="a-key-of-the-rehearsal", signs=True))
            return Settings(nuget_token=feed.token, nuget_source=feed.url)


def test_what_is_published_is_installed_and_imported(place: Place) -> None:
    folder = place.folder()
    place.installer.install(place.package, folder)
    assert place.installer.run(place.package, None, folder)


def test_what_is_served_has_the_digests_that_were_built(place: Place) -> None:
    served = place.sites.downloads[place.ecosystem].served(place.package)
    assert served == {file.name: file.digest(served[file.name].algorithm) for file in place.package.files}


def test_a_version_that_is_not_there_is_told_from_one_that_is_broken(place: Place) -> None:
    absent = replace(place.package, version="9.9.9")
    with pytest.raises(ReleaseError) as caught:
        place.installer.install(absent, place.folder())
    assert caught.value.findings[0].rule == "not-installable"


def test_a_smoke_program_that_fails_says_so_in_its_own_words(place: Place) -> None:
    folder = place.folder()
    place.installer.install(place.package, folder)
    with pytest.raises(ReleaseError, match="out of order") as caught:
        place.installer.run(place.package, place.program(FAILS), folder)
    assert caught.value.findings[0].rule == "smoke-failed"


def test_a_smoke_program_sees_no_secret_and_not_the_repository(place: Place) -> None:
    folder = place.folder()
    place.installer.install(place.package, folder)
    said = place.installer.run(place.package, place.program(SHOWS_ENVIRONMENT), folder)
    assert str(folder) in said
    assert CANARY not in said
    assert "a-key-of-the-rehearsal" not in said
    assert "_authToken" not in said

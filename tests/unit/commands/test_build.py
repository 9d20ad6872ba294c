"""Building: everything is packed and is what it should be, or nothing is left that looks like a release."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from tests import repositories
from tests.fakes import FakeToolchain, Said
from tests.repositories import Repository

from release_actions.adapters.archives import PackedFiles
from release_actions.adapters.git import GitRepository
from release_actions.adapters.tree import WorkTree
from release_actions.commands import build, workspace
from release_actions.commands.build import Options
from release_actions.commands.built import read, wrong
from release_actions.domain.config import Config
from release_actions.domain.package import Ecosystem
from release_actions.domain.report import Outcome, text
from release_actions.domain.version import Version
from release_actions.errors import ReleaseError, ToolError

NPM, PYPI, NUGET = Ecosystem.NPM, Ecosystem.PYPI, Ecosystem.NUGET


def sdks(folder: Path, version: str = "1.2.3") -> Repository:
    """A repository of two npm packages, of which the first depends on the second, and one of each other ecosystem."""
    repository = repositories.made(folder)
    needs = {"name": "acme-client", "version": version, "dependencies": {"acme-core": version}}
    repository.write("js/client/package.json", json.dumps(needs))
    repository.write("js/core/package.json", json.dumps({"name": "acme-core", "version": version}))
    repository.write("js/demo/package.json", json.dumps({"name": "demo", "version": version, "private": True}))
    repository.write("py/pyproject.toml", f'[project]\nname = "acme"\nversion = "{version}"\n')
    properties = f"<PropertyGroup><PackageId>Acme</PackageId><Version>{version}</Version></PropertyGroup>"
    repository.write("cs/Acme.csproj", f'<Project Sdk="Microsoft.NET.Sdk">{properties}</Project>')
    repository.commit()
    return repository


def fakes() -> dict[Ecosystem, FakeToolchain]:
    return {ecosystem: FakeToolchain(ecosystem) for ecosystem in Ecosystem}


def built(repository: Repository, tools: Mapping[Ecosystem, FakeToolchain], said: Said | None = None, **changes: object) -> Outcome:
    top = repository.folder
    options = replace(Options(top, top / "release"), **changes)  # type: ignore[arg-type]
    git = GitRepository(top)
    found = workspace.read(git, WorkTree(top), Config())
    return build.run(options, git, found, tools, PackedFiles(), said or Said())


def rules(outcome: Outcome) -> set[str]:
    return {finding.rule for finding in outcome.errors}


def test_a_release_is_packed_recorded_and_reported(tmp_path: Path) -> None:
    repository = sdks(tmp_path)
    said = Said()
    outcome = built(repository, fakes(), said)
    assert outcome.errors == outcome.warnings == ()
    release = read(tmp_path / "release")
    assert wrong(release, tmp_path / "release", PackedFiles()) == ()
    assert release.commit == repository.git("rev-parse", "HEAD")
    assert outcome.outputs["folder"] == str(tmp_path / "release")
    assert Path(outcome.outputs["release-json"]).exists()
    assert outcome.outputs["version"] == "1.2.3"
    assert [package["name"] for package in json.loads(outcome.outputs["packages"])] == ["Acme", "acme-core", "acme", "acme-client"]
    assert "acme-client-1.2.3.tgz" in text(outcome.report)
    assert "NuGet: packing Acme" in said.lines


def test_packages_are_packed_after_those_that_they_depend_on(tmp_path: Path) -> None:
    tools = fakes()
    built(sdks(tmp_path), tools)
    assert tools[NPM].calls == [["acme-core", "acme-client"]]
    assert read(tmp_path / "release").packages[-1].depends_on == ("acme-core",)


def test_private_packages_are_not_packed(tmp_path: Path) -> None:
    tools = fakes()
    built(sdks(tmp_path), tools)
    assert "demo" not in str(tools[NPM].calls)


def test_only_some_ecosystems_can_be_built(tmp_path: Path) -> None:
    tools = fakes()
    tools[NUGET].missing = ToolError("tool-missing", "No dotnet.", "Install it.")
    outcome = built(sdks(tmp_path), tools, only=(PYPI,))
    assert [package["name"] for package in json.loads(outcome.outputs["packages"])] == ["acme"]
    assert outcome.outputs["ecosystems"] == '["pypi"]'
    assert tools[NPM].calls == []


def test_the_release_is_no_untracked_file(tmp_path: Path) -> None:
    repository = sdks(tmp_path)
    built(repository, fakes())
    assert repository.git("status", "--porcelain") == ""


def test_building_again_replaces_what_was_built(tmp_path: Path) -> None:
    repository = sdks(tmp_path)
    built(repository, fakes())
    assert built(repository, fakes(), only=(NPM,)).errors == ()
    assert sorted(path.name for path in tmp_path.joinpath("release").iterdir()) == [
        *(".gitignore", "acme-client-1.2.3.tgz", "acme-core-1.2.3.tgz", "release.json")
    ]


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        (("acme-core", "1.2.4"), "artifact-version"),
        (("acme-cor", "1.2.3"), "artifact-name"),
        (("acme-core", "1.2.3-beta.1"), "artifact-version"),
    ],
)
def test_an_artifact_that_says_something_else_leaves_nothing(said: tuple[str, str], rule: str, tmp_path: Path) -> None:
    tools = fakes()
    tools[NPM].said = {"acme-core": said}
    outcome = built(sdks(tmp_path), tools)
    assert rules(outcome) == {rule}
    assert "release.json" not in str(list(tmp_path.rglob("*")))
    assert not tmp_path.joinpath("release").exists()
    assert outcome.outputs == {}


def test_a_failed_build_leaves_the_earlier_release_as_it_was(tmp_path: Path) -> None:
    repository = sdks(tmp_path)
    built(repository, fakes())
    before = {path.name: path.read_bytes() for path in tmp_path.joinpath("release").iterdir()}
    tools = fakes()
    tools[PYPI].fault = ToolError("tool-failed", "uv failed.", "See why.")
    tools[NPM].unpacked = frozenset({"acme-core"})
    assert rules(built(repository, tools)) == {"tool-failed"}
    assert {path.name: path.read_bytes() for path in tmp_path.joinpath("release").iterdir()} == before


def test_a_package_that_was_not_packed_is_missed(tmp_path: Path) -> None:
    tools = fakes()
    tools[NPM].unpacked = frozenset({"acme-core"})
    assert rules(built(sdks(tmp_path), tools)) == {"nothing-packed"}


def test_all_failures_of_all_ecosystems_are_told_at_once(tmp_path: Path) -> None:
    tools = fakes()
    for tool in (tools[NPM], tools[PYPI]):
        tool.fault = ToolError("tool-failed", f"{tool.ecosystem.label} failed.", "See why.")
    assert [finding.what for finding in built(sdks(tmp_path), tools).errors] == ["npm failed.", "PyPI failed."]


def test_all_missing_tools_are_told_before_anything_is_packed(tmp_path: Path) -> None:
    tools = fakes()
    for tool in (tools[NUGET], tools[PYPI]):
        tool.missing = ToolError("tool-missing", f"{tool.ecosystem.label}'s tool is missing.", "Install it.")
    assert len(built(sdks(tmp_path), tools).errors) == 2
    assert tools[NPM].calls == []


def test_manifests_that_disagree_with_the_version_are_refused_before_anything_is_packed(tmp_path: Path) -> None:
    tools = fakes()
    outcome = built(sdks(tmp_path), tools, version=Version.parse("1.2.4"))
    assert rules(outcome) == {"version-disagrees"}
    assert {finding.place.path for finding in outcome.errors if finding.place} >= {
        "cs/Acme.csproj",
        "js/core/package.json",
        "py/pyproject.toml",
    }
    assert tools[NPM].calls == []


def test_changes_that_no_commit_holds_are_refused(tmp_path: Path) -> None:
    repository = sdks(tmp_path)
    tmp_path.joinpath("js/core/package.json").write_text('{"name": "acme-core", "version": "1.2.3", "main": "x.js"}')
    outcome = built(repository, fakes())
    assert rules(outcome) == {"dirty-tree"}
    assert "js/core/package.json" in outcome.errors[0].what


def test_changes_may_be_allowed_and_are_told_of(tmp_path: Path) -> None:
    repository = sdks(tmp_path)
    tmp_path.joinpath("js/core/package.json").write_text('{"name": "acme-core", "version": "1.2.3", "main": "x.js"}')
    tmp_path.joinpath("generated.txt").touch()
    outcome = built(repository, fakes(), allow_dirty=True)
    assert outcome.errors == ()
    assert [finding.rule for finding in outcome.warnings] == ["dirty-tree", "untracked-files"]


def test_a_build_that_changes_tracked_files_is_told_of(tmp_path: Path) -> None:
    repository = sdks(tmp_path)

    class Writing(FakeToolchain):
        def require(self) -> str:
            repository.folder.joinpath("py/pyproject.toml").write_text("[project]\n")
            return "writer"

    assert [finding.rule for finding in built(repository, fakes() | {PYPI: Writing(PYPI)}).warnings] == ["build-changes-files"]


def test_a_repository_without_commits_is_refused(tmp_path: Path) -> None:
    repository = repositories.made(tmp_path)
    repository.write("package.json", '{"name": "acme", "version": "1.2.3"}')
    assert rules(built(repository, fakes(), allow_dirty=True)) == {"no-commit"}


@pytest.mark.parametrize("only", [(), (PYPI,)])
def test_a_repository_without_packages_is_refused(only: tuple[Ecosystem, ...], tmp_path: Path) -> None:
    repository = repositories.made(tmp_path)
    repository.write("package.json", '{"name": "demo", "version": "0.0.0", "private": true}')
    repository.commit()
    assert rules(built(repository, fakes(), only=only)) == {"no-packages"}


@pytest.mark.parametrize("folder", ["js", "js/core", ".", "..", "py/pyproject.toml"])
def test_a_folder_that_holds_something_else_is_refused(folder: str, tmp_path: Path) -> None:
    repository = sdks(tmp_path / "repository")
    tools = fakes()
    outcome = built(repository, tools, folder=(repository.folder / folder).resolve())
    assert rules(outcome) == {"folder-taken"}
    assert tools[NPM].calls == []


def test_two_packages_that_are_packed_under_one_name_are_refused(tmp_path: Path) -> None:
    repository = sdks(tmp_path)
    tools = fakes()

    class Colliding(FakeToolchain):
        def pack(self, packages, folder, epoch):  # type: ignore[no-untyped-def]
            made = super().pack(packages, folder, epoch)
            return {**made, "acme-client": [*made["acme-client"], *made["acme-client"]]}

    with pytest.raises(ReleaseError, match="Two packages are packed as acme-client"):
        raise ReleaseError.of(built(repository, {**tools, NPM: Colliding(NPM)}).errors)


def test_the_time_of_the_commit_is_the_time_of_the_build(tmp_path: Path) -> None:
    repository = sdks(tmp_path)
    built(repository, fakes())
    first = read(tmp_path / "release")
    built(repository, fakes(), folder=tmp_path / "again")
    assert read(tmp_path / "again") == first


def test_two_packages_in_one_file_are_refused(tmp_path: Path) -> None:
    repository = repositories.made(tmp_path)
    for name in ("@acme/core", "acme-core"):
        repository.write(f"{name}/package.json", json.dumps({"name": name, "version": "1.2.3"}))
    repository.commit()
    assert rules(built(repository, fakes())) == {"artifact-doubled", "artifact-name"}  # the later one was written over the other

"""Groups with versions of their own, on real repositories."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests import repositories
from tests.repositories import Repository

from release_actions.adapters.git import GitRepository
from release_actions.adapters.tree import WorkTree
from release_actions.commands import bump, workspace
from release_actions.commands.bump import Options
from release_actions.domain.config import Config, Group
from release_actions.domain.report import Outcome
from release_actions.domain.version import Version
from release_actions.errors import InputError, ManifestError, RefusedError
from release_actions.manifests.workspace import Workspace

GROUPS = Config(groups=(Group("cli", ("cli/*",)), Group("python", ("py/*",), patch_only=True)))


@pytest.fixture
def top(tmp_path: Path) -> Repository:
    """Everything at 1.4.0, the command line at 7.0.0, and Python at 1.4.2."""
    repository = repositories.made(tmp_path)
    npm(repository, "a", "1.4.0", {"cli": "^7.0.0", "b": "~1.4.0"})
    npm(repository, "b", "1.4.0")
    npm(repository, "cli", "7.0.0", {"a": "^1.4.0"})
    repository.write("py/pyproject.toml", '[project]\nname = "p"\nversion = "1.4.2"\n')
    repository.commit("feat: all of it")
    return repository


def npm(repository: Repository, name: str, version: str, needs: dict[str, str] | None = None) -> None:
    repository.write(f"{name}/package.json", json.dumps({"name": name, "version": version, "dependencies": needs or {}}))


def read(top: Repository, config: Config = GROUPS) -> Workspace:
    git = GitRepository(top.folder)
    return workspace.read(git, WorkTree(git.top), config)


def run(top: Repository, version: str, group: str = "", *, check: bool = False, commits: bool = False) -> Outcome:
    git = GitRepository(top.folder)
    return bump.run(Options(version, check=check, group=group, from_commits=commits), git, WorkTree(git.top), GROUPS)


def said(top: Repository) -> dict[str, str]:
    """The versions, and the references between packages."""
    found: dict[str, str] = {}
    for name in ("a", "b", "cli"):
        document = json.loads(top.folder.joinpath(name, "package.json").read_text())
        found |= {name: document["version"]} | {f"{name} to {other}": need for other, need in document["dependencies"].items()}
    return {**found, "py": top.folder.joinpath("py/pyproject.toml").read_text().split('"')[3]}


BEFORE = {"a": "1.4.0", "a to cli": "^7.0.0", "a to b": "~1.4.0", "b": "1.4.0", "cli": "7.0.0", "cli to a": "^1.4.0", "py": "1.4.2"}


def test_a_patch_of_all_others_leaves_groups_alone_but_not_references_to_what_is_bumped(top: Repository) -> None:
    assert run(top, "patch").outputs["version"] == "1.4.1"
    assert said(top) == BEFORE | {"a": "1.4.1", "b": "1.4.1", "a to b": "~1.4.1", "cli to a": "^1.4.1"}


def test_a_new_line_takes_the_groups_along_that_have_only_a_patch_of_their_own(top: Repository) -> None:
    run(top, "1.5.0-beta.1")
    assert (said(top)["py"], said(top)["cli"]) == ("1.5.0b1", "7.0.0")
    run(top, "1.5.0-beta.2")
    assert said(top)["py"] == "1.5.0b2"
    run(top, "1.5.0")
    assert said(top)["py"] == "1.5.0"
    run(top, "1.5.1")
    assert said(top)["py"] == "1.5.0"


def test_a_group_is_bumped_alone_with_what_refers_to_it(top: Repository) -> None:
    assert run(top, "major", "cli").outputs["version"] == "8.0.0"
    assert said(top) == BEFORE | {"cli": "8.0.0", "a to cli": "^8.0.0"}
    assert run(top, "patch", "python").outputs["version"] == "1.4.3"
    assert said(top)["py"] == "1.4.3"


def test_a_group_can_not_leave_the_line_that_it_shares(top: Repository) -> None:
    assert {finding.rule for finding in run(top, "minor", "python").errors} == {"group-line"}
    assert said(top) == BEFORE


def test_a_check_speaks_of_every_group(top: Repository) -> None:
    assert run(top, "", check=True).errors == ()
    assert run(top, "1.4.0", check=True).errors == ()
    assert run(top, "1.4.2", "python", check=True).errors == ()
    npm(top, "a", "1.4.0", {"cli": "^6.0.0", "b": "~1.4.0"})
    top.write("py/pyproject.toml", '[project]\nname = "p"\nversion = "1.3.9"\n')
    assert {(finding.rule, str(finding.place)) for finding in run(top, "", check=True).errors} == {
        ("version-disagrees", "a/package.json:1"),
        ("group-line", "py/pyproject.toml:3"),
    }


def test_a_tag_speaks_of_what_belongs_to_no_group_and_of_the_line_of_those_that_follow(top: Repository) -> None:
    found = read(top)
    assert [package.name for package in found.packages] == ["a", "b"]
    assert [package.depends_on for package in found.packages] == [("b",), ()]
    assert workspace.disagreements(found, Version.parse("1.4.0")) == ()
    assert {finding.rule for finding in workspace.disagreements(found, Version.parse("1.5.0"))} == {"version-disagrees", "group-line"}


def test_the_commits_of_a_group_raise_it_from_its_own_tag(top: Repository) -> None:
    top.git("tag", "v1.4.0")
    top.git("tag", "cli/v7.0.0")
    npm(top, "cli", "7.0.0", {"a": "^1.4.0", "other": "1"})
    top.commit("feat!: another command line")
    npm(top, "b", "1.4.0", {"other": "1"})
    top.commit("fix: b")
    assert run(top, "", commits=True).outputs["version"] == "1.4.1"
    top.git("checkout", "--quiet", ".")
    assert run(top, "", "cli", commits=True).outputs["version"] == "8.0.0"


def test_an_unknown_group_is_an_error_that_names_those_there_are(top: Repository) -> None:
    with pytest.raises(InputError, match="The configuration has `cli`, `python`"):
        run(top, "patch", "ruby")


def test_a_group_without_files_is_an_error(top: Repository) -> None:
    with pytest.raises(ManifestError, match=r"release-actions\.yml:3: .*group-empty"):
        read(top, Config(groups=(Group("ruby", ("ruby/*",), line=3),)))


def test_a_group_that_drifted_can_not_be_raised_by_a_level(top: Repository) -> None:
    npm(top, "cli/more", "7.0.1")
    with pytest.raises(RefusedError, match="version-drift"):
        run(top, "patch", "cli")
    assert {finding.rule for finding in run(top, "", check=True).errors} == {"version-disagrees"}

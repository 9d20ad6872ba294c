"""The version that the commits call for, on real histories."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests import repositories
from tests.repositories import Repository

from release_actions.adapters.git import GitRepository
from release_actions.adapters.tree import WorkTree
from release_actions.commands import bump
from release_actions.commands.bump import Options
from release_actions.domain.config import Config
from release_actions.domain.report import Outcome
from release_actions.errors import InputError, RefusedError


@pytest.fixture
def released(tmp_path: Path) -> Repository:
    """A repository at 1.4.0, tagged."""
    repository = repositories.made(tmp_path / "repository")
    manifest(repository, "1.4.0")
    repository.commit("feat: all of it")
    repository.git("tag", "v1.4.0")
    return repository


def manifest(repository: Repository, version: str, path: str = "package.json") -> None:
    repository.write(path, json.dumps({"name": path, "version": version}))


def run(repository: Repository, options: Options | None = None) -> Outcome:
    return bump.run(options or Options("", from_commits=True), GitRepository(repository.folder), WorkTree(repository.folder), Config())


def test_the_commits_since_the_last_release_decide_and_the_one_that_did_is_named(released: Repository) -> None:
    released.commit("fix: a crash")
    deciding = released.commit("feat(api): rain, @everyone")
    released.commit("docs: rain")
    outcome = run(released)
    assert (outcome.outputs["version"], outcome.outputs["changed"], outcome.outputs["decided-by"]) == ("1.5.0", "true", deciding)
    assert f"3 commits since v1.4.0: a minor release, decided by {deciding[:12]} “feat(api): rain, @everyone”." in outcome.report.blocks
    assert '"1.5.0"' in released.folder.joinpath("package.json").read_text()


def test_nothing_worth_a_release_changes_nothing_and_says_so(released: Repository) -> None:
    released.commit("docs: rain")
    outcome = run(released)
    assert outcome.errors == ()
    assert (outcome.outputs["version"], outcome.outputs["changed"], outcome.outputs["changed-files"]) == ("1.4.0", "false", "[]")
    assert outcome.report.title == "bump: nothing to release since v1.4.0"
    assert '"1.4.0"' in released.folder.joinpath("package.json").read_text()


def test_the_first_release_is_what_the_manifests_bear(tmp_path: Path) -> None:
    repository = repositories.made(tmp_path)
    manifest(repository, "0.1.0")
    repository.commit("feat: all of it")
    outcome = run(repository)
    assert (outcome.outputs["version"], outcome.outputs["changed"]) == ("0.1.0", "false")
    assert "There is no stable release yet" in str(outcome.report.blocks[0])


def test_a_bump_that_is_not_released_yet_is_not_repeated(released: Repository) -> None:
    released.commit("feat: rain")
    run(released)
    released.git("commit", "--quiet", "--all", "--message", "Version 1.5.0")
    released.commit("fix: rain")
    assert run(released).report.title == "bump: all manifests bear 1.5.0 already"
    released.commit("feat!: only rain")
    assert run(released).outputs["version"] == "2.0.0"


def test_a_prerelease_of_the_version_becomes_it(released: Repository) -> None:
    manifest(released, "1.5.0-beta.2")
    released.commit("feat: rain")
    released.git("tag", "v1.5.0-beta.2")
    assert run(released).outputs["version"] == "1.5.0"


def test_drifted_manifests_are_all_set(released: Repository) -> None:
    manifest(released, "1.3.0", "b/package.json")
    released.commit("fix: rain")
    outcome = run(released)
    assert outcome.outputs["version"] == "1.4.1"
    assert outcome.outputs["changed-files"] == '["b/package.json", "package.json"]'


def test_releases_of_other_branches_and_other_tags_do_not_count(released: Repository) -> None:
    released.git("switch", "--quiet", "--create", "next")
    released.commit("feat!: all new")
    released.git("tag", "v2.0.0")
    released.git("switch", "--quiet", "main")
    released.commit("fix: rain")
    for tag in ("v9", "other/v9.9.9", "9.9.9", "v1.4.9-rc.1"):
        released.git("tag", tag)
    assert run(released).outputs["version"] == "1.4.1"


def test_a_shallow_checkout_is_refused(released: Repository, tmp_path: Path) -> None:
    released.commit("feat: rain")
    clone = released.cloned(tmp_path / "clone", "--depth=1")
    with pytest.raises(RefusedError, match=r"fetch-depth: 0.*bump-history"):
        run(clone)


@pytest.mark.parametrize("options", [Options("minor", from_commits=True), Options("", check=True, from_commits=True)])
def test_two_sources_of_the_version_are_one_too_many(released: Repository, options: Options) -> None:
    with pytest.raises(InputError, match="Set only one of them"):
        run(released, options)

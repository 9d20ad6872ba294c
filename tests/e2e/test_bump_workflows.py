"""`examples/workflows/check.yml` and `bump.yml`, unchanged: the version is held together, and raised."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests import emulated
from tests.e2e import act
from tests.github_api import WRITER, serving
from tests.github_git import GitDouble
from tests.openapi import Description
from tests.repositories import Repository

pytestmark = pytest.mark.e2e

Create = Callable[..., act.Repository]

BOT = "41898282+github-actions[bot]@users.noreply.github.com"
BRANCH = "release-actions/bump"


@pytest.fixture(scope="module")
def description(toolchains: dict[str, str]) -> Description:
    return Description(emulated.description(emulated.installed(toolchains)), "/repos/{owner}/{repo}/")


@pytest.fixture
def bumping(create: Create, description: Description) -> Iterator[tuple[act.Repository, GitDouble]]:
    """The repository, and GitHub's side of it."""
    repository = create("bump.yml")
    double = GitDouble(description, act.REPOSITORY, bare=Repository(repository.origin))
    with serving(double):
        variables = {"GITHUB_API_URL": double.address}
        yield replace(repository, variables=variables, secrets={"GITHUB_TOKEN": WRITER}), double


def proposed(repository: act.Repository) -> act.Repository:
    """The repository with the branch of the pull request checked out."""
    repository.git("fetch", "--quiet", "origin", BRANCH)
    repository.git("switch", "--quiet", "--detach", "FETCH_HEAD")
    return repository


def versions(top: Path) -> dict[str, str]:
    """The version in one manifest of each ecosystem, as it is spelt there."""
    return {
        "npm": json.loads((top / "sdks/typescript/client/package.json").read_text())["version"],
        "nuget": (top / "sdks/dotnet/Directory.Build.props").read_text().partition("<Version>")[2].partition("<")[0],
        "pypi": (top / "sdks/python/client/pyproject.toml").read_text().partition('version = "')[2].partition('"')[0],
    }


def test_manifests_that_agree_pass_the_check(create: Create) -> None:
    run = create("check.yml").run("pull_request", {"pull_request": {"head": {"ref": "rain"}, "base": {"ref": "main"}}})
    assert run.jobs == {"version": "success"}, run.log


def test_a_manifest_that_disagrees_fails_the_check_with_its_file_and_line(create: Create) -> None:
    repository = create("check.yml")
    manifest = repository.top / "sdks/python/types/pyproject.toml"
    manifest.write_text(manifest.read_text().replace('version = "1.4.0"', 'version = "1.3.9"'), encoding="utf-8")
    repository.commit("A slip")
    run = repository.run("pull_request", {"pull_request": {"head": {"ref": "rain"}, "base": {"ref": "main"}}})
    assert run.jobs == {"version": "failure"}, run.log
    places = {(entry["kvPairs"].get("file"), entry["kvPairs"].get("line")) for entry in run.entries if entry.get("command") == "error"}
    assert ("sdks/python/types/pyproject.toml", "7") in places, places
    assert repository.git("status", "--porcelain") == ""


def test_a_bump_opens_a_pull_request_with_the_version_in_every_manifest(bumping: tuple[act.Repository, GitDouble]) -> None:
    repository, double = bumping
    run = repository.run("workflow_dispatch", {"inputs": {"version": "minor"}})
    assert run.jobs == {"bump": "success"}, run.log
    assert (run.outputs("bump")["version"], run.outputs("bump")["branch"]) == ("1.5.0", BRANCH)
    [pull] = double.pulls
    assert (pull["title"], pull["head"]["ref"], pull["base"]["ref"]) == ("Version 1.5.0", BRANCH, "main")
    assert run.outputs("bump")["pull-request"] == pull["html_url"]
    assert repository.git("status", "--porcelain") == ""
    top = proposed(repository).top
    assert versions(top) == {"npm": "1.5.0", "nuget": "1.5.0", "pypi": "1.5.0"}
    assert repository.git("log", "-1", "--format=%s|%ae|%P") == f"Version 1.5.0|{BOT}|{repository.git('rev-parse', 'origin/main')}"


def test_another_bump_brings_the_open_pull_request_up_to_date(bumping: tuple[act.Repository, GitDouble]) -> None:
    repository, double = bumping
    for version in ("1.5.0", "2.0.0-rc.1"):
        run = repository.run("workflow_dispatch", {"inputs": {"version": version}})
        assert run.jobs == {"bump": "success"}, run.log
    assert [pull["title"] for pull in double.pulls] == ["Version 2.0.0-rc.1"]
    top = proposed(repository).top
    assert versions(top) == {"npm": "2.0.0-rc.1", "nuget": "2.0.0-rc.1", "pypi": "2.0.0rc1"}
    assert '"acme-weather-types==2.0.0rc1", # the two' in (top / "sdks/python/client/pyproject.toml").read_text()


def test_a_refused_pull_request_fails_with_what_to_allow(bumping: tuple[act.Repository, GitDouble]) -> None:
    repository, double = bumping
    double.protected = "pulls"
    run = repository.run("workflow_dispatch", {"inputs": {"version": "minor"}})
    assert run.jobs == {"bump": "failure"}, run.log
    assert any("allow GitHub Actions to create pull requests" in message for message in run.annotations()), run.log
    assert not double.pulls


@pytest.mark.parametrize("version", ["$(touch $HOME/pwned)", "1.5.0; touch $HOME/pwned", "1.5.0\n::set-output name=version::6.6.6", "1.5"])
def test_a_hostile_version_changes_nothing(bumping: tuple[act.Repository, GitDouble], version: str) -> None:
    repository, double = bumping
    run = repository.run("workflow_dispatch", {"inputs": {"version": version}})
    assert run.jobs == {"bump": "failure"}, run.log
    assert set(run.outputs("bump").values()) == {""}
    assert not repository.was_broken_into
    assert not double.pulls
    assert act.git(repository.origin, "branch", "--list") == "* main"

"""`examples/workflows/check.yml` and `bump.yml`, unchanged: the version is held together, and raised."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.e2e import act

pytestmark = pytest.mark.e2e

Create = Callable[..., act.Repository]

#: Writes down how it was called; GitHub itself is not here.
_GH = '#!/bin/sh\nprintf "%s\\n" "$*" >> "$HOME/gh.log"\n'


@pytest.fixture
def bumping(create: Create) -> act.Repository:
    """The repository, on a runner that has GitHub's command-line tool."""
    repository = create("bump.yml")
    tools = repository.folder / "tools"
    tools.mkdir()
    tools.joinpath("gh").write_text(_GH, encoding="utf-8")
    tools.joinpath("gh").chmod(0o755)
    return replace(repository, variables={"PATH": f"{tools}:{os.environ['PATH']}"})


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


def test_a_bump_opens_a_pull_request_with_the_version_in_every_manifest(bumping: act.Repository) -> None:
    run = bumping.run("workflow_dispatch", {"inputs": {"version": "minor"}})
    assert run.jobs == {"bump": "success"}, run.log
    assert run.outputs("bump")["version"] == "1.5.0"
    bumping.git("fetch", "--quiet", "origin", "bump-1.5.0")
    bumping.git("switch", "--quiet", "--detach", "FETCH_HEAD")
    assert versions(bumping.top) == {"npm": "1.5.0", "nuget": "1.5.0", "pypi": "1.5.0"}
    assert "pr create --head bump-1.5.0 --title Version 1.5.0" in (bumping.folder / "gh.log").read_text()


def test_a_prerelease_is_spelt_as_each_ecosystem_needs_it(bumping: act.Repository) -> None:
    run = bumping.run("workflow_dispatch", {"inputs": {"version": "2.0.0-rc.1"}})
    assert run.jobs == {"bump": "success"}, run.log
    bumping.git("fetch", "--quiet", "origin", "bump-2.0.0-rc.1")
    bumping.git("switch", "--quiet", "--detach", "FETCH_HEAD")
    assert versions(bumping.top) == {"npm": "2.0.0-rc.1", "nuget": "2.0.0-rc.1", "pypi": "2.0.0rc1"}
    assert '"acme-weather-types==2.0.0rc1", # the two' in (bumping.top / "sdks/python/client/pyproject.toml").read_text()


@pytest.mark.parametrize("version", ["$(touch $HOME/pwned)", "1.5.0; touch $HOME/pwned", "1.5.0\n::set-output name=version::6.6.6", "1.5"])
def test_a_hostile_version_changes_nothing(bumping: act.Repository, version: str) -> None:
    run = bumping.run("workflow_dispatch", {"inputs": {"version": version}})
    assert run.jobs == {"bump": "failure"}, run.log
    assert set(run.outputs("bump").values()) == {""}
    assert not bumping.was_broken_into
    assert act.git(bumping.origin, "branch", "--list") == "* main"

"""`examples/workflows/one-step.yml`, unchanged: a pushed tag ends on every registry and as a GitHub Release.

The tests tell one story in order, as the history of one repository.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests import emulated
from tests.e2e import act, hostile, registries
from tests.github_api import READER, WRITER, GitHubDouble, serving
from tests.openapi import Description

pytestmark = pytest.mark.e2e

FILES = 8  # two packages of each ecosystem, and for each of PyPI's two a second file


@pytest.fixture(scope="module")
def github(toolchains: dict[str, str]) -> Iterator[GitHubDouble]:
    description = Description(emulated.description(emulated.installed(toolchains)), "/repos/{owner}/{repo}/")
    with serving(GitHubDouble(description, act.REPOSITORY)) as double:
        yield double


@pytest.fixture(scope="module")
def repository(
    suite: Path,
    registry: registries.Registries,
    github: GitHubDouble,
    toolchains: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> act.Repository:
    folder = tmp_path_factory.mktemp("repository")
    registry.configure(folder)
    variables = toolchains | registry.variables | {"GITHUB_API_URL": github.address}
    secrets = registry.secrets | {"GITHUB_TOKEN": WRITER}
    made = act.Repository(folder, suite, "one-step.yml", variables, secrets).create()
    for message in hostile.MESSAGES:
        made.commit(message)
    return made


def tagged(repository: act.Repository, github: GitHubDouble, name: str) -> None:
    """Push a tag, to GitHub too."""
    repository.tag(name)
    github.tags[name] = repository.git("rev-parse", f"{name}^{{commit}}")


def test_a_token_that_may_not_write_stops_before_anything_is_published(
    repository: act.Repository, github: GitHubDouble, registry: registries.Registries
) -> None:
    tagged(repository, github, "v1.4.0")
    run = replace(repository, secrets={**repository.secrets, "GITHUB_TOKEN": READER}).tag_pushed("v1.4.0")
    assert run.jobs == {"release": "failure"}, run.log
    assert any("permissions: contents: write" in message for message in run.annotations()), run.log
    assert registry.contents() == {name: set() for name in registry.contents()}
    assert github.releases == {}


@pytest.fixture(scope="module")
def first(repository: act.Repository, github: GitHubDouble) -> act.Run:
    if "v1.4.0" not in github.tags:
        tagged(repository, github, "v1.4.0")
    return repository.tag_pushed("v1.4.0")


def test_a_pushed_tag_is_on_every_registry_and_on_github(first: act.Run, github: GitHubDouble, registry: registries.Registries) -> None:
    assert first.jobs == {"release": "success"}, first.log
    assert {version for versions in registry.contents().values() for version in versions} == {"1.4.0"}
    [release] = github.published()
    assert (release["tag_name"], release["prerelease"], github.latest) == ("v1.4.0", False, release["id"])
    assert len(github.files(release)) == FILES + 3
    assert first.outputs("release")["release-url"] == release["html_url"]
    assert "v1.4.0 is released" in first.summary


def test_what_is_on_the_registry_is_what_was_built(first: act.Run, github: GitHubDouble, registry: registries.Registries) -> None:
    assert first.code == 0
    [release] = github.published()
    built = json.loads(github.files(release)["release.json"])
    [client] = [package for package in built["packages"] if package["name"] == "@acme-weather/client"]
    assert registry.sha512("1.4.0") == client["files"][0]["sha512"]


def test_the_notes_let_nobodys_message_act(first: act.Run, repository: act.Repository, github: GitHubDouble) -> None:
    assert first.code == 0
    [release] = github.published()
    notes = release["body"]
    assert "@everyone" not in notes
    assert not re.search(r"(?<!\\)<(?!/?(details|summary)>)", notes)
    assert "pip install acme-weather-client==1.4.0" in notes
    assert len(notes) < 10_000
    assert first.outputs("release")["version"] == "1.4.0"
    # No command but those that the action itself gives: nothing was forged, masked or silenced.
    assert {str(entry["command"]) for entry in first.entries if "command" in entry} <= {"set-output", "add-mask", "summary"}
    assert not repository.was_broken_into


def test_no_secret_reaches_the_log(first: act.Run, repository: act.Repository) -> None:
    # The command that masks a secret names it; the runner shows it as ***.
    everything = first.log + json.dumps([entry for entry in first.entries if entry.get("command") != "add-mask"])
    assert [name for name, value in repository.secrets.items() if value in everything] == []


@pytest.mark.usefixtures("first")
def test_a_second_run_changes_nothing(repository: act.Repository, github: GitHubDouble, registry: registries.Registries) -> None:
    before, writes = registry.contents(), len(github.writes)
    run = repository.tag_pushed("v1.4.0")
    assert run.jobs == {"release": "success"}, run.log
    assert registry.contents() == before
    assert len(github.writes) == writes
    assert run.outputs("release")["already-there"] == "6"


@pytest.mark.usefixtures("first")
def test_a_prerelease_is_one_on_github_too(repository: act.Repository, github: GitHubDouble, registry: registries.Registries) -> None:
    latest = github.latest
    repository.bump("1.5.0-beta.1")
    tagged(repository, github, "v1.5.0-beta.1")
    run = repository.tag_pushed("v1.5.0-beta.1")
    assert run.jobs == {"release": "success"}, run.log
    [release] = [release for release in github.published() if release["tag_name"] == "v1.5.0-beta.1"]
    assert release["prerelease"]
    assert github.latest == latest
    assert "1.5.0b1" in registry.contents()["acme-weather-client"]
    assert "pip install acme-weather-client==1.5.0b1" in release["body"]
    assert "compare/v1.4.0...v1.5.0-beta.1" in release["body"]


def test_a_tag_that_is_no_release_changes_nothing(repository: act.Repository, github: GitHubDouble) -> None:
    writes = len(github.writes)
    run = repository.push_tag("v1.5")
    assert run.jobs == {"release": "failure"}
    assert any("Did you mean `v1.5.0`?" in message for message in run.annotations()), run.log
    assert len(github.writes) == writes

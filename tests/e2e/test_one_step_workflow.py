"""`examples/workflows/one-step.yml`, unchanged: one step releases to the registries and makes the GitHub Release.

GitHub's API is a double that keeps to GitHub's own description of it. The tests tell one story in order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import emulated, github_api
from tests.e2e import act, hostile, registries
from tests.openapi import Description

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("one-step-workflow")]


@pytest.fixture(scope="module")
def github(toolchains: dict[str, str]) -> Iterator[github_api.GitHubDouble]:
    description = Description(emulated.description(emulated.installed(toolchains)), "/repos/{owner}/{repo}/")
    with github_api.serving(github_api.GitHubDouble(description, act.REPOSITORY)) as double:
        yield double


@pytest.fixture(scope="module")
def repository(
    suite: Path,
    registry: registries.Registries,
    github: github_api.GitHubDouble,
    toolchains: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> act.Repository:
    folder = tmp_path_factory.mktemp("repository")
    registry.configure(folder)
    variables = toolchains | registry.variables | {"GITHUB_API_URL": github.address}
    secrets = registry.secrets | {"GITHUB_TOKEN": github_api.WRITER}
    made = act.Repository(folder, suite, "one-step.yml", variables, secrets).create()
    github.tags["v1.4.0"] = made.git("rev-parse", "HEAD")
    made.tag("v1.4.0")
    for message in hostile.MESSAGES:
        made.commit(message)
    made.bump("1.5.0")
    github.tags["v1.5.0"] = made.git("rev-parse", "HEAD")
    return made


@pytest.fixture(scope="module")
def first(repository: act.Repository) -> act.Run:
    return repository.push_tag("v1.5.0")


def test_one_step_releases_everywhere(first: act.Run, registry: registries.Registries, github: github_api.GitHubDouble) -> None:
    assert first.jobs == {"release": "success"}, first.log
    assert set(map(frozenset, registry.contents().values())) == {frozenset({"1.5.0"})}
    assert registry.dist_tags() == {"latest": "1.5.0"}
    (release,) = github.published()
    assert (release["tag_name"], release["prerelease"]) == ("v1.5.0", False)
    assert {"release.json", "SHA256SUMS", "AcmeWeather.Client.1.5.0.nupkg"} <= set(github.files(release))


def test_what_is_on_the_registry_is_what_was_built(
    first: act.Run, registry: registries.Registries, github: github_api.GitHubDouble
) -> None:
    (release,) = github.published()
    built = json.loads(github.files(release)["release.json"])
    (client,) = [package for package in built["packages"] if package["name"] == "@acme-weather/client"]
    assert registry.sha512("1.5.0") == client["files"][0]["sha512"]


def test_hostile_commit_messages_change_no_output_and_act_nowhere(
    first: act.Run, repository: act.Repository, github: github_api.GitHubDouble
) -> None:
    outputs = first.outputs("release")
    expected = {"version": "1.5.0", "dist-tag": "latest", "is-latest": "true", "previous-tag": "v1.4.0", "prerelease": "false"}
    assert {name: outputs[name] for name in expected} == expected
    assert first.annotations("error") == first.annotations("warning") == []
    assert {str(entry["command"]) for entry in first.entries if "command" in entry} <= {"set-output", "add-mask", "summary", "debug"}
    assert not repository.was_broken_into
    (release,) = github.published()
    assert "@everyone" not in release["body"]
    assert not re.search(r"(?<!\\)<", release["body"])
    assert "\u202e" not in release["body"]
    assert not re.search("x{1000}", release["body"])


def test_no_secret_reaches_the_log(first: act.Run, repository: act.Repository) -> None:
    everything = json.dumps([entry for entry in first.entries if entry.get("command") != "add-mask"])
    assert [name for name, value in repository.secrets.items() if value in everything] == []


@pytest.mark.usefixtures("first")
def test_a_second_run_changes_nothing_anywhere(
    repository: act.Repository, registry: registries.Registries, github: github_api.GitHubDouble
) -> None:
    before, writes = registry.contents(), len(github.writes)
    run = repository.tag_pushed("v1.5.0")
    assert run.jobs == {"release": "success"}, run.log
    assert run.outputs("release")["published"] == "0"
    assert run.outputs("release")["already-there"] == "6"
    assert registry.contents() == before
    assert github.writes[writes:] == []

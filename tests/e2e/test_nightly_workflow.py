"""`examples/workflows/nightly.yml`, unchanged: by the clock and by hand, twice, and after a run that did not end well.

The tests tell one story in order, as the history of one repository.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests import emulated
from tests.e2e import act, hostile, registries
from tests.github_api import READER, WRITER, GitHubDouble, serving
from tests.openapi import Description

pytestmark = pytest.mark.e2e

NIGHT = {"schedule": "17 3 * * *"}


class TagsOfOrigin(dict[str, str]):
    """The tags that GitHub shows: those of the origin, as soon as they are pushed."""

    def __init__(self, origin: Path) -> None:
        super().__init__()
        self._origin = origin

    def __contains__(self, name: object) -> bool:
        return str(name) in act.git(self._origin, "tag").split()

    def __getitem__(self, name: str) -> str:
        return act.git(self._origin, "rev-parse", f"refs/tags/{name}^{{commit}}")

    def setdefault(self, name: str, default: str = "") -> str:
        assert name in self, f"GitHub would have made {name} of the default branch"
        return default


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
    made = act.Repository(folder, suite, "nightly.yml", variables, registry.secrets | {"GITHUB_TOKEN": WRITER}).create()
    github.tags = TagsOfOrigin(made.origin)
    made.bump("1.4.0")
    made.tag("v1.4.0")
    made.top.joinpath("sdks/python/client/acme_weather_client/extra.py").write_text('"""More."""\n', encoding="utf-8")
    made.commit("feat: more weather")
    for message in hostile.MESSAGES:
        made.commit(message)
    return made


def tags(repository: act.Repository) -> list[str]:
    return act.git(repository.origin, "tag").split()


def versions(registry: registries.Registries) -> set[str]:
    return {version for there in registry.contents().values() for version in there}


def with_secrets(repository: act.Repository, **secrets: str) -> act.Repository:
    return replace(repository, secrets={**repository.secrets, **secrets})


def test_a_missing_token_takes_no_number(repository: act.Repository, github: GitHubDouble) -> None:
    others = {name: value for name, value in repository.secrets.items() if name != "NPM_TOKEN"}
    run = replace(repository, secrets=others).run("schedule", NIGHT)
    assert run.jobs == {"nightly": "failure"}, run.log
    assert "its number is still free" in run.summary
    assert (tags(repository), github.releases) == (["v1.4.0"], {})


def test_a_token_that_a_registry_refuses_leaves_one_to_be_completed(
    repository: act.Repository, github: GitHubDouble, registry: registries.Registries
) -> None:
    run = with_secrets(repository, NPM_TOKEN="a-token-that-nobody-knows").run("schedule", NIGHT)
    assert run.jobs == {"nightly": "failure"}, run.log
    assert "1.5.0-beta.1 is not complete; running again completes it" in run.summary
    assert tags(repository) == ["v1.4.0", "v1.5.0-beta.1"]
    assert registry.contents()["AcmeWeather.Client"] == {"1.5.0-beta.1"}
    assert (registry.contents()["@acme-weather/client"], github.published()) == (set(), [])


@pytest.fixture(scope="module")
def first(repository: act.Repository) -> act.Run:
    return repository.run("schedule", NIGHT)


def test_a_nightly_is_on_every_registry_and_a_prerelease_on_github(
    first: act.Run, repository: act.Repository, github: GitHubDouble, registry: registries.Registries
) -> None:
    assert first.jobs == {"nightly": "success"}, first.log
    outputs = first.outputs("nightly")
    assert (outputs["due"], outputs["version"], outputs["pypi"]) == ("true", "1.5.0-beta.1", "1.5.0b1")
    assert (outputs["published"], outputs["already-there"]) == ("4", "2")
    contents = registry.contents()
    assert contents["AcmeWeather.Client"] == contents["@acme-weather/client"] == {"1.5.0-beta.1"}
    assert contents["acme-weather-client"] == {"1.5.0b1"}
    assert registry.dist_tags()["nightly"] == "1.5.0-beta.1"
    assert registry.dependencies("1.5.0-beta.1")["@acme-weather/types"].endswith("1.5.0-beta.1")
    [release] = github.published()
    assert (release["tag_name"], release["prerelease"], github.latest) == ("v1.5.0-beta.1", True, None)
    assert "nightly: 1.5.0-beta.1 is completed" in first.summary


def test_the_branch_stays_and_the_tag_is_one_commit_above_it(first: act.Run, repository: act.Repository) -> None:
    outputs = first.outputs("nightly")
    assert act.git(repository.origin, "rev-parse", "v1.5.0-beta.1^") == outputs["source"] == repository.git("rev-parse", "HEAD")
    assert act.git(repository.origin, "branch", "--contains", "v1.5.0-beta.1") == ""
    assert "1.5.0-beta.1" in act.git(repository.origin, "show", "v1.5.0-beta.1:sdks/typescript/client/package.json")


def test_the_notes_tell_what_changed_and_nobodys_message_acts(first: act.Run, repository: act.Repository, github: GitHubDouble) -> None:
    [release] = github.published()
    assert "- more weather" in release["body"]
    assert "@everyone" not in release["body"]
    assert "npm install @acme-weather/client@1.5.0-beta.1" in release["body"]
    assert {str(entry["command"]) for entry in first.entries if "command" in entry} <= {"set-output", "add-mask", "summary", "warning"}
    assert not repository.was_broken_into
    assert [name for name, value in repository.secrets.items() if value in first.log] == []


@pytest.mark.usefixtures("first")
def test_the_next_night_makes_none_while_nothing_that_ships_has_changed(
    repository: act.Repository, github: GitHubDouble, registry: registries.Registries
) -> None:
    before, writes = registry.contents(), len(github.writes)
    repository.top.joinpath("README.md").write_text("# The SDKs\n", encoding="utf-8")
    repository.commit("docs: say less")
    run = repository.run("schedule", NIGHT)
    assert run.jobs == {"nightly": "success"}, run.log
    assert run.outputs("nightly")["due"] == "false"
    assert (registry.contents(), len(github.writes), tags(repository)) == (before, writes, ["v1.4.0", "v1.5.0-beta.1"])


@pytest.mark.usefixtures("first")
def test_what_github_did_not_take_the_next_run_completes(repository: act.Repository, github: GitHubDouble) -> None:
    github.releases.clear()
    refused = with_secrets(repository, GITHUB_TOKEN=READER).run("schedule", NIGHT)
    assert refused.jobs == {"nightly": "failure"}, refused.log
    run = repository.run("schedule", NIGHT)
    assert run.jobs == {"nightly": "success"}, run.log
    assert (run.outputs("nightly")["version"], run.outputs("nightly")["already-there"]) == ("1.5.0-beta.1", "6")
    assert [release["tag_name"] for release in github.published()] == ["v1.5.0-beta.1"]


@pytest.mark.usefixtures("first")
def test_a_person_can_ask_for_one(repository: act.Repository, registry: registries.Registries) -> None:
    dry = repository.run("workflow_dispatch", {"inputs": {"channel": "beta", "force": "true", "dry-run": "true"}})
    assert dry.jobs == {"nightly": "success"}, dry.log
    assert "nightly: 1.5.0-beta.2 would be made" in dry.summary
    assert (tags(repository), versions(registry)) == (["v1.4.0", "v1.5.0-beta.1"], {"1.5.0-beta.1", "1.5.0b1"})
    run = repository.run("workflow_dispatch", {"inputs": {"channel": "beta", "force": "true", "dry-run": "false"}})
    assert run.jobs == {"nightly": "success"}, run.log
    assert run.outputs("nightly")["version"] == "1.5.0-beta.2"
    assert "nightly: 1.5.0-beta.2 is out" in run.summary
    assert registry.dist_tags()["nightly"] == "1.5.0-beta.2"


@pytest.mark.usefixtures("first")
def test_dev_after_beta_is_refused(repository: act.Repository) -> None:
    run = repository.run("workflow_dispatch", {"inputs": {"channel": "dev", "force": "true", "dry-run": "false"}})
    assert run.jobs == {"nightly": "failure"}, run.log
    assert any("sort below" in message for message in run.annotations()), run.log

"""`examples/workflows/verify.yml` and `rollback.yml`, unchanged, after two releases of the sample repository.

The tests tell one story in order: what was released is verified, the second release is taken back, and verified again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests import emulated
from tests.e2e import act, registries
from tests.github_api import READER, WRITER, GitHubDouble, serving
from tests.openapi import Description

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("after-release")]

PACKAGES = {f"{prefix}{part}" for part in ("Client", "Types") for prefix in ("AcmeWeather.",)} | {
    f"{prefix}{part}" for part in ("client", "types") for prefix in ("@acme-weather/", "acme-weather-")
}
SECOND = {"version": "v1.5.0", "reason": "It reports Oslo's weather for Bergen."}


@pytest.fixture(scope="module")
def github(toolchains: dict[str, str]) -> Iterator[GitHubDouble]:
    description = Description(emulated.description(emulated.installed(toolchains)), "/repos/{owner}/{repo}/")
    with serving(GitHubDouble(description, act.REPOSITORY)) as double:
        yield double


@pytest.fixture(scope="module")
def repository(
    suite: object,
    registry: registries.Registries,
    github: GitHubDouble,
    toolchains: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> act.Repository:
    """The sample repository with both workflows; 1.4.0 and 1.5.0 are released."""
    folder = tmp_path_factory.mktemp("repository")
    registry.configure(folder)
    variables = toolchains | registry.variables | {"GITHUB_API_URL": github.address}
    secrets = registry.secrets | {"GITHUB_TOKEN": WRITER}
    made = act.Repository(folder, suite, "one-step.yml", variables, secrets).create()  # type: ignore[arg-type]
    for workflow in ("verify.yml", "rollback.yml"):
        shutil.copyfile(act.EXAMPLES / "workflows" / workflow, made.top / ".github" / "workflows" / workflow)
    made.commit("Verify and take back")
    for version in ("1.4.0", "1.5.0"):
        if version != "1.4.0":
            made.bump(version)
        made.tag(f"v{version}")
        github.tags[f"v{version}"] = made.git("rev-parse", f"v{version}^{{commit}}")
        run = made.tag_pushed(f"v{version}")
        assert run.code == 0, run.log
    return made


def verify(repository: act.Repository, **inputs: str) -> act.Run:
    """As its users run it, with a token that may only read and no secret of a registry."""
    reading = replace(repository, workflow="verify.yml", secrets={"GITHUB_TOKEN": READER})
    return reading.run("workflow_dispatch", {"inputs": inputs}) if inputs else reading.run("schedule", {})


def rollback(repository: act.Repository, **inputs: str) -> act.Run:
    given = SECOND | {"previous": "", "dry-run": "true"} | inputs
    return replace(repository, workflow="rollback.yml").run("workflow_dispatch", {"inputs": given})


def release_of(github: GitHubDouble, tag: str) -> dict[str, object]:
    (found,) = [release for release in github.published() if release["tag_name"] == tag]
    return found


def test_what_the_schedule_verifies_is_the_latest_release(repository: act.Repository) -> None:
    run = verify(repository)
    assert run.jobs == {"verify": "success"}, run.log
    outputs = run.outputs("verify")
    assert (outputs["version"], outputs["verified"], outputs["failed"]) == ("1.5.0", "6", "0")
    found = {one["name"]: one for one in json.loads(outputs["report"])["packages"]}
    assert set(found) == PACKAGES
    assert {(one["visible"], one["digest"], one["installed"]) for one in found.values()} == {("yes", "yes", "yes")}
    assert {found[name]["smoke"] for name in ("AcmeWeather.Client", "@acme-weather/client", "acme-weather-client")} == {"Oslo: 9 °C"}
    assert run.annotations("warning") == run.annotations("error") == []


def test_a_dry_run_is_what_one_gets_without_asking(
    repository: act.Repository, github: GitHubDouble, registry: registries.Registries
) -> None:
    before, writes = registry.dist_tags(), len(github.writes)
    run = rollback(repository)
    assert run.jobs == {"rollback": "success"}, run.log
    assert "would be done" in run.summary
    assert (registry.dist_tags(), len(github.writes)) == (before, writes)


def test_a_missing_token_stops_before_anything_is_done(
    repository: act.Repository, github: GitHubDouble, registry: registries.Registries
) -> None:
    writes = len(github.writes)
    poor = replace(repository, secrets={name: value for name, value in repository.secrets.items() if name != "NPM_TOKEN"})
    run = rollback(poor, **{"dry-run": "false"})
    assert run.jobs == {"rollback": "failure"}
    assert any("There is no token for the npm registry" in message for message in run.annotations()), run.log
    assert registry.dist_tags()["latest"] == "1.5.0"
    assert (registry.unlisted(), len(github.writes)) == (set(), writes)


def test_a_bad_target_stops_before_anything_is_done(
    repository: act.Repository, github: GitHubDouble, registry: registries.Registries
) -> None:
    writes = len(github.writes)
    run = rollback(repository, **{"dry-run": "false", "previous": "1.3.9"})
    assert run.jobs == {"rollback": "failure"}
    assert any("1.3.9, which is not on npm" in message for message in run.annotations()), run.log
    assert (registry.unlisted(), len(github.writes)) == (set(), writes)


@pytest.fixture(scope="module")
def taken_back(repository: act.Repository) -> act.Run:
    return rollback(repository, **{"dry-run": "false"})


def test_the_release_is_taken_back_everywhere(taken_back: act.Run, github: GitHubDouble, registry: registries.Registries) -> None:
    assert taken_back.jobs == {"rollback": "success"}, taken_back.log
    assert registry.unlisted() == {("AcmeWeather.Client", "1.5.0"), ("AcmeWeather.Types", "1.5.0")}
    for part in ("client", "types"):
        assert registry.dist_tags(part) == {"latest": "1.4.0"}
        words = f"{SECOND['reason']} Use @acme-weather/{part}@1.4.0 instead."
        assert registry.deprecations(part) == {"1.5.0": words}
    bad, good = release_of(github, "v1.5.0"), release_of(github, "v1.4.0")
    assert (bad["name"], bad["prerelease"], github.latest) == ("v1.5.0 (withdrawn)", True, good["id"])
    assert SECOND["reason"] in str(bad["body"]).replace("\\", "")


def test_what_is_left_to_people_is_said_with_the_page_and_the_way_forward(taken_back: act.Run, registry: registries.Registries) -> None:
    assert taken_back.outputs("rollback")["by-hand"] == "2"
    assert taken_back.outputs("rollback")["roll-forward"] == "1.5.1"
    page = f"{registry.pypi.url}/manage/project/acme-weather-client/release/1.5.0/"
    assert any(page in message for message in taken_back.annotations("warning")), taken_back.log
    assert "git push origin v1.5.1" in taken_back.summary


def test_no_secret_reaches_the_log(taken_back: act.Run, repository: act.Repository) -> None:
    everything = taken_back.log + json.dumps([entry for entry in taken_back.entries if entry.get("command") != "add-mask"])
    assert [name for name, value in repository.secrets.items() if value in everything] == []


@pytest.mark.usefixtures("taken_back")
def test_a_second_run_finds_everything_done(repository: act.Repository, github: GitHubDouble) -> None:
    writes = len(github.writes)
    run = rollback(repository, **{"dry-run": "false"})
    assert run.jobs == {"rollback": "success"}, run.log
    assert (run.outputs("rollback")["done"], run.outputs("rollback")["failed"]) == ("0", "0")
    assert len(github.writes) == writes


@pytest.mark.usefixtures("taken_back")
def test_the_schedule_now_verifies_the_release_before_it(repository: act.Repository) -> None:
    run = verify(repository)
    assert run.jobs == {"verify": "success"}, run.log
    assert run.outputs("verify")["version"] == "1.4.0"


@pytest.mark.usefixtures("taken_back")
def test_the_withdrawn_version_can_still_be_installed_by_name_and_is_told_to_be_withdrawn(repository: act.Repository) -> None:
    run = verify(repository, version="1.5.0")
    assert run.jobs == {"verify": "success"}, run.log
    assert sum("was withdrawn from" in message for message in run.annotations("warning")) == 4


def test_a_version_that_was_never_released_is_not_verified(repository: act.Repository) -> None:
    short = replace(repository, variables={**repository.variables})
    run = rollback(short, version="9.9.9", **{"dry-run": "false"})
    assert run.jobs == {"rollback": "failure"}
    assert any("No registry has a package of 9.9.9" in message for message in run.annotations()), run.log


@pytest.mark.usefixtures("taken_back")
def test_releasing_the_withdrawn_tag_again_is_refused(repository: act.Repository, registry: registries.Registries) -> None:
    run = repository.tag_pushed("v1.5.0")
    assert run.jobs == {"release": "failure"}
    assert any("The release v1.5.0 was withdrawn" in message for message in run.annotations()), run.log
    assert registry.dist_tags()["latest"] == "1.4.0"

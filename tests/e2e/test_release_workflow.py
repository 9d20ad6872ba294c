"""`examples/workflows/release.yml`, unchanged: pushed tags release the sample repository to throw-away registries.

The tests tell one story in order, as the history of one repository.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.e2e import act, hostile, registries

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def repository(
    suite: Path, registry: registries.Registries, toolchains: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> act.Repository:
    folder = tmp_path_factory.mktemp("repository")
    registry.configure(folder)
    made = act.Repository(folder, suite, "release.yml", toolchains | registry.variables, registry.secrets).create()
    for message in hostile.MESSAGES:
        made.commit(message)
    return made


@pytest.fixture(scope="module")
def first(repository: act.Repository) -> act.Run:
    return repository.push_tag("v1.4.0")


def everywhere(*versions: str) -> dict[str, set[str]]:
    """These versions of all packages."""
    names = [f"{prefix}{part}" for part in ("Client", "Types") for prefix in ("AcmeWeather.", "@acme-weather/", "acme-weather-")]
    return {name if name.startswith("Acme") else name.lower(): set(versions) for name in names}


def test_a_pushed_tag_puts_every_package_onto_its_registry(first: act.Run, registry: registries.Registries) -> None:
    assert first.code == 0, first.log
    assert first.jobs == {"tag": "success", "build": "success", "attest": "success", "publish": "success"}
    assert registry.contents() == everywhere("1.4.0")
    assert registry.dist_tags("client") == registry.dist_tags("types") == {"latest": "1.4.0"}


def test_outputs_cross_jobs_and_no_commit_message_changes_them(first: act.Run, repository: act.Repository) -> None:
    assert first.outputs("tag") == {
        "version": "1.4.0",
        "major": "1",
        "minor": "4",
        "patch": "0",
        "prerelease": "false",
        "channel": "stable",
        "nuget": "1.4.0",
        "npm": "1.4.0",
        "pypi": "1.4.0",
        "dist-tag": "latest",
        "is-latest": "true",
        "previous-tag": "",
        "commit": repository.git("rev-parse", "v1.4.0"),
    }
    assert "## Built 1.4.0" in first.summary
    assert first.annotations("error") == first.annotations("warning") == []
    assert not repository.was_broken_into


def test_every_secret_is_masked_and_none_reaches_the_log(first: act.Run, registry: registries.Registries) -> None:
    masks = [entry for entry in first.entries if entry.get("command") == "add-mask"]
    everything = json.dumps([entry for entry in first.entries if entry not in masks])
    assert {entry["arg"] for entry in masks} >= set(registry.secrets.values())
    assert [name for name, value in registry.secrets.items() if value in everything] == []


def test_the_report_names_every_package_and_its_registry(first: act.Run, registry: registries.Registries) -> None:
    for address in (registry.nuget.url, registry.npm.url, registry.pypi.index):
        assert address in first.summary
    assert first.summary.count("published, visible") >= 6


@pytest.mark.usefixtures("first")
def test_a_second_run_publishes_nothing_and_says_why(repository: act.Repository, registry: registries.Registries) -> None:
    before = registry.contents()
    run = repository.tag_pushed("v1.4.0")
    assert run.jobs == {"tag": "success", "build": "success", "attest": "success", "publish": "success"}, run.log
    assert "Nothing to publish: 6 packages already there" in run.summary
    assert registry.contents() == before


@pytest.mark.usefixtures("first")
def test_a_patch_to_an_old_line_does_not_take_latest(repository: act.Repository, registry: registries.Registries) -> None:
    repository.bump("1.5.0")
    assert repository.push_tag("v1.5.0").code == 0
    repository.switch("release/1.4", "v1.4.0")
    repository.bump("1.4.1")
    run = repository.push_tag("v1.4.1")
    assert run.code == 0, run.log
    assert run.outputs("tag")["is-latest"] == "false"
    assert {name: registry.dist_tags().get(name) for name in ("latest", "release-1.4.x")} == {"latest": "1.5.0", "release-1.4.x": "1.4.1"}
    assert "1.4.1" in registry.contents()["acme-weather-client"]

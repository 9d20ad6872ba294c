"""`examples/workflows/train.yml` and what it starts, unchanged: from the cut of a release branch to the release, with a hotfix between.

The tests tell one story in order, as the history of one repository. Time passes by tags that are made older.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import emulated
from tests.e2e import act, hostile, registries
from tests.github_api import READER, WRITER, serving
from tests.github_train import TrainDouble
from tests.openapi import Description
from tests.repositories import Repository

pytestmark = pytest.mark.e2e

MORNING = {"schedule": "41 6 * * *"}
DAY = 86_400


@pytest.fixture(scope="module")
def story(
    suite: Path, registry: registries.Registries, toolchains: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[act.Repository, TrainDouble]]:
    folder = tmp_path_factory.mktemp("repository")
    registry.configure(folder)
    description = Description(emulated.description(emulated.installed(toolchains)), "/repos/{owner}/{repo}/")
    variables = toolchains | registry.variables | {"UV_INDEX": registry.pypi.index}  # as organisations name theirs to uv
    made = act.Repository(folder, suite, "train.yml", variables, registry.secrets | {"GITHUB_TOKEN": WRITER})
    made.create()
    for name in ("release.yml", "downstream.yml"):
        made.with_workflow(name)
    made.commit("ci: workflows")
    made.git("push", "--quiet", "origin", "HEAD:refs/heads/master")
    made.tag("v1.4.0")
    made.git("switch", "--quiet", "--create", "develop")
    workflows = {"release.yml": set[str](), "downstream.yml": {"version", "projects"}}
    double = TrainDouble(description, act.REPOSITORY, bare=Repository(made.origin), workflows=workflows)
    with serving(double):
        made.variables = {**variables, "GITHUB_API_URL": double.address}
        made.commit("feat: more weather")
        for message in hostile.MESSAGES:
            made.commit(message)
        yield made, double


def branches(repository: act.Repository) -> set[str]:
    return set(act.git(repository.origin, "for-each-ref", "--format=%(refname:short)", "refs/heads").split())


def age(repository: act.Repository, tag: str, days: float) -> None:
    """Make the tag as if it had been made days ago."""
    made = act.git(repository.origin, "cat-file", "tag", tag).split("\n")
    tagger = next(index for index, line in enumerate(made) if line.startswith("tagger "))
    made[tagger] = f"tagger A <a@acme.example> {int(time.time() - days * DAY)} +0000"
    older = act.git(repository.origin, "mktag", text="\n".join(made) + "\n")
    act.git(repository.origin, "update-ref", f"refs/tags/{tag}", older)


def started(repository: act.Repository, double: TrainDouble, workflow: str) -> act.Run:
    """Run what the train started last with this workflow, as GitHub would."""
    _, tag, _, inputs = next(run for run in reversed(double.started) if run[0] == workflow)
    repository.git("fetch", "--quiet", "--force", "origin", "refs/tags/*:refs/tags/*", "refs/heads/*:refs/remotes/origin/*")
    repository.git("checkout", "--quiet", "--force", tag)
    run = repository.with_workflow(workflow).run("workflow_dispatch", {"ref": f"refs/tags/{tag}", "inputs": inputs})
    repository.git("checkout", "--quiet", "--force", "develop")
    repository.with_workflow("train.yml")
    return run


@pytest.fixture(scope="module")
def cut(story: tuple[act.Repository, TrainDouble]) -> act.Run:
    return story[0].run("schedule", MORNING)


@pytest.fixture(scope="module")
def candidate(story: tuple[act.Repository, TrainDouble], cut: act.Run) -> dict[str, str]:
    """The results of the jobs that the train started for its first candidate, which GitHub shows as checks of its commit."""
    assert cut.jobs == {"train": "success"}, cut.log
    repository, double = story
    release = started(repository, double, "release.yml")
    assert release.code == 0, release.log
    assert {name: release.outputs("tag")[name] for name in ("pypi", "dist-tag", "is-latest", "previous-tag")} == {
        "pypi": "1.5.0rc1",
        "dist-tag": "rc",
        "is-latest": "false",
        "previous-tag": "v1.4.0",
    }
    downstream = started(repository, double, "downstream.yml")
    assert downstream.code == 0, downstream.log
    jobs = release.jobs | downstream.jobs
    double.otherwise = [(name.capitalize(), "completed", result, "https://github.example/x") for name, result in jobs.items()]
    return jobs


def test_a_token_that_may_not_start_workflows_leaves_a_candidate_that_the_next_run_goes_on_with(
    story: tuple[act.Repository, TrainDouble],
) -> None:
    repository, double = story
    dry = repository.run("workflow_dispatch", {"inputs": {"cut": "auto", "soak-days": "7", "dry-run": "true"}})
    assert dry.jobs == {"train": "success"}, dry.log
    assert "v1.5.0-rc.1 would be next" in dry.summary
    assert (branches(repository), double.writes) == ({"main", "master", "develop"}, [])
    secrets, repository.secrets = repository.secrets, {**repository.secrets, "GITHUB_TOKEN": READER}
    run = repository.run("schedule", MORNING)
    repository.secrets = secrets
    assert run.jobs == {"train": "failure"}, run.log
    assert any("actions: write" in message for message in run.annotations()), run.log
    assert branches(repository) == {"main", "master", "develop", "release-1.5.0"}


def test_a_branch_is_cut_and_both_workflows_are_started(story: tuple[act.Repository, TrainDouble], cut: act.Run) -> None:
    repository, double = story
    assert cut.jobs == {"train": "success"}, cut.log
    tag = act.git(repository.origin, "rev-parse", "v1.5.0-rc.1^{commit}")
    assert tag == act.git(repository.origin, "rev-parse", "release-1.5.0")
    assert [(workflow, name) for workflow, name, _, _ in double.started] == [
        ("release.yml", "v1.5.0-rc.1"),
        ("downstream.yml", "v1.5.0-rc.1"),
    ]
    assert json.loads(double.started[1][3]["projects"])[0]["path"] == "examples/forecast"
    assert cut.outputs("train")["candidate"] == "v1.5.0-rc.1"
    assert not repository.was_broken_into


def test_the_candidate_is_published_and_tried_by_a_project_of_its_users(candidate: dict[str, str], registry: registries.Registries) -> None:
    assert candidate["publish"] == candidate["project"] == candidate["downstream"] == "success"
    assert "1.5.0-rc.1" in registry.contents()["@acme-weather/client"]
    assert "1.5.0rc1" in registry.contents()["acme-weather-client"]
    assert "1.5.0-rc.1" in registry.contents()["AcmeWeather.Client"]
    assert registry.dist_tags()["rc"] == "1.5.0-rc.1"
    assert registry.dependencies("1.5.0-rc.1") == {"@acme-weather/types": "1.5.0-rc.1"}


@pytest.mark.usefixtures("candidate")
def test_it_is_held_and_the_summary_has_a_picture(story: tuple[act.Repository, TrainDouble]) -> None:
    run = story[0].run("schedule", MORNING)
    assert run.jobs == {"train": "success"}, run.log
    assert run.outputs("train")["step"] == "hold"
    assert "is tried out until" in run.summary
    assert "```mermaid\ngantt" in run.summary


@pytest.mark.usefixtures("candidate")
def test_what_is_no_fix_is_refused(story: tuple[act.Repository, TrainDouble]) -> None:
    repository, _ = story
    repository.git("fetch", "--quiet", "origin")
    repository.git("switch", "--quiet", "--force-create", "release-1.5.0", "origin/release-1.5.0")
    repository.top.joinpath("sdks/python/client/acme_weather_client/hail.py").write_text('"""Hail."""\n', encoding="utf-8")
    feature = repository.commit("feat: $(touch $HOME/pwned) ::error::no")
    run = repository.run("schedule", MORNING)
    assert run.jobs == {"train": "failure"}, run.log
    assert re.search(rf"has the commit {feature[:12]} .* which is no fix", run.summary), run.log
    assert run.annotations() != []
    repository.git("revert", "--no-edit", feature)
    repository.git("push", "--quiet", "origin", "release-1.5.0")
    repository.git("switch", "--quiet", "develop")
    assert not repository.was_broken_into


@pytest.mark.usefixtures("candidate")
def test_after_a_week_it_is_released_and_merged_back(story: tuple[act.Repository, TrainDouble], registry: registries.Registries) -> None:
    repository, double = story
    age(repository, "v1.5.0-rc.1", 7.1)
    double.issues = [("Everything burns", "release-blocker")]
    held = repository.run("schedule", MORNING)
    assert "blocks releases" in held.summary, held.log
    double.issues = []
    run = repository.run("schedule", MORNING)
    assert run.jobs == {"train": "success"}, run.log
    assert json.loads(run.outputs("train")["steps"]) == ["promote", "dispatch", "merge-back", "clean-up"]
    assert branches(repository) == {"main", "master", "develop"}
    assert act.git(repository.origin, "rev-parse", "v1.5.0^{commit}") == act.git(repository.origin, "rev-parse", "master")
    changed = act.git(repository.origin, "diff", "--name-only", "v1.5.0-rc.1", "v1.5.0").split()
    assert changed
    assert all(path.startswith("sdks/") for path in changed)
    act.git(repository.origin, "merge-base", "--is-ancestor", "master", "develop")
    released = started(repository, double, "release.yml")
    assert released.code == 0, released.log
    assert registry.dist_tags()["latest"] == "1.5.0"
    assert [name for name, value in repository.secrets.items() if value in run.log + released.log] == []

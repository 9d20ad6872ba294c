"""What keeps candidates back, and workflows that are started, on a double that keeps to GitHub's description of its API."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests import emulated, repositories
from tests.fakes import FakeClock
from tests.github_api import READER, WRITER, Fault, serving
from tests.github_train import TrainDouble
from tests.openapi import Description

from release_actions.adapters.github import GitHubRepository
from release_actions.adapters.github_forge import GitHubForge
from release_actions.domain.readiness import Check, Verdict
from release_actions.domain.train import Blocker, Run
from release_actions.errors import RegistryError

pytestmark = [pytest.mark.contract, pytest.mark.xdist_group("github")]

TAG = "v1.5.0-rc.1"


@pytest.fixture(scope="session")
def description(toolchains: dict[str, str]) -> Description:
    return Description(emulated.description(emulated.installed(toolchains)), "/repos/{owner}/{repo}/")


@pytest.fixture
def double(description: Description, tmp_path: Path) -> Iterator[TrainDouble]:
    seed = repositories.made(tmp_path / "seed")
    seed.write("a.txt", "1")
    seed.commit("feat: begin")
    seed.git("tag", TAG)
    double = TrainDouble(description, bare=seed.cloned(tmp_path / "origin", "--bare"), workflows={"release.yml": {"version"}})
    with serving(double):
        yield double


def forge(double: TrainDouble, token: str = WRITER, run: str = "") -> GitHubForge:
    return GitHubForge(GitHubRepository(double.name, token, double.address, FakeClock()), run)


def commit(double: TrainDouble) -> str:
    return double.bare.git("rev-parse", f"{TAG}^{{commit}}")


def test_checks_are_those_of_the_commit(double: TrainDouble) -> None:
    double.otherwise = [("Tests", "completed", "success", "https://github.example/actions/runs/7/job/1")]
    assert list(forge(double).checks(commit(double))) == [Check("Tests", Verdict.PASSED, "https://github.example/actions/runs/7/job/1")]
    assert list(forge(double, run="7").checks(commit(double))) == []


def test_blockers_are_the_open_issues_with_the_label(double: TrainDouble) -> None:
    double.issues = [("Everything burns", "release-blocker"), ("A wish", "idea")]
    assert forge(double, READER).blockers("release-blocker") == (Blocker(1, "Everything burns", "https://github.example/issues/1"),)
    assert forge(double).blockers("other") == ()


def test_the_emulator_of_github_lists_the_same_blockers(toolchains: dict[str, str], double: TrainDouble, tmp_path: Path) -> None:
    issues = [("Everything burns", "release-blocker"), ("A wish", "idea")]
    seed = {
        "tokens": {WRITER: {"login": "acme", "scopes": ["repo"]}},
        "github": {"users": [{"login": "acme"}], "repos": [{"owner": "acme", "name": "sdk", "auto_init": True}]},
    }
    with emulated.emulate(emulated.installed(toolchains), tmp_path, toolchains, seed) as address:
        for title, label in issues:
            body = json.dumps({"title": title, "labels": [label]}).encode()
            headers = {"Authorization": f"Bearer {WRITER}", "Content-Type": "application/json"}
            urllib.request.urlopen(urllib.request.Request(f"{address}/repos/acme/sdk/issues", body, headers), timeout=30).close()
        there = GitHubForge(GitHubRepository("acme/sdk", WRITER, address, FakeClock()))
        double.issues = issues
        for label in ("release-blocker", "other"):
            found, known = there.blockers(label), forge(double).blockers(label)
            assert [(one.number, one.title) for one in found] == [(one.number, one.title) for one in known], label


def test_labels_are_those_of_the_pull_requests_of_a_commit(double: TrainDouble) -> None:
    double.labelled[commit(double)] = ["bug", "small"]
    assert forge(double).labels(commit(double)) == {"bug", "small"}
    assert forge(double).labels("d" * 40) == frozenset()


def test_a_workflow_is_started_for_a_tag_and_seen_from_then_on(double: TrainDouble) -> None:
    assert not forge(double).has_run("release.yml", TAG, commit(double))
    forge(double).dispatch(Run("release.yml", TAG, (("version", "1.5.0-rc.1"),)))
    assert double.started == [("release.yml", TAG, commit(double), {"version": "1.5.0-rc.1"})]
    assert forge(double).has_run("release.yml", TAG, commit(double))
    assert not forge(double).has_run("release.yml", "v1.5.0-rc.2", commit(double))


@pytest.mark.parametrize("run", [Run("other.yml", TAG), Run("release.yml", TAG, (("projects", "[]"),))])
def test_a_workflow_that_github_does_not_start_is_an_error_with_what_it_needs(double: TrainDouble, run: Run) -> None:
    with pytest.raises(RegistryError, match=r"on: workflow_dispatch.*actions: write.*candidate-dispatch"):
        forge(double).dispatch(run)
    assert double.started == []


def test_a_token_that_may_only_read_starts_nothing(double: TrainDouble) -> None:
    with pytest.raises(RegistryError, match="candidate-dispatch"):
        forge(double, READER).dispatch(Run("release.yml", TAG))


def test_an_answer_that_gets_lost_starts_it_once_more_at_worst(double: TrainDouble) -> None:
    double.faults = [Fault("POST", "dispatches", 502)]
    forge(double).dispatch(Run("release.yml", TAG))
    assert len(double.started) == 1


ASKED: dict[str, tuple[str, Callable[[TrainDouble], object]]] = {
    "/issues": ("issues: read", lambda double: forge(double).blockers("x")),
    "/pulls": ("pull-requests: read", lambda double: forge(double).labels(commit(double))),
    "/actions/": ("actions: read", lambda double: forge(double).has_run("release.yml", TAG, commit(double))),
}


@pytest.mark.parametrize("hidden", ASKED)
def test_what_the_job_may_not_see_is_told_with_the_permission(double: TrainDouble, hidden: str) -> None:
    permission, ask = ASKED[hidden]
    double.hidden = hidden
    with pytest.raises(RegistryError, match=f"{permission}.*candidate-permission"):
        ask(double)


def test_the_latest_release_of_another_repository_is_its_tag(double: TrainDouble) -> None:
    double.latest_elsewhere["acme/platform"] = "v3.1.0"
    assert forge(double).newest("acme/platform") == "v3.1.0"
    with pytest.raises(RegistryError, match=r"acme/other.*candidate-projects"):
        forge(double).newest("acme/other")

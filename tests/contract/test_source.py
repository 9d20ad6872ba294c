"""What GitHub says of a tag and of a commit's checks, on a double that keeps to GitHub's description of its API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests import emulated
from tests.fakes import FakeClock
from tests.github_api import READER, GitHubDouble, serving
from tests.github_checks import CheckedDouble
from tests.openapi import Description

from release_actions.adapters.github import GitHubRepository
from release_actions.adapters.source import GitHubSource
from release_actions.domain.readiness import Check, Verdict
from release_actions.errors import RegistryError

pytestmark = [pytest.mark.contract, pytest.mark.xdist_group("github")]

COMMIT = "c" * 40


@pytest.fixture(scope="session")
def description(toolchains: dict[str, str]) -> Description:
    return Description(emulated.description(emulated.installed(toolchains)), "/repos/{owner}/{repo}/")


@pytest.fixture
def double(description: Description) -> Iterator[CheckedDouble]:
    with serving(CheckedDouble(description, runs={COMMIT: []})) as double:
        assert isinstance(double, CheckedDouble)
        yield double


def source(double: GitHubDouble, run: str = "", token: str = READER) -> GitHubSource:
    return GitHubSource(GitHubRepository("acme/sdk", token, double.address, FakeClock()), run)


@pytest.mark.parametrize("annotated", [True, False])
def test_a_tag_leads_to_its_commit_or_is_not_there(double: CheckedDouble, annotated: bool) -> None:
    double.tags["v1.2.3"] = COMMIT
    double.annotated = {"v1.2.3"} if annotated else set()
    assert (source(double).leads_to("v1.2.3"), source(double).leads_to("v1.2.4")) == (COMMIT, None)


def test_a_token_that_github_does_not_know_is_no_missing_tag(double: CheckedDouble) -> None:
    with pytest.raises(RegistryError):
        source(double, token="unknown").leads_to("v1.2.3")


def test_checks_and_statuses_of_a_commit_are_told_apart_from_this_run(double: CheckedDouble) -> None:
    there = "https://github.example/acme/sdk/actions/runs"
    double.runs[COMMIT] = [
        ("test", "completed", "success", f"{there}/7/job/1"),
        ("docs", "completed", "skipped", f"{there}/7/job/2"),
        ("lint", "completed", "timed_out", f"{there}/77/job/3"),
        ("slow", "in_progress", None, f"{there}/8/job/4"),
        ("release / publish", "in_progress", None, f"{there}/99/job/5"),
    ]
    double.statuses[COMMIT] = [("ci", "success"), ("cla", "error"), ("deploy", "pending")]
    passed, failed, running = Verdict.PASSED, Verdict.FAILED, Verdict.RUNNING
    found = source(double, "99").checks(COMMIT)
    assert {(check.name, check.verdict) for check in found} == {
        *(("test", passed), ("docs", passed), ("lint", failed), ("slow", running)),
        *(("ci", passed), ("cla", failed), ("deploy", running)),
    }
    assert Check("lint", failed, f"{there}/77/job/3") in found
    assert "release / publish" in {check.name for check in source(double, "9").checks(COMMIT)}


@pytest.mark.parametrize(("state", "verdict"), [("success", Verdict.PASSED), ("failure", Verdict.FAILED), ("pending", Verdict.RUNNING)])
def test_more_statuses_than_github_lists_at_once_are_judged_together(double: CheckedDouble, state: str, verdict: Verdict) -> None:
    double.state = state
    double.statuses[COMMIT] = [(f"status {number}", "success") for number in range(35)]
    assert source(double).checks(COMMIT)[-1] == Check("5 more statuses", verdict)


def test_checks_that_the_job_may_not_see_are_told_with_the_permission_that_is_missing(double: CheckedDouble) -> None:
    with pytest.raises(RegistryError, match="checks-permission") as caught:
        source(double).checks("d" * 40)
    assert "checks: read" in str(caught.value)

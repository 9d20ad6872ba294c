"""What GitHub says of a tag and of a commit's checks, on a double that keeps to GitHub's description of its API."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests import emulated
from tests.fakes import FakeClock
from tests.github_api import READER, TIME, GitHubDouble, serving
from tests.openapi import Description

from release_actions.adapters.github import GitHubRepository
from release_actions.adapters.source import GitHubSource
from release_actions.domain.readiness import Check, Verdict
from release_actions.errors import RegistryError

pytestmark = [pytest.mark.contract, pytest.mark.xdist_group("github")]

COMMIT = "c" * 40


@dataclass
class CheckedDouble(GitHubDouble):
    """GitHub with checks (name, status, conclusion, address) and statuses (context, state) of the one commit."""

    runs: list[tuple[str, str, str | None, str]] = field(default_factory=list)
    statuses: list[tuple[str, str]] = field(default_factory=list)
    state: str = "failure"

    def _routes(self) -> list[tuple[str, str, Any]]:
        more = [(f"commits/{COMMIT}/check-runs", "GET", self._get_runs), (f"commits/{COMMIT}/status", "GET", self._get_status)]
        return [*super()._routes(), *more]

    def _get_runs(self, query: Mapping[str, str], **_: Any) -> tuple[int, Any]:
        assert query["filter"] == "latest"
        return 200, {"total_count": len(self.runs), "check_runs": [self._run(number, *run) for number, run in enumerate(self.runs)]}

    def _run(self, number: int, name: str, status: str, conclusion: str | None, address: str) -> dict[str, Any]:
        url = f"{self.address}/repos/{self.name}/check-runs/{number}"
        output = {"title": None, "summary": None, "text": None, "annotations_count": 0, "annotations_url": url}
        times = {"started_at": TIME, "completed_at": TIME if conclusion else None}
        links = {"url": url, "html_url": address, "details_url": address, "external_id": "", "node_id": f"CR_{number}"}
        found = {"id": number, "head_sha": COMMIT, "name": name, "status": status, "conclusion": conclusion, "output": output}
        return found | links | times | {"app": None, "check_suite": {"id": 1}, "pull_requests": []}

    def _get_status(self, **_: Any) -> tuple[int, Any]:
        url = f"{self.address}/repos/{self.name}/statuses/{COMMIT}"
        one = {"url": url, "avatar_url": None, "id": 1, "node_id": "S", "description": "", "target_url": None}
        one |= {"created_at": TIME, "updated_at": TIME}
        listed = [one | {"context": context, "state": state} for context, state in self.statuses[:30]]
        answer = {"state": self.state, "statuses": listed, "sha": COMMIT, "total_count": len(self.statuses)}
        return 200, answer | {"repository": self._shown_repository(), "commit_url": url, "url": url}

    def _shown_repository(self) -> dict[str, Any]:
        links = (
            "archive assignees blobs branches collaborators comments commits compare contents contributors deployments downloads events"
            " forks git_commits git_refs git_tags hooks issue_comment issue_events issues keys labels languages merges milestones"
            " notifications pulls releases stargazers statuses subscribers subscription tags teams trees"
        )
        url = f"{self.address}/repos/{self.name}"
        shown = {f"{link}_url": f"{url}/{link}" for link in links.split()} | {"url": url, "html_url": url, "description": None}
        return shown | {
            "id": 1,
            "node_id": "R",
            "name": "sdk",
            "full_name": self.name,
            "private": False,
            "fork": False,
            "owner": self._person(),
        }


@pytest.fixture(scope="session")
def description(toolchains: dict[str, str]) -> Description:
    return Description(emulated.description(emulated.installed(toolchains)), "/repos/{owner}/{repo}/")


@pytest.fixture
def double(description: Description) -> Iterator[CheckedDouble]:
    with serving(CheckedDouble(description)) as double:
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
    double.runs = [
        ("test", "completed", "success", f"{there}/7/job/1"),
        ("docs", "completed", "skipped", f"{there}/7/job/2"),
        ("lint", "completed", "timed_out", f"{there}/77/job/3"),
        ("slow", "in_progress", None, f"{there}/8/job/4"),
        ("release / publish", "in_progress", None, f"{there}/99/job/5"),
    ]
    double.statuses = [("ci", "success"), ("cla", "error"), ("deploy", "pending")]
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
    double.statuses = [(f"status {number}", "success") for number in range(35)]
    assert source(double).checks(COMMIT)[-1] == Check("5 more statuses", verdict)


def test_checks_that_the_job_may_not_see_are_told_with_the_permission_that_is_missing(double: CheckedDouble) -> None:
    with pytest.raises(RegistryError, match="checks-permission") as caught:
        source(double).checks("d" * 40)
    assert "checks: read" in str(caught.value)

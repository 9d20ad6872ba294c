"""The checks and statuses of commits on loopback, as GitHub describes its API for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.github_api import TIME, GitHubDouble, RefusedError


@dataclass
class CheckedDouble(GitHubDouble):
    """GitHub with checks (name, status, conclusion, address) and statuses (context, state) of commits; it knows those in `runs`."""

    runs: dict[str, list[tuple[str, str, str | None, str]]] = field(default_factory=dict)
    statuses: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    state: str = "failure"

    def _routes(self) -> list[tuple[str, str, Any]]:
        more = [(r"commits/(\w+)/check-runs", "GET", self._get_runs), (r"commits/(\w+)/status", "GET", self._get_status)]
        return [*super()._routes(), *more]

    def _checks_of(self, commit: str) -> list[tuple[str, str, str | None, str]]:
        if commit not in self.runs:
            raise RefusedError(404, "Not Found")
        return self.runs[commit]

    def _get_runs(self, commit: str, query: Mapping[str, str], **_: Any) -> tuple[int, Any]:
        assert query["filter"] == "latest"
        found = self._checks_of(commit)
        return 200, {"total_count": len(found), "check_runs": [self._run(commit, number, *run) for number, run in enumerate(found)]}

    def _run(self, commit: str, number: int, name: str, status: str, conclusion: str | None, address: str) -> dict[str, Any]:
        url = f"{self.address}/repos/{self.name}/check-runs/{number}"
        output = {"title": None, "summary": None, "text": None, "annotations_count": 0, "annotations_url": url}
        times = {"started_at": TIME, "completed_at": TIME if conclusion else None}
        links = {"url": url, "html_url": address, "details_url": address, "external_id": "", "node_id": f"CR_{number}"}
        found = {"id": number, "head_sha": commit, "name": name, "status": status, "conclusion": conclusion, "output": output}
        return found | links | times | {"app": None, "check_suite": {"id": 1}, "pull_requests": []}

    def _get_status(self, commit: str, **_: Any) -> tuple[int, Any]:
        self._checks_of(commit)
        statuses, url = self.statuses.get(commit, []), f"{self.address}/repos/{self.name}/statuses/{commit}"
        one = {"url": url, "avatar_url": None, "id": 1, "node_id": "S", "description": "", "target_url": None}
        one |= {"created_at": TIME, "updated_at": TIME}
        listed = [one | {"context": context, "state": state} for context, state in statuses[:30]]
        answer = {"state": self.state, "statuses": listed, "sha": commit, "total_count": len(statuses)}
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

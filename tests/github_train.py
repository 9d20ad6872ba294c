"""GitHub as a release train sees it, on loopback: issues, checks, pull requests of commits, and workflows that it starts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.github_api import RefusedError
from tests.github_checks import CheckedDouble
from tests.github_git import GitDouble


@dataclass
class TrainDouble(GitDouble, CheckedDouble):
    """A repository with open `issues` (title and label), and `workflows`, each with the inputs that it takes.

    `started` are the runs that were asked for: workflow, tag, commit and inputs. `labelled` are the labels of the pull request
    that brought a commit. Every commit of `bare` has the checks that `runs` says, or those of `otherwise`.
    """

    issues: list[tuple[str, str]] = field(default_factory=list)
    workflows: dict[str, set[str]] = field(default_factory=dict)
    started: list[tuple[str, str, str, dict[str, str]]] = field(default_factory=list)
    labelled: dict[str, list[str]] = field(default_factory=dict)
    otherwise: list[tuple[str, str, str | None, str]] = field(default_factory=list)
    latest_elsewhere: dict[str, str] = field(default_factory=dict)
    hidden: str = ""

    def _routes(self) -> list[tuple[str, str, Any]]:
        return [
            (r"issues", "GET", self._list_issues),
            (r"commits/(\w+)/pulls", "GET", self._pulls_of),
            (r"actions/workflows/([^/]+)/runs", "GET", self._list_runs),
            (r"actions/workflows/([^/]+)/dispatches", "POST", self._dispatch),
            *super()._routes(),
        ]

    def answer(self, method: str, path: str, query: Any, body: Any, token: str) -> tuple[int, Any]:
        """As the base class; also the latest release of other repositories. What `hidden` is in is not shown to the token."""
        if self.hidden and self.hidden in path:
            raise RefusedError(403, "Resource not accessible by integration")
        for name, tag in self.latest_elsewhere.items():
            if path == f"/repos/{name}/releases/latest":
                return 200, self.description.sample("release") | {"tag_name": tag}
        return super().answer(method, path, query, body, token)

    def _checks_of(self, commit: str) -> list[tuple[str, str, str | None, str]]:
        return self.runs.get(commit, self.otherwise)

    def _list_issues(self, *, query: dict[str, str], **_: Any) -> tuple[int, Any]:
        found = [(number, title) for number, (title, label) in enumerate(self.issues, 1) if label == query["labels"]]
        assert query["state"] == "open"
        return 200, [self._issue(number, title) for number, title in found]

    def _issue(self, number: int, title: str) -> dict[str, Any]:
        shown = {"number": number, "title": title, "html_url": f"https://github.example/issues/{number}", "user": self._person()}
        found: dict[str, Any] = self.description.sample("issue")
        return found | shown

    def _pulls_of(self, commit: str, **_: Any) -> tuple[int, Any]:
        plain = {"id": 1, "node_id": "L", "url": self._url("labels/x"), "description": "", "color": "ffffff", "default": False}
        labels = [plain | {"name": name} for name in self.labelled.get(commit, [])]
        return 200, [self.description.sample("pull-request-simple") | {"labels": labels}] if labels else []

    def _known(self, workflow: str) -> set[str]:
        if workflow not in self.workflows:
            raise RefusedError(404, "Not Found")
        return self.workflows[workflow]

    def _list_runs(self, workflow: str, *, query: dict[str, str], **_: Any) -> tuple[int, Any]:
        self._known(workflow)
        found = [run for run in self.started if (run[0], run[2]) == (workflow, query["head_sha"])]
        sample = self.description.sample("workflow-run")
        listed = [sample | {"id": number, "head_branch": run[1], "head_sha": run[2]} for number, run in enumerate(found, 1)]
        return 200, {"total_count": len(listed), "workflow_runs": listed}

    def _dispatch(self, workflow: str, *, body: dict[str, Any], **_: Any) -> tuple[int, Any]:
        unknown = set(body["inputs"]) - self._known(workflow)
        if unknown:
            raise RefusedError(422, f"Unexpected inputs provided: {sorted(unknown)}")
        commit = self.bare.git("rev-parse", f"refs/tags/{body['ref']}^{{commit}}")
        self.started.append((workflow, body["ref"], commit, dict(body["inputs"])))
        return 204, None

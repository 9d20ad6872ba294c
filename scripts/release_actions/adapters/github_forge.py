"""What GitHub says of candidates: checks, blockers, labels; and workflows that it is asked to start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from release_actions.adapters.github import GitHubRepository
from release_actions.adapters.source import GitHubSource
from release_actions.domain.readiness import Check
from release_actions.domain.train import Blocker, Run
from release_actions.errors import RegistryError

if TYPE_CHECKING:
    from github import GithubException
    from github.Repository import Repository

#: More open blockers than these say nothing more.
_MOST_BLOCKERS = 20
_SEEN_BY_NO_ONE = frozenset({403, 404})

_T = TypeVar("_T")


class GitHubForge:
    """One repository on GitHub; `run` is the number of the workflow run that this is part of."""

    def __init__(self, github: GitHubRepository, run: str = "") -> None:
        self._github = github
        self._source = GitHubSource(github, run)

    def checks(self, commit: str) -> Sequence[Check]:
        """See `ports.Forge`. Needs `permissions: checks: read` and `statuses: read`."""
        return self._source.checks(commit)

    def blockers(self, label: str) -> Sequence[Blocker]:
        """See `ports.Forge`; the newest of them. Needs `permissions: issues: read`."""
        return self._read(lambda repository: _blockers(repository, label), "the issues", "issues: read")

    def labels(self, commit: str) -> frozenset[str]:
        """See `ports.Forge`. Needs `permissions: pull-requests: read`."""
        return self._read(lambda repository: _labels(repository, commit), "the pull requests of a commit", "pull-requests: read")

    def has_run(self, workflow: str, tag: str, commit: str) -> bool:
        """See `ports.Forge`. Needs `permissions: actions: read`."""
        return self._read(lambda repository: _has_run(repository, workflow, tag, commit), f"the runs of {workflow}", "actions: read")

    def dispatch(self, run: Run) -> None:
        """See `ports.Forge`. Needs `permissions: actions: write`.

        Raises:
            RegistryError: GitHub does not start it (rule `candidate-dispatch`).
        """
        self._github.patiently(lambda repository: _dispatch(repository, run))

    def newest(self, repository: str) -> str:
        """See `ports.Forge`. Another repository has to be public, or the token one that may read it."""
        return self._github.elsewhere(repository).patiently(lambda other: _newest(other, repository))

    def _read(self, work: Callable[[Repository], _T], what: str, permission: str) -> _T:
        from github import GithubException

        def asked(repository: Repository) -> _T:
            try:
                return work(repository)
            except GithubException as error:
                if error.status not in _SEEN_BY_NO_ONE:
                    raise
                remedy = f"Give the job `permissions: {permission}`, and correct the names of workflows, if any are asked about."
                raise RegistryError("candidate-permission", f"GitHub does not show this job {what} ({_said(error)}).", remedy) from None

        return self._github.patiently(asked)


def _said(error: GithubException) -> str:
    data = error.data if isinstance(error.data, dict) else {}
    return f"{error.status}: {str(data.get('message') or error.data)[:300]}"


def _blockers(repository: Repository, label: str) -> tuple[Blocker, ...]:
    found = repository.get_issues(state="open", labels=[label]).get_page(0)
    return tuple(Blocker(issue.number, issue.title, issue.html_url) for issue in found[:_MOST_BLOCKERS])


def _labels(repository: Repository, commit: str) -> frozenset[str]:
    return frozenset(label.name for pull in repository.get_commit(commit).get_pulls() for label in pull.labels)


def _has_run(repository: Repository, workflow: str, tag: str, commit: str) -> bool:
    """Runs for a tag have its name for a branch's; others may be of the same commit."""
    return any(run.head_branch == tag for run in repository.get_workflow(workflow).get_runs(head_sha=commit))


def _dispatch(repository: Repository, run: Run) -> None:
    from github import GithubException

    try:
        repository.get_workflow(run.workflow).create_dispatch(run.tag, dict(run.inputs), throw=True)
    except GithubException as error:
        if error.status not in {*_SEEN_BY_NO_ONE, 422}:
            raise
        inputs = f" with the inputs {', '.join(name for name, _ in run.inputs)}" if run.inputs else ""
        remedy = (
            f"`.github/workflows/{run.workflow}` has to be on the default branch and at the tag, with `on: workflow_dispatch`{inputs};"
            " this job needs `permissions: actions: write`. Then run again."
        )
        raise RegistryError("candidate-dispatch", f"GitHub does not start {run.workflow} for {run.tag} ({_said(error)}).", remedy) from None


def _newest(other: Repository, name: str) -> str:
    from github import GithubException

    try:
        return other.get_latest_release().tag_name
    except GithubException as error:
        if error.status not in _SEEN_BY_NO_ONE:
            raise
        remedy = "Correct its name, or say which branch or tag: `owner/name@main`. A private one needs a token that may read it."
        raise RegistryError("candidate-projects", f"GitHub shows no latest release of {name} ({_said(error)}).", remedy) from None

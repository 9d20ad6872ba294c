"""Where a released commit lives: on GitHub, by its API, or at git's `origin`, which knows of tags alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from release_actions.adapters.git import GitRepository
from release_actions.adapters.github import GitHubRepository
from release_actions.domain.readiness import Check, Verdict
from release_actions.errors import InputError, RegistryError

if TYPE_CHECKING:
    from github.Repository import Repository

#: Conclusions and states that GitHub itself counts as passed (GitHub docs, "Troubleshooting required status checks").
_PASSED = frozenset({"success", "neutral", "skipped"})
_STATES = {"success": Verdict.PASSED, "pending": Verdict.RUNNING}


class GitHubSource:
    """The repository on GitHub; `run` is the number of the workflow run that this is part of."""

    def __init__(self, github: GitHubRepository, run: str = "") -> None:
        self._github = github
        self._run = run

    def leads_to(self, tag: str) -> str | None:
        """See `preflight.Source`."""
        return self._github.patiently(lambda repository: _commit_of(repository, tag))

    def checks(self, commit: str) -> Sequence[Check]:
        """See `preflight.Source`. Needs `permissions: checks: read` and `statuses: read`."""
        try:
            return self._github.patiently(lambda repository: [*self._runs(repository, commit), *_statuses(repository, commit)])
        except RegistryError as error:
            if error.findings[0].rule != "github-permission":
                raise
            what = f"GitHub does not show this job the checks of commit {commit[:12]}."
            raise RegistryError("checks-permission", what, "Give it `permissions: checks: read` and `statuses: read`.") from None

    def _runs(self, repository: Repository, commit: str) -> Iterator[Check]:
        for run in repository.get_commit(commit).get_check_runs(filter="latest"):
            if not (self._run and f"/actions/runs/{self._run}/" in f"{run.details_url or run.html_url}/"):
                verdict = Verdict.PASSED if run.conclusion in _PASSED else Verdict.FAILED
                yield Check(run.name, verdict if run.status == "completed" else Verdict.RUNNING, run.html_url or "")


def _statuses(repository: Repository, commit: str) -> Iterator[Check]:
    """The newest status of each context; of more than GitHub lists at once, what it says of them all."""
    combined = repository.get_commit(commit).get_combined_status()
    for status in combined.statuses:
        yield Check(status.context, _STATES.get(status.state, Verdict.FAILED), status.target_url or "")
    more = combined.total_count - len(combined.statuses)
    if more > 0:
        yield Check(f"{more} more statuses", _STATES.get(combined.state, Verdict.FAILED), "")


def _commit_of(repository: Repository, tag: str) -> str | None:
    from github import GithubException

    try:
        target = repository.get_git_ref(f"tags/{tag}").object
        assert target, "no Git reference"  # noqa: S101 - as PyGithub itself finds fault with an answer
        return repository.get_git_tag(target.sha).object.sha if target.type == "tag" else target.sha
    except GithubException as error:
        if error.status != 404:
            raise
        return None


class OriginSource:
    """git's `origin`; where there is none, the repository itself, whose tags nobody else moves."""

    def __init__(self, git: GitRepository) -> None:
        self._git = git

    def leads_to(self, tag: str) -> str | None:
        """See `preflight.Source`."""
        return next((one.commit for one in self._git.origin_tags() or self._git.tags() if one.name == tag), None)

    def checks(self, commit: str) -> Sequence[Check]:  # noqa: ARG002 - as the protocol says
        """See `preflight.Source`; git knows of none.

        Raises:
            InputError: always (rule `checks-unknown`).
        """
        raise InputError("checks-unknown", "Checks are required, and only GitHub knows of them.", "Set `github-token` and `repository`.")

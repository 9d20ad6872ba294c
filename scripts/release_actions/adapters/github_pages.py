"""The published releases of a repository on GitHub, to be read and marked; and changes proposed to its default branch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release_actions.adapters.github import GitHubRepository
from release_actions.adapters.github_commits import GitHubPullRequests
from release_actions.commands.ports.github import Change, ReleasePage
from release_actions.errors import Finding, RegistryError

if TYPE_CHECKING:
    from github.GitRelease import GitRelease
    from github.Repository import Repository

_CHUNK = 1 << 16
#: The records that are read are some kilobytes, whoever attached them.
_LARGEST = 16 * 1024 * 1024


class GitHubPages:
    """The releases of one repository."""

    def __init__(self, github: GitHubRepository) -> None:
        self._github = github

    def check(self) -> tuple[Finding, ...]:
        """Whether a repository is named and there is a token; what it may do is found out only by doing it."""
        try:
            self._github.require()
        except RegistryError as error:
            return error.findings
        return ()

    def pages(self) -> tuple[ReleasePage, ...]:
        """See `ports.ReleasePages`."""
        return self._github.patiently(_pages)

    def file(self, tag: str, name: str) -> bytes | None:
        """See `ports.ReleasePages`."""
        return self._github.patiently(lambda repository: _file(repository, tag, name))

    def rewrite(self, page: ReleasePage) -> None:
        """See `ports.ReleasePages`."""
        self._github.patiently(lambda repository: _rewrite(repository, page))

    def remove(self, tag: str) -> None:
        """See `ports.ReleasePages`."""
        self._github.patiently(lambda repository: _remove(repository, tag))


class GitHubDefaultBranch:
    """The default branch of one repository, `owner/name`."""

    def __init__(self, name: str, github: GitHubRepository) -> None:
        self._github = github
        self._requests = GitHubPullRequests(name, github)

    def read(self, path: str) -> bytes | None:
        """See `ports.DefaultBranch`."""
        return self._github.patiently(lambda repository: _read(repository, path))

    def propose(self, change: Change) -> str:
        """See `ports.DefaultBranch`."""
        base = self._github.patiently(lambda repository: _lead_branch(repository, change))
        return self._requests.propose(change.branch, base, change.title, change.body)


def _pages(repository: Repository) -> tuple[ReleasePage, ...]:
    from github import GithubException

    try:
        latest = repository.get_latest_release().id
    except GithubException as error:
        if error.status != 404:
            raise
        latest = 0
    return tuple(_page(release, release.id == latest) for release in repository.get_releases() if not release.draft)


def _page(release: GitRelease, latest: bool) -> ReleasePage:
    notes = (release.body or "").replace("\r\n", "\n")
    return ReleasePage(release.tag_name, release.name or release.tag_name, notes, release.prerelease, latest, release.html_url)


def _file(repository: Repository, tag: str, name: str) -> bytes | None:
    for asset in repository.get_release(tag).get_assets():
        if asset.name == name and asset.state == "uploaded":
            if asset.size > _LARGEST:
                raise RegistryError(
                    "github-asset", f"{name} of {tag} has {asset.size} bytes.", "It is no record of this suite's; attach the right one."
                )
            _, _, chunks = asset.download_asset(chunk_size=_CHUNK)
            return b"".join(chunks)
    return None


def _rewrite(repository: Repository, page: ReleasePage) -> None:
    latest = "true" if page.latest else "false"
    found = repository.get_release(page.tag)
    found.update_release(page.title, page.notes, draft=False, prerelease=page.prerelease, make_latest=latest)


def _remove(repository: Repository, tag: str) -> None:
    from github import GithubException

    try:
        repository.get_release(tag).delete_release()
    except GithubException as error:
        if error.status != 404:  # gone already, as when an answer got lost
            raise


def _read(repository: Repository, path: str) -> bytes | None:
    from github import GithubException

    try:
        found = repository.get_contents(path)
    except GithubException as error:
        if error.status != 404:
            raise
        return None
    return None if isinstance(found, list) else found.decoded_content


def _lead_branch(repository: Repository, change: Change) -> str:
    """Bring the branch, made from the default one if it is not there, to hold the files; the default branch's name."""
    from github import GithubException

    base = repository.default_branch
    try:
        _ = repository.get_git_ref(f"heads/{change.branch}").object  # what is not asked of a lazy client is not asked at all
    except GithubException as error:
        if error.status != 404:
            raise
        repository.create_git_ref(f"refs/heads/{change.branch}", repository.get_git_ref(f"heads/{base}").object.sha)
    for path, content in sorted(change.files.items()):
        held = repository.get_contents(path, ref=change.branch)
        if not isinstance(held, list) and held.decoded_content != content:
            repository.update_file(path, change.title, content, held.sha, branch=change.branch)
    return base

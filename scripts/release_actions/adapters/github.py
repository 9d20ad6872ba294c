"""Releases on GitHub, through PyGithub: made as drafts, completed, then published; brought to a state, never repeated."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from release_actions.adapters import github_answers as answers
from release_actions.commands.ports.github import WITHDRAWN_MARK, GitHubRelease
from release_actions.commands.ports.waiting import Clock
from release_actions.errors import Finding, RegistryError

if TYPE_CHECKING:  # PyGithub takes half a second to import: only commands that talk to GitHub pay for it
    from github import Github
    from github.GitRelease import GitRelease
    from github.GitReleaseAsset import GitReleaseAsset
    from github.Repository import Repository

#: Where GitHub's own API is, unless GITHUB_API_URL says otherwise.
API = "https://api.github.com"

#: Seconds without an answer; an upload is answered only when the file is stored.
_TIMEOUT = 120
_CHUNK = 1 << 16
_CONTENT_TYPES = {".json": "application/json", "": "text/plain; charset=utf-8"}
_SET_REPOSITORY = "Set `repository` to `owner/name`; in a workflow leave it at its default."
_NO_RELEASE = "Or set `github-release` to `false`."

_T = TypeVar("_T")


@dataclass(frozen=True)
class _File:
    path: Path
    sha256: str
    is_kept: bool = False


class GitHubRepository:
    """One repository on GitHub, `owner/name`; `api` is the address of the API, as GITHUB_API_URL gives it."""

    def __init__(self, name: str, token: str, api: str, clock: Clock) -> None:
        self._name = name
        self._token = token
        self._api = api.rstrip("/") or API
        self._clock = clock

    def elsewhere(self, name: str) -> GitHubRepository:
        """Another repository, with the same token."""
        return GitHubRepository(name, self._token, self._api, self._clock)

    def check(self, release: GitHubRelease) -> Sequence[Finding]:
        """What is known to stand in the way of this release, by reading alone.

        Whether a workflow's token may write can't be read; `draft_release` finds out by writing what can be taken back.
        """
        files = _files(release)
        try:
            self.require(_NO_RELEASE)
            self.patiently(lambda repository: _observe(repository, release, files))
        except RegistryError as error:
            return error.findings
        return ()

    def require(self, instead: str = "") -> None:
        """Raise RegistryError when no repository is named (rule `github-repository`), or there is no token (`github-token`).

        `instead` is the sentence that says how to do without a repository.
        """
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", self._name, re.ASCII):
            what = f"`{self._name[:100]}` names no repository on GitHub." if self._name else "No repository on GitHub is named."
            raise RegistryError("github-repository", what, f"{_SET_REPOSITORY} {instead}".rstrip())
        if not self._token:
            remedy = "Set `github-token`; in a workflow leave it at its default."
            raise RegistryError("github-token", "There is no token for GitHub.", remedy)

    def draft_release(self, release: GitHubRelease) -> None:
        """Prepare the release with all its files as a draft, which only maintainers see."""
        files = _files(release)
        self.patiently(lambda repository: _draft(repository, release, files))

    def publish_release(self, release: GitHubRelease) -> str:
        """Publish the release of this tag, or bring the published one to this state; its address."""
        files = _files(release)
        return self.patiently(lambda repository: _publish(repository, release, files))

    def patiently(self, work: Callable[[Repository], _T]) -> _T:
        """What `work` returns, after a few tries if GitHub is busy or out of reach."""
        from github import BadAttributeException, GithubException

        for attempt in range(1, answers.TRIES + 1):
            try:
                return work(self._client().get_repo(self._name))
            except GithubException as error:
                pause = answers.pause(error, attempt)
                failure = answers.refusal(error, self._name)
            except (BadAttributeException, AssertionError) as error:
                raise answers.unusable(self._api, error) from error
            except OSError as error:  # what `requests` raises when there is no answer is an OSError
                pause = 2.0**attempt
                failure = answers.unreachable(self._api, error)
            if pause is None or attempt == answers.TRIES:
                raise failure
            self._clock.sleep(pause)
        raise failure

    def _client(self) -> Github:
        """A client that tries once: writes must not be repeated unseen."""
        from github import Auth, Github

        return Github(
            auth=Auth.Token(self._token),
            base_url=self._api,
            timeout=_TIMEOUT,
            retry=None,
            per_page=100,
            user_agent="release-actions",
            seconds_between_requests=None,
            seconds_between_writes=None,
            lazy=True,
        )


def _observe(
    repository: Repository, wanted: GitHubRelease, files: Mapping[str, _File]
) -> tuple[GitRelease | None, dict[str, GitReleaseAsset]]:
    """The release of the tag, if there is one, and what it holds of the wanted files.

    Every try of every method starts here, so that an answer that got lost repeats nothing.
    """
    _require_tag(repository, wanted)
    found = _find(repository, wanted.tag)
    if found and (found.name or "").endswith(WITHDRAWN_MARK):
        raise RegistryError(
            "github-withdrawn",
            f"The release {wanted.tag} was withdrawn.",
            "Release the next version. If it is to come back after all, take the mark out of the title of its page on GitHub.",
        )
    if found is None or not files:
        return found, {}
    # The release's own list of assets leaves out those whose upload broke off, hence `get_assets`.
    held = {asset.name: asset for asset in found.get_assets() if asset.name in files}
    if not found.draft:
        _require_same(found, held, files)
    return found, held


def _draft(
    repository: Repository, wanted: GitHubRelease, files: Mapping[str, _File]
) -> tuple[GitRelease, Mapping[str, GitReleaseAsset | None]]:
    """The release, a complete draft unless it is published already; and the files that it still lacks, with what holds their name."""
    found, held = _observe(repository, wanted, files)
    if found is None:
        found = repository.create_git_release(
            wanted.tag, wanted.title, wanted.notes, draft=True, prerelease=wanted.prerelease, make_latest="false"
        )
    lacking = {name: held.get(name) for name, file in files.items() if name not in held or not _is_same(held[name], file)}
    if not found.draft:
        return found, {name: other for name, other in lacking.items() if not files[name].is_kept}
    for name, other in lacking.items():
        _attach(found, name, files[name], other)
    return found, {}


def _publish(repository: Repository, wanted: GitHubRelease, files: Mapping[str, _File]) -> str:
    found, lacking = _draft(repository, wanted, files)
    for name, other in lacking.items():
        _attach(found, name, files[name], other)
    if _differs(repository, found, wanted):
        latest = "true" if wanted.latest and not wanted.prerelease else "false"
        found = found.update_release(wanted.title, wanted.notes, draft=False, prerelease=wanted.prerelease, make_latest=latest)
    return found.html_url


def _require_tag(repository: Repository, wanted: GitHubRelease) -> None:
    """Publishing a release makes its tag on the default branch's head if GitHub doesn't have it."""
    from github import GithubException

    try:
        target = repository.get_git_ref(f"tags/{wanted.tag}").object
        assert target, "no Git reference"  # noqa: S101 - as PyGithub itself finds fault with an answer
        commit = repository.get_git_tag(target.sha).object.sha if target.type == "tag" else target.sha
    except GithubException as error:
        if error.status != 404:
            raise
        raise RegistryError(
            "github-tag",
            f"GitHub shows no tag `{wanted.tag}`.",
            f"Push it with `git push origin {wanted.tag}`. If it is there, the token can't see it. {answers.WRITE_PERMISSION}",
        ) from None
    if commit != wanted.commit:
        raise RegistryError(
            "github-tag-moved",
            f"On GitHub the tag `{wanted.tag}` leads to {commit}, but {wanted.commit} was released.",
            "Find out who moved the tag. What is published can't follow it: release the other commit as a new version.",
        )


def _find(repository: Repository, tag: str) -> GitRelease | None:
    """The release of the tag; a draft is not found by its tag, only in the list."""
    from github import GithubException

    try:
        return repository.get_release(tag)
    except GithubException as error:
        if error.status != 404:
            raise
    return next((release for release in repository.get_releases() if release.draft and release.tag_name == tag), None)


def _require_same(release: GitRelease, held: Mapping[str, GitReleaseAsset], files: Mapping[str, _File]) -> None:
    """Refuse a published release whose files are not those that are wanted, or that can't be given them any more."""
    whole = {name: asset for name, asset in held.items() if asset.state == "uploaded"}
    for name, asset in whole.items():
        if not _is_same(asset, files[name]):
            raise RegistryError(
                "github-asset-conflict",
                f"The published release {release.tag_name} has a file {name} with other bytes than those of this build.",
                "Find out where it came from. If nobody can have used it, delete it on the release's page and run again;"
                " otherwise release a new version.",
            )
    lacking = [name for name, file in files.items() if name not in whole and not file.is_kept]
    if lacking and release.raw_data.get("immutable"):
        raise RegistryError(
            "github-immutable",
            f"The release {release.tag_name} is published and immutable, without {', '.join(lacking)}.",
            "GitHub lets nobody attach files to it any more. Release the next version, and let this action make its release.",
        )


def _is_same(asset: GitReleaseAsset, file: _File) -> bool:
    """Whether the asset is these bytes, or is to be kept; one whose upload broke off is in another state than `uploaded`."""
    if asset.state != "uploaded" or file.is_kept:
        return asset.state == "uploaded"
    return (asset.digest or f"sha256:{_downloaded_sha256(asset)}") == f"sha256:{file.sha256}"


def _attach(release: GitRelease, name: str, file: _File, other: GitReleaseAsset | None) -> None:
    """Upload the file, in place of `other` of the same name."""
    if other is not None:
        other.delete_asset()
    kind = _CONTENT_TYPES.get(file.path.suffix, "application/octet-stream")
    with file.path.open("rb") as content:
        release.upload_asset_from_memory(content, file.path.stat().st_size, name, content_type=kind)


def _downloaded_sha256(asset: GitReleaseAsset) -> str:
    """The digest of the asset's bytes, for servers that don't tell it (GitHub Enterprise Server before 3.18)."""
    digest = hashlib.sha256()
    _, _, chunks = asset.download_asset(chunk_size=_CHUNK)
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()


def _differs(repository: Repository, found: GitRelease, wanted: GitHubRelease) -> bool:
    if found.draft or found.prerelease != wanted.prerelease or found.name != wanted.title:
        return True
    if (found.body or "").replace("\r\n", "\n").strip() != wanted.notes.strip():
        return True
    return not wanted.prerelease and _is_latest(repository, found) != wanted.latest


def _is_latest(repository: Repository, release: GitRelease) -> bool:
    from github import GithubException

    try:
        return repository.get_latest_release().id == release.id
    except GithubException as error:
        if error.status != 404:
            raise
        return False


def _files(release: GitHubRelease) -> dict[str, _File]:
    """The wanted files by the names that GitHub would give them: it replaces what is special in names."""
    paths = [*((path, False) for path in release.assets), *((path, True) for path in release.kept)]
    return {re.sub(r"[^A-Za-z0-9._-]+", ".", path.name).strip("."): _File(path, _sha256(path), kept) for path, kept in paths}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

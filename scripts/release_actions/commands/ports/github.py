"""GitHub, as far as releases are shown and changes proposed there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # every action waits for what is imported
    from release_actions.errors import Finding


#: How the title of a withdrawn release ends.
WITHDRAWN_MARK = " (withdrawn)"


@dataclass(frozen=True)
class GitHubRelease:
    """A release on GitHub: the tag and the commit that it must lead to, notes in Markdown, and files to attach.

    Those in `kept` are attached with the draft, and only where it has none of their name: what was noted first stays.
    """

    tag: str
    commit: str
    title: str
    notes: str
    prerelease: bool
    latest: bool
    assets: tuple[Path, ...] = ()
    kept: tuple[Path, ...] = ()


@dataclass(frozen=True)
class ReleasePage:
    """A release on GitHub as everybody sees it."""

    tag: str
    title: str
    notes: str
    prerelease: bool
    latest: bool
    address: str


class ReleasePages(Protocol):
    """The published releases of one repository on GitHub. Methods raise RegistryError when GitHub says no."""

    def check(self) -> Sequence[Finding]:
        """What is known to stand in the way of writing: no token, no repository named."""

    def pages(self) -> Sequence[ReleasePage]:
        """All of them, newest first; no drafts."""

    def file(self, tag: str, name: str) -> bytes | None:
        """The release's attached file of this name, or None when there is none."""

    def rewrite(self, page: ReleasePage) -> None:
        """Give the release of this tag the page's title, notes and prerelease mark, and `latest` if it says so."""

    def remove(self, tag: str) -> None:
        """Delete the release of this tag with its files; the tag stays."""


class GitHub(Protocol):
    """GitHub's API for one repository. Methods raise RegistryError when GitHub says no."""

    def check(self, release: GitHubRelease) -> Sequence[Finding]:
        """What is known to stand in the way of this release, by reading alone: no token, no such tag, other files."""

    def draft_release(self, release: GitHubRelease) -> None:
        """Prepare the release with all its files as a draft, which only maintainers see; an existing one is brought up to date.

        A published release is only compared: files with other bytes are refused (rule `github-asset-conflict`).
        """

    def publish_release(self, release: GitHubRelease) -> str:
        """Publish the release of this tag, or bring the published one to this state; its address."""


@dataclass(frozen=True)
class Change:
    """Files of the default branch to be replaced, and the pull request that proposes it."""

    branch: str
    title: str
    body: str
    files: Mapping[str, bytes]


class DefaultBranch(Protocol):
    """The branch of a repository on GitHub that others start from. Methods raise RegistryError when GitHub says no."""

    def read(self, path: str) -> bytes | None:
        """A file of the branch, or None when there is none."""

    def propose(self, change: Change) -> str:
        """Open a pull request with the change, or bring the open one of its branch to it; its address."""


class PullRequests(Protocol):
    """Pull requests of one repository on GitHub. Methods raise RegistryError when GitHub says no."""

    def propose(self, branch: str, base: str, title: str, body: str) -> str:
        """Open a pull request from `branch` into `base`, or bring the open one up to date; its address."""

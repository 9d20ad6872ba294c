"""What the commands need of the world, as Protocols; adapters fit them, and so do the doubles of the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar, runtime_checkable

from release_actions.domain.artifacts import Identity
from release_actions.domain.package import Ecosystem, Package
from release_actions.domain.readiness import Check
from release_actions.domain.release import BuiltPackage, Digest, OnRegistry
from release_actions.domain.standing import Standing
from release_actions.domain.train import Blocker, Run
from release_actions.errors import Finding

_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Tag:
    """A git tag: its name, the commit that it leads to, and whether it is an annotated tag object."""

    name: str
    commit: str
    annotated: bool


@dataclass(frozen=True)
class Signature:
    """git's verdict on a tag's signature: whether it is good, and git's own words on why (or why not)."""

    good: bool
    detail: str


@dataclass(frozen=True)
class Commit:
    """A commit: its full name, and its message's subject and body."""

    name: str
    subject: str
    body: str = ""


@dataclass(frozen=True)
class Changes:
    """How the work tree differs from its commit: tracked files that were changed, and files that git neither tracks nor ignores."""

    tracked: tuple[str, ...] = ()
    untracked: tuple[str, ...] = ()


class Git(Protocol):
    """The repository that is released. Every method raises ToolError when git fails."""

    def is_shallow(self) -> bool:
        """Whether history is cut off, as `actions/checkout` does without `fetch-depth: 0`."""

    def commit(self, revision: str) -> str | None:
        """The full name of the commit that `revision` leads to, or None when there is none."""

    def committed_at(self, revision: str) -> int:
        """When the commit was made, in seconds since 1970-01-01 UTC: the release's SOURCE_DATE_EPOCH."""

    def tags(self) -> Sequence[Tag]:
        """All tags, asked of `origin` too when the checkout may lack some."""

    def origin_tags(self) -> Sequence[Tag]:
        """The tags as `origin` has them; none when there is no `origin`.

        For a pushed annotated tag actions/checkout leaves a lightweight one in the clone (actions/checkout#882).
        """

    def signature(self, tag: str) -> Signature:
        """Whether the annotated tag bears a good signature, by git's configured keys."""

    def branches_with(self, commit: str, patterns: Sequence[str]) -> Sequence[str]:
        """The branches, local or of `origin`, that match one of the shell-style `patterns` and contain the commit."""

    def commits(self, since: str | None, until: str, paths: Sequence[str] = ()) -> Sequence[Commit]:
        """The commits of `until` that `since` doesn't have, newest first; those that touch `paths`, as git's pathspecs, if given."""

    def descends(self, revision: str, commit: str) -> bool:
        """Whether `commit`, by its full name, is `revision` or in its history; not when it is not here at all."""

    def branch(self) -> str | None:
        """The branch that is checked out, or None when HEAD is detached."""

    def origin_branches(self) -> Mapping[str, str]:
        """The commits of the branches as `origin` has them. Raises ToolError when there is none (rule `origin-unreachable`)."""

    def files(self) -> Sequence[str]:
        """The tracked files, as posix paths relative to the repository's top; no submodules, no symbolic links."""

    def files_with(self, text: str) -> Sequence[str]:
        """Those of `files` that hold `text`, in the work tree; binary files are not searched."""

    def changes(self) -> Changes:
        """How the work tree differs from the commit that is checked out; a folder of untracked files is named once."""


class Tree(Protocol):
    """The files of the work tree. Paths are posix and relative; none may leave the tree, also not by a symbolic link."""

    def read(self, path: str) -> bytes:
        """The file's bytes. Raises ManifestError when it is missing, a link out of the tree, or can't be read."""

    def each(self, paths: Sequence[str], use: Callable[[str, bytes], _Result]) -> Sequence[_Result | tuple[Finding, ...]]:
        """What `use` makes of each file, in their order; the findings where it or the reading raises ManifestError.

        Many files are shared out to several processes: `use` must change nothing, and make what can be pickled.
        """

    def replace(self, contents: Mapping[str, bytes]) -> None:
        """Replace all these files, each atomically, or none: when one can't be written, all keep their old bytes."""


#: The rules of refusals that stay: a name that belongs to somebody else, a version that takes no more files.
FINAL = frozenset({"id-reserved", "release-closed"})


class Registry(Protocol):
    """A package registry, through its official client for writing and by HTTP for reading."""

    ecosystem: Ecosystem

    @property
    def address(self) -> str:
        """The registry's address, for reports; it bears no secret."""

    def check(self, packages: Sequence[BuiltPackage], *, dry_run: bool = False) -> Sequence[Finding]:
        """What is known to stand in the way of uploading these packages: a missing client, no credential, a refused one.

        A `dry_run` leaves out what can't be found out without a trace.
        """

    def look_up(self, package: BuiltPackage) -> OnRegistry:
        """What the registry holds of this package. Raises RegistryError when it can't be asked."""

    def upload(self, package: BuiltPackage, files: Sequence[Path], dist_tag: str | None) -> None:
        """Upload these files of the package.

        The answer is not proof: callers look the package up afterwards. Raises RegistryError when the registry or the
        client says no (rule `already-exists` when it says that the version is taken, one of `FINAL` when trying again
        can't help), ToolError when the client is missing.
        """


@dataclass(frozen=True)
class Parcel:
    """What is uploaded of one package, and the dist-tag that it is published under, where there are such."""

    package: BuiltPackage
    files: Sequence[Path]
    dist_tag: str | None = None


@runtime_checkable
class Batches(Protocol):
    """A registry whose client uploads several packages in one call, with one credential for all of them."""

    def upload_together(self, parcels: Sequence[Parcel]) -> None:
        """Upload all of these, in their order, and end with the first that fails. Raises as `Registry.upload` does."""


class Downloads(Protocol):
    """A package registry, as far as files are fetched from it."""

    def served(self, package: BuiltPackage) -> Mapping[str, Digest]:
        """The digests of this version's files by name, as they are served now: fetched, not as the registry tells them.

        Raises RegistryError when they can't be fetched.
        """


@runtime_checkable
class Pointers(Protocol):
    """A registry whose packages have pointers that can be moved apart from an upload: npm's dist-tags."""

    def can_point(self, package: BuiltPackage) -> bool:
        """Whether the present credentials can move the package's pointers, as far as is known beforehand."""

    def point(self, package: BuiltPackage, tag: str, version: str) -> None:
        """Move the pointer `tag` of the package to `version`. Raises RegistryError when the registry or the client says no."""


class Withdrawals(Protocol):
    """A package registry, as far as it lets published versions be taken back. Its methods raise RegistryError when it says no."""

    ecosystem: Ecosystem

    @property
    def address(self) -> str:
        """The registry's address, for reports; it bears no secret."""

    def check(self, packages: Sequence[BuiltPackage]) -> Sequence[Finding]:
        """What the present credentials are known to lack for taking these packages back."""

    def standing(self, package: BuiltPackage) -> Standing:
        """What the registry offers of this package."""

    def withdraw(self, package: BuiltPackage, words: str) -> None:
        """Keep new users from this version: unlist it, or deprecate it with `words`. Not possible on PyPI."""

    def restore(self, package: BuiltPackage) -> None:
        """Undo `withdraw`."""

    def point(self, package: BuiltPackage, tag: str, version: str) -> None:
        """Move the pointer `tag` of the package to `version`, or away when that is empty. Only npm has pointers."""

    def page(self, package: BuiltPackage) -> str:
        """Where, or by which command, a person does what this can't."""


class Toolchain(Protocol):
    """The official tool that builds and packs the packages of one ecosystem."""

    ecosystem: Ecosystem

    def require(self) -> str:
        """The tool's name and version. Raises ToolError, with what to install, when it is missing or too old."""

    def pack(self, packages: Sequence[Package], folder: Path, epoch: int) -> Mapping[str, Sequence[Path]]:
        """Build and pack `packages`, given in dependency order, into `folder`; the packed files by package name.

        `epoch` is SOURCE_DATE_EPOCH, in seconds. Raises ToolError with the tool's output when a build fails.
        """


class Installer(Protocol):
    """What users of one ecosystem do with a published package, in a folder of its own and without any cache."""

    ecosystem: Ecosystem

    def install(self, package: BuiltPackage, folder: Path) -> None:
        """Install this version from its registry into the empty `folder`.

        Raises RegistryError (rule `not-installable`) when the registry does not offer the version, ToolError (rule
        `install-failed`) when it can't be installed.
        """

    def run(self, package: BuiltPackage, smoke: Path | None, folder: Path) -> str:
        """Run what was installed into `folder`, by the program `smoke` or by importing it, without secrets; what it printed.

        Raises ToolError (rule `smoke-failed`) when it fails.
        """


class Archives(Protocol):
    """Packed files, opened."""

    def identify(self, path: Path) -> Identity:
        """Read name and version from inside the file. Raises RefusedError when it is no package."""


class Clock(Protocol):
    """Time, so that waiting can be tested without waiting."""

    def now(self) -> float:
        """Seconds that only ever grow."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Progress(Protocol):
    """Words for the person who waits, printed at once and defused."""

    def __call__(self, line: str, /) -> None:
        """Say what happens now."""


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
class Person:
    """Who makes a commit."""

    name: str
    email: str


@dataclass(frozen=True)
class NewCommit:
    """A commit of these `files` as the work tree has them now, else as the first of `parents`; and the tag to put on it.

    `branch` is the one of `origin` that is to lead to it.
    """

    branch: str
    parents: tuple[str, ...]
    message: str
    files: tuple[str, ...]
    author: Person
    committer: Person
    tag: str | None = None


class Upstream(Protocol):
    """The repository that the checkout came from, to be written to."""

    def hand_over(self, wanted: NewCommit) -> str:
        """Make the commit, and lead branch and tag of `origin` to it: both or none, and never by force; its full name.

        Raises RefusedError when `origin` moved meanwhile (rule `remote-moved`) or does not take it (`push-refused`).
        """

    def adopt(self, commit: str, wanted: NewCommit) -> None:
        """Let the branch that is checked out follow `origin` to the commit, whose files the work tree has already; and the tag."""

    def fetch(self, branch: str) -> None:
        """Fetch the commits of this branch of `origin`."""


@dataclass(frozen=True)
class Tagged:
    """A tag of `origin`, and the commit that it leads to.

    `source` is the commit that the tagged one was made of, when `Workbench.commit` made it. `reached` says whether what is
    checked out has it, or its source, in its history; `date` is when it was committed, in seconds since 1970-01-01 UTC.
    """

    name: str
    commit: str
    source: str | None = None
    reached: bool = False
    date: int = 0


class Workbench(Protocol):
    """The repository, as far as releases are made of commits that are on no branch."""

    def tags(self) -> Sequence[Tagged]:
        """All tags of `origin` that lead to commits, as they are now; what the checkout lacks of them is fetched.

        Raises ToolError when `origin` can't be asked.
        """

    def commit(self, source: str, contents: Mapping[str, bytes], subject: str) -> str:
        """A commit on top of `source` with these files replaced, on no branch; the same one for the same arguments."""

    def differing(self, one: str, other: str) -> Sequence[str]:
        """The files that differ between two commits."""

    def claim(self, tag: str, commit: str) -> bool:
        """Give `origin` the tag; False when somebody else has it, or claimed any other since `tags` was asked.

        Raises ToolError when `origin` takes no tag (rule `tag-push`).
        """

    def checked_out(self, commit: str) -> AbstractContextManager[None]:
        """Check the commit out until the block ends; then, what was checked out before. No branch moves."""


@dataclass(frozen=True)
class Mark:
    """A tag of `origin`: the commit that it leads to, when it was made (of a lightweight one: its commit), and its annotation.

    The date is in seconds since 1970-01-01 UTC. `source` is as in `Tagged`.
    """

    name: str
    commit: str
    date: int
    words: str = ""
    source: str | None = None


@dataclass(frozen=True)
class Refs:
    """The branches of `origin`, each with its commit, and its tags, by name."""

    branches: Mapping[str, str]
    tags: Mapping[str, Mark]


@dataclass(frozen=True)
class Merge:
    """What a merge makes: its tree, and the files in which both sides changed the same; then the tree is of no use."""

    tree: str
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Move:
    """A ref of `origin`, by its full name, to be led from one object to another; None is that there is no such ref."""

    ref: str
    old: str | None
    new: str | None


class Branching(Protocol):
    """`origin`, as far as release trains move its branches and tags; commits are made aside, and nothing is checked out for long.

    Methods raise ToolError when git fails or `origin` can't be asked.
    """

    def refs(self) -> Refs:
        """Branches and tags of `origin` as they are now; what the checkout lacks of their history is fetched."""

    def tree(self, source: str, contents: Mapping[str, bytes]) -> str:
        """The tree of the commit `source` with these files replaced."""

    def commit(self, tree: str, parents: Sequence[str], message: str, date: int) -> str:
        """A commit on no branch, the same one for the same arguments; `date` is in seconds since 1970-01-01 UTC."""

    def merge(self, ours: str, theirs: str) -> Merge:
        """What merging the commit `theirs` into `ours` makes; neither moves."""

    def annotate(self, tag: str, commit: str, words: str, date: int) -> str:
        """An annotated tag object for the commit, which no ref leads to yet."""

    def push(self, moves: Sequence[Move]) -> bool:
        """Make all moves, or none; False when one of the refs moved since `refs` was asked, or another run pushed meanwhile.

        Raises RefusedError when `origin` does not take them (rule `push-refused`).
        """

    def differing(self, one: str, other: str) -> Sequence[str]:
        """The files that differ between two commits."""

    def changed_by(self, commit: str) -> Sequence[str]:
        """The files that the commit changes, seen from its first parent."""

    def trail(self, since: str, until: str) -> Sequence[str]:
        """The commits that the branch `until` was at since it left the history of `since`, newest first: first parents alone."""

    def folders(self, commit: str) -> Sequence[str]:
        """All folders of the commit, as posix paths."""

    def checked_out(self, commit: str) -> AbstractContextManager[None]:
        """Check the commit out until the block ends; then, what was checked out before. No branch moves."""


class Forge(Protocol):
    """GitHub, as far as it says what keeps a candidate back, and starts workflows. Methods raise RegistryError when it says no."""

    def checks(self, commit: str) -> Sequence[Check]:
        """The checks of the commit, but for those of this very run."""

    def blockers(self, label: str) -> Sequence[Blocker]:
        """The open issues and pull requests that bear the label."""

    def labels(self, commit: str) -> frozenset[str]:
        """The labels of the pull requests that brought the commit."""

    def has_run(self, workflow: str, tag: str, commit: str) -> bool:
        """Whether the workflow, by the name of its file, runs or ran for the tag at this commit."""

    def dispatch(self, run: Run) -> None:
        """Start a workflow for a tag."""

    def newest(self, repository: str) -> str:
        """The tag of the latest release of another repository, `owner/name`."""


class PullRequests(Protocol):
    """Pull requests of one repository on GitHub. Methods raise RegistryError when GitHub says no."""

    def propose(self, branch: str, base: str, title: str, body: str) -> str:
        """Open a pull request from `branch` into `base`, or bring the open one up to date; its address."""


def in_ecosystem(packages: Iterable[Package], ecosystem: Ecosystem) -> list[Package]:
    """Those of `packages` that belong to `ecosystem`, in their order."""
    return [package for package in packages if package.ecosystem is ecosystem]

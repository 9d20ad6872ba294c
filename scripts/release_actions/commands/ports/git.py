"""The repository that is released, as it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


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

    def changed(self) -> Sequence[str]:
        """The tracked files that differ from the commit that is checked out; sooner told than `changes`."""

    def changes(self) -> Changes:
        """How the work tree differs from the commit that is checked out; a folder of untracked files is named once."""

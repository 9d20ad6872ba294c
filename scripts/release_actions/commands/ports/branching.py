"""The branches of `origin`, as release trains move them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


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

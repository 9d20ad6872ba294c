"""The repository that the checkout came from, to be written to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Person:
    """Who makes a commit."""

    name: str
    email: str


@dataclass(frozen=True)
class NewCommit:
    """A commit in which files have these `contents`, else those of the first of `parents`; and the tag to put on it.

    `branch` is the one of `origin` that is to lead to it.
    """

    branch: str
    parents: tuple[str, ...]
    message: str
    contents: Mapping[str, bytes]
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

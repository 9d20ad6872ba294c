"""Releases of commits that are on no branch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


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

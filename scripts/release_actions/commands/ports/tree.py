"""The files of the work tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:  # every action waits for what is imported
    from release_actions.errors import Finding


_Result = TypeVar("_Result")


class Tree(Protocol):
    """The files of the work tree. Paths are posix and relative; none may leave the tree, also not by a symbolic link."""

    def read(self, path: str) -> bytes:
        """The file's bytes. Raises ManifestError when it is missing, a link out of the tree, or can't be read."""

    def each(self, paths: Sequence[str], use: Callable[[str, bytes], _Result]) -> Sequence[_Result | tuple[Finding, ...]]:
        """What `use` makes of each file, in their order; the findings where it or the reading raises ManifestError.

        Many files are shared out to several processes: `use` must change nothing, and make what can be pickled.
        """

    def replace(self, contents: Mapping[str, bytes]) -> Mapping[str, bytes]:
        """Replace all these files, each atomically, or none: when one can't be written, all keep their old bytes.

        Returns what they held.
        """

"""Package registries: what is asked of them, uploaded, pointed to and taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:  # every action waits for what is imported
    from release_actions.domain.package import Ecosystem
    from release_actions.domain.release import BuiltPackage, Digest, OnRegistry
    from release_actions.domain.standing import Standing
    from release_actions.errors import Finding


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

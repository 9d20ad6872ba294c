"""What packs packages, opens them, installs them and runs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # every action waits for what is imported
    from release_actions.domain.artifacts import Identity
    from release_actions.domain.package import Ecosystem, Package
    from release_actions.domain.release import BuiltPackage


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


def in_ecosystem(packages: Iterable[Package], ecosystem: Ecosystem) -> list[Package]:
    """Those of `packages` that belong to `ecosystem`, in their order."""
    return [package for package in packages if package.ecosystem is ecosystem]

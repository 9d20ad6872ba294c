"""The packages of a repository, and the ecosystems that they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from release_actions.domain.version import Scheme


class Ecosystem(StrEnum):
    """A family of packages with its own registry, in the order in which they are published: most reversible first.

    NuGet can unlist a version by API, npm can only move a tag away from it, PyPI has no API to take anything back.
    """

    NUGET = "nuget"
    NPM = "npm"
    PYPI = "pypi"

    @property
    def scheme(self) -> Scheme:
        """How this ecosystem spells versions."""
        return Scheme.PEP440 if self is Ecosystem.PYPI else Scheme.SEMVER

    @property
    def label(self) -> str:
        """The ecosystem's name as its people write it."""
        return {Ecosystem.NUGET: "NuGet", Ecosystem.NPM: "npm", Ecosystem.PYPI: "PyPI"}[self]


@dataclass(frozen=True)
class Package:
    """A package that the repository builds.

    `folder` and `manifest` are posix paths relative to the repository. `depends_on` names packages of the same
    repository and ecosystem. A `private` package is bumped with the others, but never built for a registry.
    """

    ecosystem: Ecosystem
    name: str
    version: str
    folder: str
    manifest: str
    private: bool = False
    depends_on: tuple[str, ...] = ()

"""The packages of a repository, and the ecosystems that they belong to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from release_actions.domain.version import Scheme
from release_actions.errors import InputError


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


def ecosystems(names: Iterable[str]) -> tuple[Ecosystem, ...]:
    """The ecosystems that the input `only` names, in the order in which they are published.

    Raises:
        InputError: a name is none of an ecosystem (rule `input-value`).
    """
    given = [name.lower() for name in names]
    for name in given:
        if name not in set(Ecosystem):
            shown = ", ".join(f"`{ecosystem}`" for ecosystem in Ecosystem)
            raise InputError("input-value", f"The input `only` names `{name[:100]}`.", f"Name some of {shown}.")
    return tuple(ecosystem for ecosystem in Ecosystem if ecosystem in given)


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

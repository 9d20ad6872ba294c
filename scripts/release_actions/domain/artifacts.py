"""What a packed file says of itself, and whether that is what the release expects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from release_actions.domain.distributions import same_version
from release_actions.domain.names import canonical
from release_actions.domain.package import Ecosystem, Package
from release_actions.domain.version import Version
from release_actions.errors import Finding, Place


@dataclass(frozen=True)
class Identity:
    """What a packed file says of itself."""

    ecosystem: Ecosystem
    name: str
    version: str


def disagreements(package: Package, version: Version, packed: Mapping[str, Identity]) -> Iterator[Finding]:
    """What in `packed`, identities by file name, is not `package` at `version` (rules `artifact-…`)."""
    spelt = version.spelt(package.ecosystem.scheme)
    place = Place(package.manifest)
    if not packed:
        yield Finding(
            "artifact-missing",
            f"Packing {package.name} made no file.",
            "Check that the project may be packed (`IsPackable` in .NET), or mark the package as private.",
            place,
        )
    for name, identity in packed.items():
        if not same_name(package, identity):
            yield Finding(
                "artifact-name",
                f"The packed file {name} says that it is {identity.ecosystem.label}'s `{identity.name}`, not `{package.name}`.",
                "Give the package the same name in its manifest and in its build.",
                place,
            )
        elif not _same_version(package.ecosystem, identity.version, spelt):
            yield Finding(
                "artifact-version",
                f"The packed file {name} says that its version is `{identity.version}`; the release is `{spelt}`.",
                f"Set {spelt} where the build takes its version from, for example with the `bump` action, and build again.",
                place,
            )


def same_name(package: Package, identity: Identity) -> bool:
    """Whether `identity` is of `package`, as the package's registry compares names."""
    ecosystem = package.ecosystem
    return identity.ecosystem is ecosystem and canonical(ecosystem, identity.name) == canonical(ecosystem, package.name)


def missing_kinds(package: Package, names: Sequence[str]) -> Iterator[Finding]:
    """What is missing from a Python package's files: users need a wheel, and distributions the source."""
    if package.ecosystem is Ecosystem.PYPI and names:
        for ending, kind in ((".whl", "wheel"), (".tar.gz", "source distribution")):
            if not any(name.endswith(ending) for name in names):
                yield Finding(
                    "artifact-missing", f"Packing {package.name} made no {kind}.", "Check its build backend.", Place(package.manifest)
                )


def _same_version(ecosystem: Ecosystem, found: str, spelt: str) -> bool:
    return same_version(found, spelt) if ecosystem is Ecosystem.PYPI else found == spelt

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
    """What a packed file says of itself.

    `private` says that it must not be published, `unresolvable` are dependencies that nobody can install from a
    registry, and `lacking` are fields that its registry insists on.
    """

    ecosystem: Ecosystem
    name: str
    version: str
    private: bool = False
    unresolvable: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


def unpublishable(name: str, identity: Identity) -> Iterator[Finding]:
    """Why the registry would refuse the packed file `name`, or why nobody could install it."""
    label = identity.ecosystem.label
    if identity.private:
        yield Finding(
            "artifact-private",
            f"{name} says that it is private, and {label} refuses that.",
            "Take the mark out of its manifest and build again, or mark the package as private in the configuration.",
            Place(name),
        )
    if identity.unresolvable:
        yield Finding(
            "artifact-dependency",
            f"{name} depends on what is on no registry: {', '.join(identity.unresolvable)[:500]}.",
            "Depend on published versions; npm leaves `file:`, `link:` and `workspace:` as they stand in package.json.",
            Place(name),
        )
    if identity.lacking:
        fields = ", ".join(f"`{field}`" for field in identity.lacking)
        yield Finding("artifact-metadata", f"{name} lacks {fields}, which {label} insists on.", "Set it and build again.", Place(name))


def disagreements(package: Package, version: Version, packed: Mapping[str, Identity]) -> Iterator[Finding]:
    """What in `packed`, identities by file name, is not `package` at `version` (rules `artifact-…`)."""
    spelt = version.spelt(package.ecosystem.scheme)
    place = Place(package.manifest)
    if not packed:
        yield Finding(
            "nothing-packed",
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
                    "nothing-packed", f"Packing {package.name} made no {kind}.", "Check its build backend.", Place(package.manifest)
                )


def _same_version(ecosystem: Ecosystem, found: str, spelt: str) -> bool:
    return same_version(found, spelt) if ecosystem is Ecosystem.PYPI else found == spelt

"""Parts of a repository that have versions of their own: each holds the places that speak of its packages, wherever they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from release_actions.domain.config import Group
from release_actions.domain.package import Package
from release_actions.manifests.manifest import Manifest, Site


@dataclass(frozen=True)
class Part:
    """The packages and the places of a group; without a group, of all that belongs to none."""

    packages: tuple[Package, ...]
    manifests: tuple[Manifest, ...]


def parted(
    packages: Sequence[Package], manifests: Sequence[Manifest], groups: Sequence[Group], home: Callable[[Manifest, Site], str | None]
) -> list[Part]:
    """The part of no group, and then that of each of `groups`.

    `home` is the manifest of the package that a place speaks of, None for the file's own. A reference to a package of
    another group follows that group's version.
    """
    return [_part(packages, manifests, group, groups, home) for group in (None, *groups)]


def of(path: str, groups: Iterable[Group]) -> Group | None:
    """The first of `groups` that the file belongs to."""
    return next((group for group in groups if any(fnmatchcase(path, pattern) for pattern in group.paths)), None)


def _part(
    packages: Sequence[Package],
    manifests: Sequence[Manifest],
    group: Group | None,
    groups: Sequence[Group],
    home: Callable[[Manifest, Site], str | None],
) -> Part:
    own = tuple(package for package in packages if of(package.manifest, groups) == group)
    names = {(package.ecosystem, package.name) for package in own}
    within = (replace(one, depends_on=tuple(name for name in one.depends_on if (one.ecosystem, name) in names)) for one in own)
    kept = []
    for manifest in manifests:
        versions, dependencies = (
            tuple(site for site in sites if of(home(manifest, site) or manifest.path, groups) == group)
            for sites in (manifest.versions, manifest.dependencies)
        )
        inside = of(manifest.path, groups) == group
        if versions or dependencies or inside:
            left = manifest.left_alone if inside else ()
            kept.append(replace(manifest, versions=versions, dependencies=dependencies, left_alone=left))
    return Part(tuple(within), tuple(kept))

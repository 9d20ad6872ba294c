"""What manifests amount to together: packages, and the sites that bear the version of the repository's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from release_actions.domain import config as configuration
from release_actions.domain.config import Config, Group
from release_actions.domain.names import canonical
from release_actions.domain.package import Ecosystem, Package
from release_actions.domain.version import Version
from release_actions.errors import Finding, ManifestError, Place
from release_actions.manifests import groups, msbuild, msbuild_evaluation, spelling
from release_actions.manifests.manifest import LeftAlone, Manifest, Site, Spelling

#: A package is named by its family and its canonical name.
_Key = tuple[str, str]
_ECOSYSTEMS: Mapping[str, Ecosystem] = {ecosystem.value: ecosystem for ecosystem in Ecosystem}


class Stated(NamedTuple):
    """A version that a file states of its own package: as it is written, and what it means, if anything."""

    manifest: Manifest
    site: Site
    version: Version | None

    @property
    def place(self) -> Place:
        """Where it is."""
        return self.manifest.place(self.site)

    @property
    def text(self) -> str:
        """What is written there; of a prefix, with the suffix that stands elsewhere."""
        return self.site.text


@dataclass(frozen=True)
class Workspace:
    """Everything in a repository that bears the version: its packages, and the files, both sorted by path.

    The manifests hold sites of the repository's own packages only. What belongs to one of `groups` is in that group's
    workspace, and in no other.
    """

    packages: tuple[Package, ...]
    manifests: tuple[Manifest, ...]
    groups: tuple[tuple[Group, Workspace], ...] = ()

    @cached_property
    def stated(self) -> tuple[Stated, ...]:
        """Every version that the files state; numbers without labels, such as AssemblyVersion, only repeat one."""
        return tuple(one for manifest in self.manifests for one in _stated_by(manifest))


def _stated_by(manifest: Manifest) -> Iterator[Stated]:
    suffix = next((site.text for site in manifest.versions if site.spelling is Spelling.SUFFIX), "")
    for site in manifest.versions:
        if site.spelling in {Spelling.NUMERIC, Spelling.SUFFIX}:
            continue
        if site.spelling is Spelling.CORE and suffix:
            site = site._replace(token=site.token._replace(text=f"{site.text}-{suffix}"))  # noqa: PLW2901
        yield Stated(manifest, site, spelling.meant(site))


def assemble(given: Iterable[Manifest], tracked: Collection[str], config: Config) -> Workspace:
    """The workspace that these manifests make, in a repository with these `tracked` files.

    Raises:
        ManifestError: declared files bear no version (rule `declared-file`), packages share a name (`package-doubled`),
            configured ones don't exist (`config-package`), or two rules find different versions at one place
            (`place-doubled`); all findings at once.
    """
    everything = msbuild_evaluation.inherit(given)
    named = {_key(manifest, manifest.speaks_of): manifest for manifest in everything if manifest.speaks_of}
    named |= {_key(manifest, manifest.name): manifest for manifest in everything if manifest.name}
    paths = {manifest.path for manifest in everything}
    manifests = _distinct(_own(manifest, named, paths) for manifest in everything)
    packages = tuple(_packages(manifests, named, config))
    findings = (*_overlapping(manifests), *_undeclared(manifests, tracked, config), *_unknown(packages, config), *_doubled(packages))
    findings += tuple(_empty(manifests, config))
    if findings:
        raise ManifestError.of(findings)
    if not config.groups:
        return Workspace(packages, manifests)

    def home(manifest: Manifest, site: Site) -> str | None:
        return named[_key(manifest, site.package)].path if site.package else site.owner

    common, *parts = (Workspace(part.packages, part.manifests) for part in groups.parted(packages, manifests, config.groups, home))
    return replace(common, groups=tuple(zip(config.groups, parts, strict=True)))


def _empty(manifests: Iterable[Manifest], config: Config) -> Iterator[Finding]:
    for group in config.groups:
        if not any(groups.of(manifest.path, config.groups) == group for manifest in manifests):
            place = Place(configuration.PATH, group.line)
            yield Finding("group-empty", f"No manifest belongs to the group `{group.name}`.", "Correct its `paths`, or remove it.", place)


def _key(manifest: Manifest, name: str) -> _Key:
    return manifest.family, canonical(manifest.family, name)


def _own(manifest: Manifest, named: Mapping[_Key, Manifest], paths: set[str]) -> Manifest:
    """`manifest` with the sites of own packages only, each token once, and placeholders among what is left alone."""
    borne = {_at(site): site for site in manifest.versions if site.owner is None or site.owner in paths}
    own = {
        _at(site): site
        for site in manifest.dependencies
        if site.package and _key(manifest, site.package) in named and (site.owner is None or site.owner in paths)
    }
    kept, kept_dependencies = list(borne.values()), [site for at, site in own.items() if at not in borne]
    placeholders = [site for site in (*kept, *kept_dependencies) if spelling.is_placeholder(site.text)]
    if not placeholders and len(kept) == len(manifest.versions) and len(kept_dependencies) == len(manifest.dependencies):
        return manifest
    if not placeholders:
        return manifest.bearing(tuple(kept), tuple(kept_dependencies), manifest.left_alone)
    notes = tuple(LeftAlone(site.line, site.key, site.text, "it is a placeholder", site.package is None) for site in placeholders)
    return manifest.bearing(
        tuple(site for site in kept if site not in placeholders),
        tuple(site for site in kept_dependencies if site not in placeholders),
        (*manifest.left_alone, *notes),
    )


def _at(site: Site) -> tuple[int, int]:
    return site.token[:2]


def _distinct(given: Iterable[Manifest]) -> tuple[Manifest, ...]:
    """`given` with each place once: what a file's kind, a marker or a pattern names again in the same spelling is the same."""
    read = list(given)
    times = Counter(manifest.path for manifest in read)
    manifests, taken = [], set()
    for manifest in read:
        if times[manifest.path] == 1:
            manifests.append(manifest)
            continue
        kept = tuple(site for site in manifest.versions if (manifest.path, site.token, site.spelling) not in taken)
        taken |= {(manifest.path, site.token, site.spelling) for site in kept}
        if len(kept) == len(manifest.versions):
            manifests.append(manifest)
        elif kept:
            manifests.append(replace(manifest, versions=kept))
    return tuple(manifests)


def _overlapping(manifests: Iterable[Manifest]) -> Iterator[Finding]:
    by_path: dict[str, list[Manifest]] = {}
    for manifest in manifests:
        by_path.setdefault(manifest.path, []).append(manifest)
    for path, several in by_path.items():
        if len(several) == 1:
            continue
        sites = sorted((site for one in several for site in (*one.versions, *one.dependencies)), key=lambda site: site.token.start)
        for one, other in pairwise(sites):
            if other.token.start < one.token.end:
                what = f"`{one.key}` and `{other.key}` find different versions at one place: `{one.text}` and `{other.text}`."
                yield Finding("place-doubled", what, "Narrow or remove the pattern or the marker.", Place(path, other.line))


def _packages(manifests: Iterable[Manifest], named: Mapping[_Key, Manifest], config: Config) -> Iterator[Package]:
    by_place = {place: manifest for manifest in named.values() for place in (manifest.path, manifest.folder)}
    for manifest in manifests:
        ecosystem = _ECOSYSTEMS.get(manifest.family)
        if not manifest.name or not ecosystem:
            continue
        named_here = (named.get(_key(manifest, name)) for name in manifest.requires)
        by_path = (by_place.get(place) for place in manifest.projects)
        needed = {other.name for other in (*named_here, *by_path) if other and other.name and other.path != manifest.path}
        private = config.settings(ecosystem, manifest.name).private
        yield Package(
            ecosystem,
            manifest.name,
            version_of(manifest),
            manifest.folder,
            manifest.path,
            private=manifest.private if private is None else private,
            depends_on=tuple(sorted(needed)),
        )


def version_of(manifest: Manifest) -> str:
    """The package's version as its manifest says it; empty when that says none."""
    if manifest.family == msbuild.FAMILY:
        return msbuild_evaluation.version(manifest.properties)
    if manifest.source:
        return manifest.source.text
    said = [site.text for site in manifest.versions] + [note.text for note in manifest.left_alone if note.of_package]
    return said[0] if said else ""


def _undeclared(manifests: Iterable[Manifest], tracked: Collection[str], config: Config) -> Iterator[Finding]:
    matched = {manifest.path for manifest in manifests if manifest.versions or manifest.dependencies}
    for path in config.files:
        if path in matched:
            continue
        if path not in tracked:
            remedy = "Commit it, or correct the list of declared files."
            yield Finding("declared-file", "This declared file is not among git's files.", remedy, Place(path))
        else:
            remedy = "Write a version into it, or take it off the list of declared files."
            yield Finding("declared-file", "Nothing in this declared file bears a version that can be set.", remedy, Place(path))


def _unknown(packages: Iterable[Package], config: Config) -> Iterator[Finding]:
    known = {(package.ecosystem, canonical(package.ecosystem, package.name)) for package in packages}
    for ecosystem, name in config.packages:
        if (ecosystem, canonical(ecosystem, name)) not in known:
            what = f"The repository has no {ecosystem.label} package `{name}`."
            yield Finding("config-package", what, "Correct the name, or remove the entry.", Place(configuration.PATH))


def _doubled(packages: Iterable[Package]) -> Iterator[Finding]:
    seen: dict[_Key, Package] = {}
    for package in packages:
        other = seen.setdefault((package.ecosystem, canonical(package.ecosystem, package.name)), package)
        if other is not package and not (other.private and package.private):
            what = f"The {package.ecosystem.label} package `{package.name}` is also described by {other.manifest}."
            remedy = f"Rename one, or list one under `exclude` in {configuration.PATH}."
            yield Finding("package-doubled", what, remedy, Place(package.manifest))

"""What to upload, in which order: the built release against what the registries hold. Registries are the only state.

Per file: absent → upload; there with the same digest → done; there with another digest → nothing at all is uploaded.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain

from release_actions.domain import pointers
from release_actions.domain.graph import waves
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage, File, OnRegistry, is_symbols
from release_actions.domain.version import Version
from release_actions.errors import Finding, RefusedError

Key = tuple[Ecosystem, str]
Found = Mapping[Key, OnRegistry]

_DIST_TAG = re.compile(r"[A-Za-z][A-Za-z0-9._-]*", re.ASCII)
#: What node-semver takes for a range (`v1`, `x`, `X.2`), which npm therefore refuses as a dist-tag.
_RANGE = re.compile(r"[vV]?([0-9]|[xX](\.|$)).*")


class Symbols(StrEnum):
    """When symbol packages are uploaded for a package that is already there."""

    AUTO = "auto"  # when nothing on the feed proves that they went along
    ONCE = "once"  # never: only with their package
    AGAIN = "again"  # always


class Latest(StrEnum):
    """When npm's `latest` goes to a version, where a token can move it."""

    LAST = "last"  # when the whole release is there
    AT_ONCE = "at-once"  # with the upload
    LATER = "later"  # when another run says `last`


@dataclass(frozen=True)
class Upload:
    """The files of one package that its registry lacks.

    `dist_tag` is the one of npm's that they are published under; `tags` are those to be looked after when all is there.
    """

    package: BuiltPackage
    files: tuple[File, ...]
    dist_tag: str | None = None
    tags: tuple[str, ...] = ()

    @property
    def is_reassurance(self) -> bool:
        """Whether the package is there, and only its symbols, which nobody can be asked about, go up once more."""
        return all(is_symbols(file) for file in self.files)


@dataclass(frozen=True)
class Pointer:
    """A dist-tag of an npm package that goes to `version` when everything is uploaded."""

    package: BuiltPackage
    tag: str
    version: str


@dataclass(frozen=True)
class Plan:
    """Uploads in waves, each of which needs the ones before it; pointers to move after all; and what forbids all of it."""

    waves: tuple[tuple[Upload, ...], ...] = ()
    conflicts: tuple[Finding, ...] = ()
    pointers: tuple[Pointer, ...] = ()

    @property
    def uploads(self) -> tuple[Upload, ...]:
        """All uploads, in order."""
        return tuple(chain.from_iterable(self.waves))

    @property
    def is_empty(self) -> bool:
        """Whether the registries hold all that they can be asked about, and their pointers are right."""
        return not self.conflicts and not self.pointers and all(upload.is_reassurance for upload in self.uploads)


def make(
    version: Version,
    packages: Iterable[BuiltPackage],
    found: Found,
    dist_tag: str = "",
    symbols: Symbols = Symbols.AUTO,
    movable: Collection[Key] = (),
    latest: Latest = Latest.LAST,
) -> Plan:
    """The plan for `packages` of one release, given what was `found` of each.

    `dist_tag` overrides npm's. Symbol packages go with the package that they belong to; `symbols` says when else.
    `movable` are the npm packages whose dist-tags can be moved after the upload: those wait under another tag, and get
    `latest` when everything is there, if not `latest` says otherwise.

    Raises:
        RefusedError: packages depend on each other in a circle (rule `dependency-cycle`).
    """
    packages = tuple(packages)
    order = [wave for ecosystem in Ecosystem for wave in waves(one for one in packages if one.ecosystem is ecosystem)]
    again = _without_proof(order, found) if symbols is Symbols.AUTO else {one.key for one in packages if symbols is Symbols.AGAIN}
    wanted = {package.key: _upload(version, package, found[package.key], dist_tag, package.key in again) for package in packages}
    conflicts = [conflict for package in packages for conflict in conflicting(package, found[package.key])]
    conflicts += [finding for upload in wanted.values() if upload.files for finding in _tag_conflicts(version, upload, found)]
    cared_for = () if latest is Latest.AT_ONCE else movable
    wanted = {key: _looked_after(upload, dist_tag) if key in cared_for else upload for key, upload in wanted.items()}
    uploads, moved = _staged(version, wanted, found, more_comes=latest is Latest.LATER)
    if latest is Latest.LATER:
        uploads, moved = {key: replace(upload, tags=()) for key, upload in uploads.items()}, ()
    ordered = tuple(tuple(uploads[one.key] for one in wave if uploads[one.key].files) for wave in order)
    return Plan(tuple(wave for wave in ordered if wave), tuple(dict.fromkeys(conflicts)), moved)


def moves(version: Version, package: BuiltPackage, found: OnRegistry, *tags: str) -> tuple[Pointer, ...]:
    """Which of `tags` must be moved, and where to, now that `version` of the package is on npm, whose state is `found`."""
    offered = _known(known for known in {*found.versions, package.version} if known not in found.withdrawn)
    moved = []
    for tag in dict.fromkeys(tags):
        is_at = _known([found.pointers[tag]]) if tag in found.pointers else []
        to = pointers.target(tag, version, offered, is_at[0] if is_at else None)
        if to is not None:
            moved.append(Pointer(package, tag, str(to)))
    return tuple(moved)


def conflicting(package: BuiltPackage, found: OnRegistry) -> tuple[Finding, ...]:
    """What the registry holds of this version that is not what was built."""
    built = {file.name: file for file in package.files}
    findings = []
    for name, digest in sorted(found.files.items()):
        if name not in built:
            findings.append(_conflict(package, "foreign-file", f"also holds {name}, which is not among the built files"))
        elif built[name].digest(digest.algorithm) != digest:
            ours = built[name].digest(digest.algorithm)
            findings.append(_conflict(package, "other-content", f"holds {name} with other content ({digest.short}, built: {ours.short})"))
    return tuple(findings)


def missing(package: BuiltPackage, found: OnRegistry) -> tuple[File, ...]:
    """The files that can be read back, and are not there."""
    return tuple(file for file in package.files if not is_symbols(file) and file.name not in found.files)


def pointer_warnings(package: BuiltPackage, found: OnRegistry, wanted: str | None = None) -> tuple[Finding, ...]:
    """What is wrong with the dist-tags: `latest` on a prerelease or an old line, or `wanted` not at this version."""
    findings = []
    latest = found.pointers.get(pointers.LATEST)
    offered = _known(known for known in found.versions if known not in found.withdrawn)
    stable = max((known for known in offered if not known.is_prerelease), default=None)
    best = str(stable) if stable else None
    if latest is not None and latest != best and (best is not None or latest == package.version):
        findings.append(_pointer(package, pointers.LATEST, latest, best))
    if wanted and wanted != pointers.LATEST and found.pointers.get(wanted) != package.version:
        findings.append(_pointer(package, wanted, found.pointers.get(wanted), package.version))
    return tuple(findings)


def dist_tag_of(version: Version, package: BuiltPackage, found: OnRegistry, override: str = "") -> str | None:
    """The dist-tag that the package is published under, from the versions that the registry itself knows."""
    if package.ecosystem is not Ecosystem.NPM:
        return None
    return override or pointers.dist_tag(version, _known(found.versions))


def _upload(version: Version, package: BuiltPackage, found: OnRegistry, override: str, symbols_again: bool) -> Upload:
    files = missing(package, found)
    if files or symbols_again:
        files += tuple(file for file in package.files if is_symbols(file))
    return Upload(package, files, dist_tag_of(version, package, found, override))


def _without_proof(order: Sequence[Sequence[BuiltPackage]], found: Found) -> set[Key]:
    """The NuGet packages whose symbols may be lacking, though they are there themselves.

    No wave is begun before the symbols of the wave before it are taken. So when any package of a later wave is there,
    the symbols are; of the last wave that is there nobody knows. Feeds take symbols any number of times.
    """
    nuget = [wave for wave in order if wave[0].ecosystem is Ecosystem.NUGET]
    begun = max((number for number, wave in enumerate(nuget) if any(found[one.key].files for one in wave)), default=0)
    return {one.key for wave in nuget[begun:] for one in wave}


def _looked_after(upload: Upload, override: str) -> Upload:
    """The upload with the dist-tags that it may move: a tag of the user's choice is meant to be the only one."""
    tags = (pointers.LATEST, upload.dist_tag) if upload.dist_tag and not override else (upload.dist_tag,)
    return replace(upload, tags=tuple(dict.fromkeys(tag for tag in tags if tag)))


def _staged(
    version: Version, uploads: Mapping[Key, Upload], found: Found, *, more_comes: bool
) -> tuple[dict[Key, Upload], tuple[Pointer, ...]]:
    """The uploads with those under another tag that can wait for `latest`; and the pointers that are moved at the end.

    A lone upload has nothing to wait for, unless `more_comes`; and a first publication gets `latest` whatever it is
    published under.
    """
    alone = not more_comes and sum(bool(upload.files) and not upload.is_reassurance for upload in uploads.values()) == 1
    staged = dict(uploads)
    moved: list[Pointer] = []
    for key, upload in uploads.items():
        if not upload.tags:
            continue
        if not upload.files:
            known = [tag for tag in upload.tags if tag == pointers.LATEST or tag in found[key].pointers]
            moved += moves(version, upload.package, found[key], *known)
        elif upload.dist_tag == pointers.LATEST and found[key].versions and not alone:
            staged[key] = replace(upload, dist_tag=pointers.STAGED)
            moved.append(Pointer(upload.package, pointers.LATEST, upload.package.version))
    return staged, tuple(moved)


def _tag_conflicts(version: Version, upload: Upload, found: Found) -> list[Finding]:
    tag = upload.dist_tag
    if tag is None:
        return []
    if not _DIST_TAG.fullmatch(tag) or _RANGE.fullmatch(tag):
        return [Finding("dist-tag-grammar", f"`{tag[:100]}` is no dist-tag.", "Use a word that is no version, for example `next`.")]
    if tag == pointers.LATEST and not pointers.is_latest(version, _known(found[upload.package.key].versions)):
        return [
            Finding(
                "dist-tag-latest",
                f"{upload.package.name} {version} must not become `latest` on npm: it is a prerelease, or a higher version is released.",
                "Leave the input `dist-tag` empty, or set another one.",
            )
        ]
    return []


def _known(versions: Iterable[str]) -> list[Version]:
    """Those of `versions` that are of our grammar; others are prereleases that nothing here depends on."""
    known = []
    for text in versions:
        try:
            known.append(Version.parse(text))
        except RefusedError:
            continue
    return known


def _conflict(package: BuiltPackage, rule: str, what: str) -> Finding:
    return Finding(
        rule,
        f"{package.ecosystem.label} {what}, for {package.name} {package.version}.",
        "Nothing was uploaded. A published version can't be changed: release the next version; or, if this one was built twice, "
        "publish the files of the first build.",
    )


def _pointer(package: BuiltPackage, tag: str, is_at: str | None, belongs_at: str | None) -> Finding:
    name = package.name
    if belongs_at is None:
        return Finding(
            "dist-tag",
            f"npm gave `{tag}` of {name} to {is_at}, as it does with a first publication.",
            "It moves with the first stable version; until then `npm install` takes this one.",
        )
    return Finding(
        "dist-tag",
        f"`{tag}` of {name} is at {is_at or 'no version'}, not at {belongs_at}.",
        f"Run: npm dist-tag add {name}@{belongs_at} {tag}",
    )

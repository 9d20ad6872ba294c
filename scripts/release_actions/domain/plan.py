"""What to upload, in which order: the built release against what the registries hold. Registries are the only state.

Per file: absent → upload; there with the same digest → done; there with another digest → nothing at all is uploaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Upload:
    """The files of one package that its registry lacks; `dist_tag` is npm's."""

    package: BuiltPackage
    files: tuple[File, ...]
    dist_tag: str | None = None


@dataclass(frozen=True)
class Plan:
    """Uploads in waves, each of which needs the ones before it; and what forbids all of them."""

    waves: tuple[tuple[Upload, ...], ...] = ()
    conflicts: tuple[Finding, ...] = ()

    @property
    def uploads(self) -> tuple[Upload, ...]:
        """All uploads, in order."""
        return tuple(chain.from_iterable(self.waves))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.waves and not self.conflicts


def make(version: Version, packages: Iterable[BuiltPackage], found: Found, dist_tag: str = "", symbols_again: bool = False) -> Plan:
    """The plan for `packages` of one release, given what was `found` of each.

    `dist_tag` overrides npm's. Symbol packages go with the package that they belong to; those of a package that is
    already there are uploaded only if `symbols_again`, since nobody can be asked whether they are there.

    Raises:
        RefusedError: packages depend on each other in a circle (rule `dependency-cycle`).
    """
    packages = tuple(packages)
    conflicts = [conflict for package in packages for conflict in conflicting(package, found[package.key])]
    uploads = {package.key: _upload(version, package, found[package.key], dist_tag, symbols_again) for package in packages}
    conflicts += [finding for upload in uploads.values() if upload.files for finding in _tag_conflicts(version, upload, found)]
    ordered = [_of(wave, uploads) for ecosystem in Ecosystem for wave in waves(one for one in packages if one.ecosystem is ecosystem)]
    return Plan(tuple(wave for wave in ordered if wave), tuple(dict.fromkeys(conflicts)))


def conflicting(package: BuiltPackage, found: OnRegistry) -> tuple[Finding, ...]:
    """What the registry holds of this version that is not what was built."""
    built = {file.name: file for file in package.files}
    findings = []
    for name, digest in sorted(found.files.items()):
        if name not in built:
            findings.append(_conflict(package, "foreign-file", f"also holds {name}, which is not among the built files"))
        elif built[name].digest(digest.algorithm) != digest:
            ours = built[name].digest(digest.algorithm)
            findings.append(_conflict(package, "other-content", f"holds {name} with other content ({digest}, built: {ours})"))
    return tuple(findings)


def missing(package: BuiltPackage, found: OnRegistry) -> tuple[File, ...]:
    """The files that can be read back, and are not there."""
    return tuple(file for file in package.files if not is_symbols(file) and file.name not in found.files)


def pointer_warnings(package: BuiltPackage, found: OnRegistry, wanted: str | None = None) -> tuple[Finding, ...]:
    """What is wrong with the dist-tags: `latest` on a prerelease or an old line, or `wanted` not at this version."""
    findings = []
    latest = found.pointers.get(pointers.LATEST)
    stable = max((known for known in _known(found.versions) if not known.is_prerelease), default=None)
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


def _of(wave: Iterable[BuiltPackage], uploads: Mapping[Key, Upload]) -> tuple[Upload, ...]:
    return tuple(uploads[package.key] for package in wave if uploads[package.key].files)


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

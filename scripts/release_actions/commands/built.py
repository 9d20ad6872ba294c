"""Read a built release, and hold every file against its record before anything is done with it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from release_actions.commands.ports.tools import Archives
from release_actions.domain.artifacts import unpublishable
from release_actions.domain.distributions import same_version
from release_actions.domain.names import canonical
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import FILE_NAME, BuiltPackage, File, Release, is_symbols
from release_actions.errors import Finding, InputError, Place, ReleaseError

_REMEDY = "Build again, and hand over the whole folder as `build` left it."


def read(folder: Path, only: Sequence[Ecosystem] = ()) -> Release:
    """The release whose record is in `folder`, without the packages of ecosystems that are not in `only`.

    Raises:
        InputError: there is no record (rule `release-folder`).
        RefusedError: the record can't be read (rule `release-json`).
    """
    path = folder / FILE_NAME
    try:
        release = Release.from_json(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            "release-folder",
            f"{path} can't be read: {getattr(error, 'strerror', None) or error}.",
            "Set the input `folder` to the folder that the action `build` wrote.",
        ) from None
    return replace(release, packages=tuple(package for package in release.packages if not only or package.ecosystem in only))


def wrong(release: Release, folder: Path, archives: Archives) -> tuple[Finding, ...]:
    """All that is not as the record says: versions, files, sizes, digests, and what the packages say of themselves."""
    findings = list(_repeated(release))
    for package in release.packages:
        findings += _wrong_package(package, release)
        for file in package.files:
            findings += _wrong_file(package, file, folder / file.name, archives)
    return tuple(findings)


def _repeated(release: Release) -> Iterator[Finding]:
    keys = Counter((package.ecosystem, canonical(package.ecosystem, package.name)) for package in release.packages)
    names = Counter(file.name for package in release.packages for file in package.files)
    for what in (*(f"{name} ({ecosystem.label})" for (ecosystem, name), count in keys.items() if count > 1), *_twice(names)):
        yield Finding("release-json", f"The record lists {what} twice.", _REMEDY, Place(FILE_NAME))


def _twice(names: Counter[str]) -> Iterator[str]:
    return (name for name, count in names.items() if count > 1)


def _wrong_package(package: BuiltPackage, release: Release) -> Iterator[Finding]:
    expected = release.version.spelt(package.ecosystem.scheme)
    if package.version != expected:
        what = f"{package.name} is recorded as {package.version}; {package.ecosystem.label} spells {release.version} as {expected}."
        yield Finding("artifact-version", what, _REMEDY, Place(FILE_NAME))
    packed = [file for file in package.files if not is_symbols(file)]
    if not packed or (package.ecosystem is not Ecosystem.PYPI and len(packed) > 1):
        what = f"{package.name} ({package.ecosystem.label}) is recorded with {len(packed)} packed files."
        yield Finding("artifact-missing", what, _REMEDY, Place(FILE_NAME))


def _wrong_file(package: BuiltPackage, file: File, path: Path, archives: Archives) -> Iterator[Finding]:
    try:
        found = measured(path)
    except OSError as error:
        yield Finding("artifact-missing", f"{file.name} can't be read: {error.strerror}.", _REMEDY, Place(file.name))
        return
    if found != file:
        built = f"{file.size} bytes, sha256 {file.sha256}"
        what = f"{file.name} is not the file that was built: {found.size} bytes, sha256 {found.sha256}; built: {built}."
        yield Finding("artifact-changed", what, _REMEDY, Place(file.name))
        return
    yield from _wrong_inside(package, file, path, archives)


def measured(path: Path) -> File:
    """The file's size and digests, as a record holds them."""
    sha256, sha512 = hashlib.sha256(), hashlib.sha512()
    size = 0
    with path.open("rb") as content:
        while chunk := content.read(1 << 20):
            size += len(chunk)
            sha256.update(chunk)
            sha512.update(chunk)
    return File(path.name, size, sha256.hexdigest(), sha512.hexdigest())


def _wrong_inside(package: BuiltPackage, file: File, path: Path, archives: Archives) -> Iterator[Finding]:
    try:
        inside = archives.identify(path)
    except ReleaseError as error:
        yield from error.findings
        return
    ecosystem = package.ecosystem
    if inside.ecosystem is not ecosystem or canonical(ecosystem, inside.name) != canonical(ecosystem, package.name):
        what = f"{file.name} says that it is {inside.name} ({inside.ecosystem.label}), not {package.name} ({ecosystem.label})."
        yield Finding("artifact-name", what, _REMEDY, Place(file.name))
    elif not _same_version(ecosystem, inside.version, package.version):
        what = f"{file.name} says that its version is {inside.version}, not {package.version}."
        yield Finding("artifact-version", what, _REMEDY, Place(file.name))
    if not is_symbols(file):
        yield from unpublishable(file.name, inside)


def _same_version(ecosystem: Ecosystem, first: str, second: str) -> bool:
    return same_version(first, second) if ecosystem is Ecosystem.PYPI else first == second

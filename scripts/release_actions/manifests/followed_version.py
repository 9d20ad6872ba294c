"""Dynamic versions of Python projects, followed to the file that bears them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace

from release_actions.domain import config as configuration
from release_actions.errors import Finding, ManifestError, Place
from release_actions.manifests import pyproject, python_code
from release_actions.manifests.lines import Lines, decoded
from release_actions.manifests.manifest import LeftAlone, Manifest, Site, Spelling, Token, VersionSource

_ALONE = re.compile(rb"\s*(?P<version>[0-9][!-~]*)\s*")


def follow(
    manifests: Iterable[Manifest],
    tracked: Collection[str],
    is_excluded: Callable[[str], bool],
    read: Callable[[str], bytes],
) -> Iterator[Manifest | Finding]:
    """`manifests`, and one more for each file that a dynamic version comes from; what the file's own kind saw there goes.

    A finding is given for each source that does not exist among git's files, or bears no plain version (rule
    `dynamic-version`). Sources that the configuration excludes are left alone.
    """
    given = list(manifests)
    followed: dict[tuple[str, Token], Manifest] = {}
    for place, manifest in enumerate(given):
        if manifest.source is None:
            continue
        found = _followed(manifest, manifest.source, tracked, is_excluded, read)
        if isinstance(found, Finding):
            yield found
        elif isinstance(found, LeftAlone):
            given[place] = replace(manifest, source=None, left_alone=(*manifest.left_alone, found))
        else:
            given[place] = replace(manifest, source=replace(manifest.source, text=found.versions[0].text))
            followed.setdefault((found.path, found.versions[0].token), found)
    for manifest in given:
        kept = tuple(site for site in manifest.versions if (manifest.path, site.token) not in followed)
        yield manifest if len(kept) == len(manifest.versions) else replace(manifest, versions=kept)
    yield from followed.values()


def _followed(
    manifest: Manifest,
    source: VersionSource,
    tracked: Collection[str],
    is_excluded: Callable[[str], bool],
    read: Callable[[str], bytes],
) -> Manifest | LeftAlone | Finding:
    if any(is_excluded(path) for path in source.paths):
        return LeftAlone(source.line, source.key, "", "it comes from a file that the configuration excludes")
    path = next((path for path in source.paths if path in tracked), None)
    place = Place(manifest.path, source.line)
    if path is None:
        names = ", ".join(f"`{path}`" for path in source.paths)
        what = f"The version comes from a file that is not among git's files: {names}."
        return Finding("dynamic-version", what, _remedy(f"Correct `{source.key}`, or commit the file"), place)
    try:
        site = _site(path, read(path), source, manifest.path)
    except ManifestError as error:
        return error.findings[0]
    if site is None:
        sought = " or ".join(f"`{name}`" for name in source.names)
        what = f"The version comes from `{path}`, " + (
            f"where no {sought} is set to a version in plain quotes." if sought else "which holds other than a version."
        )
        return Finding("dynamic-version", what, _remedy("Write the version there"), place)
    return Manifest(path, pyproject.FAMILY, versions=(site,))


def _remedy(first: str) -> str:
    return f"{first}; or, if a tool makes it, list the file under `exclude` in {configuration.PATH}."


def _site(path: str, data: bytes, source: VersionSource, owner: str) -> Site | None:
    if source.names:
        return python_code.constant(path, data, source.names, owner)
    start = decoded(path, data).bom
    match = _ALONE.fullmatch(data, start)
    if match is None:
        return None
    begin, end = match.span("version")
    token = Token(begin, end, Lines(data).at(begin), match["version"].decode())
    return Site(token, "the file", Spelling.PEP440, owner=owner)

"""What MSBuild projects inherit, and what their properties then mean.

A project takes properties from the nearest Directory.Build.props above it, and that one from the next when it imports
it (Microsoft, "Customize the build by folder").
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping

from release_actions.domain.names import canonical
from release_actions.manifests.manifest import LeftAlone, Manifest, Site, Spelling
from release_actions.manifests.msbuild import FAMILY, IMPORTS_ABOVE, PROJECT, PROPERTY, SDK, SHARED, TESTS, VERSIONS

#: These SDKs make programs and set IsPackable to false, or pack only what asks for it.
_PROGRAM_SDKS = ("Microsoft.NET.Sdk.Web", "Microsoft.NET.Sdk.Worker", "Microsoft.NET.Sdk.BlazorWebAssembly")


def inherit(manifests: Iterable[Manifest]) -> list[Manifest]:
    """`manifests` with what only all of them together tell of MSBuild's files.

    That is the names and privacy of projects, and which properties versions of the repository's own packages consist
    of, such as `AcmeVersion` in `<Version>$(AcmeVersion)</Version>`.
    """
    given = list(manifests)
    shared = {manifest.folder: manifest for manifest in given if manifest.path.rpartition("/")[2].lower() == SHARED.lower()}
    resolved = [_resolved(manifest, shared) if PROJECT.fullmatch(manifest.path) else manifest for manifest in given]
    ours = [manifest for manifest in resolved if manifest.family == FAMILY]
    referred = dict(_referred(ours))
    known = {site.key for manifest in ours for site in (*manifest.versions, *manifest.candidates)} & {*referred, *VERSIONS}
    return [_followed(manifest, referred, known) if manifest.family == FAMILY else manifest for manifest in resolved]


def _referred(manifests: list[Manifest]) -> Iterator[tuple[str, Spelling]]:
    """The properties that versions of own packages consist of, and how these spell the version."""
    own = {canonical(FAMILY, manifest.name) for manifest in manifests if manifest.name}
    for manifest in manifests:
        for name, spelling in VERSIONS.items():
            match = PROPERTY.fullmatch(manifest.properties.get(name, ""))
            if match and match[1] not in VERSIONS:
                yield match[1], spelling
        for site in manifest.dependencies:
            match = PROPERTY.fullmatch(site.text.strip("[] "))
            if match and site.package and canonical(FAMILY, site.package) in own and match[1] not in VERSIONS:
                yield match[1], Spelling.SEMVER


def _followed(manifest: Manifest, referred: Mapping[str, Spelling], known: set[str]) -> Manifest:
    """`manifest` with its properties that are `referred` to as sites, and without the places that consist of these."""
    found = tuple(site._replace(spelling=referred[site.key]) for site in manifest.candidates if site.key in referred)
    dependencies = tuple(site for site in manifest.dependencies if not _consists_of(site, known))
    left_alone = tuple(note for note in manifest.left_alone if not _consists_of(note, known))
    if not found and len(dependencies) == len(manifest.dependencies) and len(left_alone) == len(manifest.left_alone):
        return manifest
    return manifest.bearing((*manifest.versions, *found), dependencies, left_alone)


def _consists_of(place: Site | LeftAlone, known: set[str]) -> bool:
    """Whether the place says nothing but properties that are set themselves."""
    names = PROPERTY.findall(place.text) if "$(" in place.text else []
    return bool(names) and set(names) <= known and place.text.count("$(") == len(names)


def _resolved(project: Manifest, shared: Mapping[str, Manifest]) -> Manifest:
    properties = {name: value for above in reversed(list(_above(project.folder, shared))) for name, value in above.properties.items()}
    properties.pop(SDK, None)
    properties.update(project.properties)
    stem = posixpath.splitext(posixpath.basename(project.path))[0]
    properties.setdefault("MSBuildProjectName", stem)
    name = next((value for key in ("PackageId", "AssemblyName") if (value := _value(properties, key)) and "$(" not in value), stem)
    return project.resolved(name, properties, private=_is_private(properties))


def _above(folder: str, shared: Mapping[str, Manifest]) -> Iterator[Manifest]:
    """The files of shared properties that apply in `folder`, the nearest first."""
    while True:
        found = shared.get(folder)
        if found:
            yield found
            if IMPORTS_ABOVE not in found.properties:
                return
        above = posixpath.dirname(folder) or "."
        if above == folder:
            return
        folder = above


def _value(properties: Mapping[str, str], name: str, depth: int = 8) -> str:
    """A property with the properties in it put in; `$(…)` stays where nothing is known, or where they refer in a circle."""
    text = properties.get(name, "")
    if depth == 0 or "$(" not in text:
        return text
    return PROPERTY.sub(lambda match: _value(properties, match[1], depth - 1) or match[0], text)


def _is_private(properties: Mapping[str, str]) -> bool:
    """Whether `dotnet pack` would make no package of the project, or none that is meant for others."""
    packable = _value(properties, "IsPackable").lower()
    if packable in {"true", "false"}:
        return packable == "false"
    if TESTS in properties or _value(properties, "IsTestProject").lower() == "true" or SDK not in properties:
        return True
    program = _value(properties, "OutputType").lower() in {"exe", "winexe"} or properties[SDK] in _PROGRAM_SDKS
    return program and not ("PackageId" in properties or _value(properties, "PackAsTool").lower() == "true")


def version(properties: Mapping[str, str]) -> str:
    """The version of the package as NuGet composes it from a project's properties (NuGet, "pack target inputs")."""
    prefix, suffix = _value(properties, "VersionPrefix"), _value(properties, "VersionSuffix")
    composed = f"{prefix}-{suffix}" if prefix and suffix else prefix
    return _value(properties, "PackageVersion") or _value(properties, "Version") or composed

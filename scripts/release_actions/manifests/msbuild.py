"""MSBuild projects (*.csproj, *.fsproj, *.vbproj) and what they inherit (Directory.Build.props, Directory.Packages.props).

A project takes properties from the nearest Directory.Build.props above it, and that one from the next when it imports
it (Microsoft, "Customize the build by folder").
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from release_actions.errors import ManifestError, Place
from release_actions.manifests.manifest import LeftAlone, Manifest, Site, Spelling, Token
from release_actions.manifests.xml_document import Element, XmlDocument

FAMILY = "nuget"
SHARED = "Directory.Build.props"
_PROJECT = re.compile(r".*\.(?:cs|fs|vb)proj", re.IGNORECASE)
_SHARED = {"directory.build.props", "directory.packages.props"}
_VERSIONS = {
    "Version": Spelling.SEMVER,
    "PackageVersion": Spelling.SEMVER,
    "InformationalVersion": Spelling.SEMVER,
    "VersionPrefix": Spelling.CORE,
    "VersionSuffix": Spelling.SUFFIX,
    "AssemblyVersion": Spelling.NUMERIC,
    "FileVersion": Spelling.NUMERIC,
}
_REFERENCES = {"PackageReference", "PackageVersion", "GlobalPackageReference"}
_PROPERTY = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")
_THIS_FOLDER = re.compile(r"\$\(MSBuild(?:ThisFile|Project)Directory\)[\\/]?", re.IGNORECASE)
#: These SDKs make programs and set IsPackable to false, or pack only what asks for it.
_PROGRAM_SDKS = ("Microsoft.NET.Sdk.Web", "Microsoft.NET.Sdk.Worker", "Microsoft.NET.Sdk.BlazorWebAssembly")
#: Facts kept among the properties; no property's name holds a space.
_SDK, _TESTS, _IMPORTS_ABOVE = "the sdk", "the tests", "the imports above"


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    name = path.rpartition("/")[2]
    return _PROJECT.fullmatch(name) is not None or name.lower() in _SHARED


def read(path: str, data: bytes) -> Manifest:
    """Read a project or a file of shared properties. Names and privacy are known after `inherit`."""
    document = XmlDocument(path, data)
    root = document.root
    if root.name != "Project":
        raise ManifestError("manifest-syntax", f"The file's root is `{root.name}`.", "Make it `<Project>`.", Place(path, root.line))
    properties = list(_properties(root))
    references = [item for item in root.below() if item.name in _REFERENCES and _parent(item) == "ItemGroup"]
    sites, left_alone = _versions(path, properties)
    return Manifest(
        path,
        FAMILY,
        versions=tuple(sites),
        dependencies=tuple(site for item in references if (site := _reference(item))),
        requires=tuple(name for item in references if item.name == "PackageReference" and (name := _named(item))),
        projects=tuple(_projects(path, root)),
        left_alone=tuple(left_alone),
        properties={item.name: item.text.text for item in properties if item.text} | _facts(root, references),
        encoding=document.encoding,
    )


def _parent(element: Element) -> str:
    return element.parent.name if element.parent else ""


def _properties(root: Element) -> Iterator[Element]:
    """The properties outside targets, which set theirs while a build runs."""
    for group in root.below():
        if group.name == "PropertyGroup" and _parent(group) != "Target":
            yield from group.children


def _versions(path: str, properties: list[Element]) -> tuple[list[Site], list[LeftAlone]]:
    """The sites of version properties, and of the properties that these refer to."""
    sites: list[Site] = []
    left_alone: list[LeftAlone] = []
    referred = _referred(properties)
    for item in properties:
        spelling = _VERSIONS.get(item.name) or referred.get(item.name)
        if spelling is None or item.text is None:
            continue
        if item.broken:
            raise ManifestError(
                "manifest-escape", f"`{item.name}` holds markup or entities.", "Write it as plain text.", Place(path, item.line)
            )
        if _is_conditional_suffix(item):
            left_alone.append(LeftAlone(item.line, item.name, item.text.text, "it is set under a condition"))
        elif not _PROPERTY.search(item.text.text):
            sites.append(Site(item.text, item.name, spelling))
        elif item.text.text.count("$(") != 1 or not set(_PROPERTY.findall(item.text.text)) & {other.name for other in properties}:
            left_alone.append(LeftAlone(item.line, item.name, item.text.text, "it is filled in by the build"))
    return sites, left_alone


def _referred(properties: Iterable[Element]) -> dict[str, Spelling]:
    """Properties that a version property consists of, such as `AcmeVersion` in `<Version>$(AcmeVersion)</Version>`."""
    found: dict[str, Spelling] = {}
    for item in properties:
        match = _PROPERTY.fullmatch(item.text.text) if item.text and item.name in _VERSIONS else None
        if match and match[1] not in _VERSIONS:
            found.setdefault(match[1], _VERSIONS[item.name])
    return found


def _is_conditional_suffix(item: Element) -> bool:
    """Whether a suffix is for some builds only; a condition on the suffix itself just lets others override it."""
    condition = item.attributes.get("Condition") or (item.parent and item.parent.attributes.get("Condition"))
    if item.name != "VersionSuffix" or not condition:
        return False
    return set(_PROPERTY.findall(condition.text)) != {"VersionSuffix"}


def _named(item: Element) -> str | None:
    token = item.attributes.get("Include") or item.attributes.get("Update")
    return token.text.strip() if token else None


def _reference(item: Element) -> Site | None:
    """The site of the version in a reference to a package: an attribute or an element."""
    name = _named(item)
    children = {child.name: child.text for child in item.children if not child.broken}
    tokens = (
        item.attributes.get("VersionOverride"),
        item.attributes.get("Version"),
        children.get("VersionOverride"),
        children.get("Version"),
    )
    token = next((token for token in tokens if token), None)
    if not name or not token or not token.text.strip():
        return None
    return Site(token, f"{item.name} {name}", Spelling.NUGET_RANGE, name)


def _projects(path: str, root: Element) -> Iterator[str]:
    for item in root.below():
        include = item.attributes.get("Include") if item.name == "ProjectReference" else None
        if include is None:
            continue
        target = _THIS_FOLDER.sub("", include.text.strip()).replace("\\", "/")
        if "$(" not in target:
            yield posixpath.normpath(posixpath.join(posixpath.dirname(path), target))


def _facts(root: Element, references: Iterable[Element]) -> dict[str, str]:
    facts: dict[str, str] = {}
    sdk = _sdk(root)
    if sdk:
        facts[_SDK] = sdk
    if any((_named(item) or "").lower() == "microsoft.net.test.sdk" for item in references if item.name == "PackageReference"):
        facts[_TESTS] = "true"
    if any(item.name == "Import" and SHARED in _text(item.attributes.get("Project")) for item in root.below()):
        facts[_IMPORTS_ABOVE] = "true"
    return facts


def _text(token: Token | None) -> str:
    return token.text if token else ""


def _sdk(root: Element) -> str:
    named = [child.attributes.get("Sdk") or child.attributes.get("Name") for child in root.children if child.name in {"Sdk", "Import"}]
    return next((token.text.partition("/")[0] for token in (root.attributes.get("Sdk"), *named) if token), "")


def inherit(manifests: Iterable[Manifest]) -> list[Manifest]:
    """`manifests` with the names and privacy of the projects among them, which files above them may decide."""
    given = list(manifests)
    shared = {manifest.folder: manifest for manifest in given if manifest.path.rpartition("/")[2].lower() == SHARED.lower()}
    return [_resolved(manifest, shared) if _PROJECT.fullmatch(manifest.path) else manifest for manifest in given]


def _resolved(project: Manifest, shared: Mapping[str, Manifest]) -> Manifest:
    properties = {name: value for above in reversed(list(_above(project.folder, shared))) for name, value in above.properties.items()}
    properties.pop(_SDK, None)
    properties.update(project.properties)
    stem = posixpath.splitext(posixpath.basename(project.path))[0]
    properties.setdefault("MSBuildProjectName", stem)
    name = next((value for key in ("PackageId", "AssemblyName") if (value := _value(properties, key)) and "$(" not in value), stem)
    return replace(project, name=name, private=_is_private(properties), properties=properties)


def _above(folder: str, shared: Mapping[str, Manifest]) -> Iterator[Manifest]:
    """The files of shared properties that apply in `folder`, the nearest first."""
    while True:
        found = shared.get(folder)
        if found:
            yield found
            if _IMPORTS_ABOVE not in found.properties:
                return
        if folder == ".":
            return
        folder = posixpath.dirname(folder) or "."


def _value(properties: Mapping[str, str], name: str, depth: int = 8) -> str:
    """A property with the properties in it put in; `$(…)` stays where nothing is known, or where they refer in a circle."""
    text = properties.get(name, "")
    if depth == 0:
        return text
    return _PROPERTY.sub(lambda match: _value(properties, match[1], depth - 1) or match[0], text)


def _is_private(properties: Mapping[str, str]) -> bool:
    """Whether `dotnet pack` would make no package of the project, or none that is meant for others."""
    packable = _value(properties, "IsPackable").lower()
    if packable in {"true", "false"}:
        return packable == "false"
    if _TESTS in properties or _value(properties, "IsTestProject").lower() == "true" or _SDK not in properties:
        return True
    program = _value(properties, "OutputType").lower() in {"exe", "winexe"} or properties[_SDK] in _PROGRAM_SDKS
    return program and not ("PackageId" in properties or _value(properties, "PackAsTool").lower() == "true")


def version(properties: Mapping[str, str]) -> str:
    """The version of the package as NuGet composes it from a project's properties (NuGet, "pack target inputs")."""
    prefix, suffix = _value(properties, "VersionPrefix"), _value(properties, "VersionSuffix")
    composed = f"{prefix}-{suffix}" if prefix and suffix else prefix
    return _value(properties, "PackageVersion") or _value(properties, "Version") or composed

"""MSBuild projects (*.csproj, *.fsproj, *.vbproj) and what they inherit (Directory.Build.props, Directory.Packages.props)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from release_actions.errors import ManifestError, Place
from release_actions.manifests.manifest import LeftAlone, Manifest, Site, Spelling, Token
from release_actions.manifests.xml_document import Element, XmlDocument

FAMILY = "nuget"
SHARED = "Directory.Build.props"
PROJECT = re.compile(r".*\.(?:cs|fs|vb)proj", re.IGNORECASE)
_SHARED = {"directory.build.props", "directory.packages.props"}
VERSIONS = {
    "Version": Spelling.SEMVER,
    "PackageVersion": Spelling.SEMVER,
    "InformationalVersion": Spelling.SEMVER,
    "VersionPrefix": Spelling.CORE,
    "VersionSuffix": Spelling.SUFFIX,
    "AssemblyVersion": Spelling.NUMERIC,
    "FileVersion": Spelling.NUMERIC,
}
_REFERENCES = {"PackageReference", "PackageVersion", "GlobalPackageReference"}
PROPERTY = re.compile(r"\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)")
_LIKE_A_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+(?:[-+.][0-9A-Za-z.+-]+)?")
_THIS_FOLDER = re.compile(r"\$\(MSBuild(?:ThisFile|Project)Directory\)[\\/]?", re.IGNORECASE)
#: Facts kept among the properties; no property's name holds a space.
SDK, TESTS, IMPORTS_ABOVE = "the sdk", "the tests", "the imports above"
FILES = ("*.csproj", "*.fsproj", "*.vbproj", *_SHARED)


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    name = path.rpartition("/")[2]
    return PROJECT.fullmatch(name) is not None or name.lower() in _SHARED


def read(path: str, data: bytes) -> Manifest:
    """Read a project or a file of shared properties. Names and privacy are known after `msbuild_evaluation.inherit`."""
    document = XmlDocument(path, data)
    root = document.root
    if root.name != "Project":
        raise ManifestError("manifest-syntax", f"The file's root is `{root.name}`.", "Make it `<Project>`.", Place(path, root.line))
    elements = list(root.below())
    properties = list(_properties(elements))
    references = [item for item in elements if item.name in _REFERENCES and _parent(item) == "ItemGroup"]
    sites, candidates, left_alone = _versions(path, properties)
    return Manifest(
        path,
        FAMILY,
        versions=tuple(sites),
        candidates=tuple(candidates),
        dependencies=tuple(site for item in references if (site := _reference(item))),
        requires=tuple(name for item in references if item.name == "PackageReference" and (name := _named(item))),
        projects=tuple(_projects(path, elements)),
        left_alone=tuple(left_alone),
        properties={item.name: item.text.text for item in properties if item.text} | _facts(root, elements, references),
        encoding=document.encoding,
    )


def _parent(element: Element) -> str:
    return element.parent.name if element.parent else ""


def _properties(elements: Iterable[Element]) -> Iterator[Element]:
    """The properties outside targets, which set theirs while a build runs."""
    for group in elements:
        if group.name == "PropertyGroup" and _parent(group) != "Target":
            yield from group.children


def _versions(path: str, properties: list[Element]) -> tuple[list[Site], list[Site], list[LeftAlone]]:
    """The sites of version properties; those of properties that these may refer to; and what is left alone."""
    sites: list[Site] = []
    candidates: list[Site] = []
    left_alone: list[LeftAlone] = []
    for item in properties:
        if item.text is None:
            continue
        spelling = VERSIONS.get(item.name)
        if spelling is None:
            if _LIKE_A_VERSION.fullmatch(item.text.text):
                candidates.append(Site(item.text, item.name, Spelling.SEMVER))
        elif item.broken:
            what = f"`{item.name}` holds markup or entities."
            raise ManifestError("manifest-escape", what, "Write it as plain text.", Place(path, item.line))
        elif _is_conditional_suffix(item):
            left_alone.append(LeftAlone(item.line, item.name, item.text.text, "it is set under a condition"))
        elif not PROPERTY.search(item.text.text):
            sites.append(Site(item.text, item.name, spelling))
        else:
            left_alone.append(LeftAlone(item.line, item.name, item.text.text, "it is filled in by the build"))
    return sites, candidates, left_alone


def _is_conditional_suffix(item: Element) -> bool:
    """Whether a suffix is for some builds only; a condition on the suffix itself just lets others override it."""
    condition = item.attributes.get("Condition") or (item.parent and item.parent.attributes.get("Condition"))
    if item.name != "VersionSuffix" or not condition:
        return False
    return set(PROPERTY.findall(condition.text)) != {"VersionSuffix"}


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


def _projects(path: str, elements: Iterable[Element]) -> Iterator[str]:
    for item in elements:
        include = item.attributes.get("Include") if item.name == "ProjectReference" else None
        if include is None:
            continue
        target = _THIS_FOLDER.sub("", include.text.strip()).replace("\\", "/")
        if "$(" not in target:
            yield posixpath.normpath(posixpath.join(posixpath.dirname(path), target))


def _facts(root: Element, elements: Iterable[Element], references: Iterable[Element]) -> dict[str, str]:
    facts: dict[str, str] = {}
    sdk = _sdk(root)
    if sdk:
        facts[SDK] = sdk
    if any((_named(item) or "").lower() == "microsoft.net.test.sdk" for item in references if item.name == "PackageReference"):
        facts[TESTS] = "true"
    if any(item.name == "Import" and SHARED in _text(item.attributes.get("Project")) for item in elements):
        facts[IMPORTS_ABOVE] = "true"
    return facts


def _text(token: Token | None) -> str:
    return token.text if token else ""


def _sdk(root: Element) -> str:
    named = [child.attributes.get("Sdk") or child.attributes.get("Name") for child in root.children if child.name in {"Sdk", "Import"}]
    return next((token.text.partition("/")[0] for token in (root.attributes.get("Sdk"), *named) if token), "")

"""*.nuspec (NuGet, ".nuspec File Reference")."""

from __future__ import annotations

from collections.abc import Iterator

from release_actions.errors import ManifestError, Place
from release_actions.manifests import msbuild
from release_actions.manifests.manifest import LeftAlone, Manifest, Site, Spelling
from release_actions.manifests.xml_document import Element, XmlDocument

FILES = ("*.nuspec",)


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.lower().endswith(".nuspec")


def read(path: str, data: bytes) -> Manifest:
    """Read a package's description. What is packed is found by its project, so that this makes no package of its own."""
    document = XmlDocument(path, data)
    root = document.root
    if root.name != "package":
        raise ManifestError("manifest-syntax", f"The file's root is `{root.name}`.", "Make it `<package>`.", Place(path, root.line))
    metadata = next((child for child in root.children if child.name == "metadata"), None)
    below = list(metadata.below()) if metadata else []
    versions = [item for item in below if item.name == "version" and item.parent is metadata and item.text and item.text.text]
    return Manifest(
        path,
        msbuild.FAMILY,
        versions=tuple(site for item in versions if (site := _version(path, item))),
        dependencies=tuple(site for item in below if item.name == "dependency" for site in _dependency(item)),
        left_alone=tuple(
            LeftAlone(item.line, "version", _text(item), "it is filled in by the build") for item in versions if "$" in _text(item)
        ),
        encoding=document.encoding,
    )


def _text(item: Element) -> str:
    return item.text.text if item.text else ""


def _version(path: str, item: Element) -> Site | None:
    if item.broken:
        raise ManifestError("manifest-escape", "`version` holds markup or entities.", "Write it as plain text.", Place(path, item.line))
    return Site(item.text, "version", Spelling.SEMVER) if item.text and "$" not in item.text.text else None


def _dependency(item: Element) -> Iterator[Site]:
    name, version = item.attributes.get("id"), item.attributes.get("version")
    if name and version and "$" not in version.text:
        yield Site(version, f"dependency {name.text}", Spelling.NUGET_RANGE, name.text)

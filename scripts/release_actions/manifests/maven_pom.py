"""pom.xml (Maven, "POM Reference")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from release_actions.errors import ManifestError, Place
from release_actions.manifests.manifest import LeftAlone, Manifest, Site, Spelling, Token
from release_actions.manifests.xml_document import Element, XmlDocument

FAMILY = "maven"
_PROPERTY = re.compile(r"\$\{([^${}]+)\}")
#: What the POM itself is called in expressions.
_OWN_GROUP = {"${project.groupId}", "${groupId}", "${pom.groupId}"}
_OWN_VERSION = {"${project.version}", "${version}", "${pom.version}", "${project.parent.version}"}
#: A git tag, up to the version in it.
_TAG = re.compile(r"(?:.*[-/@])?v?(?P<version>[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?)")
FILES = ("pom.xml",)


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] in FILES


def read(path: str, data: bytes) -> Manifest:
    """Read a pom.xml. Names are `group:artifact`; where a group is left out, it is the parent's."""
    document = XmlDocument(path, data)
    root = document.root
    if root.name != "project":
        raise ManifestError("manifest-syntax", f"The file's root is `{root.name}`.", "Make it `<project>`.", Place(path, root.line))
    parent = _child(root, "parent")
    group = _text(root, "groupId") or _text(parent, "groupId")
    name = f"{group}:{_text(root, 'artifactId')}"
    references = [item for item in root.below() if _child(item, "artifactId") and item is not root]
    own_versions, left_alone = _own_version(path, root)
    dependencies = [site for item in references for site in _reference(path, root, item, group)]
    return Manifest(
        path,
        FAMILY,
        name=name,
        versions=tuple(own_versions),
        dependencies=(*dependencies, *_tag(path, root, name)),
        requires=tuple(_name(item, group) for item in references if item.name == "dependency"),
        left_alone=tuple(left_alone),
        encoding=document.encoding,
    )


def _child(element: Element | None, name: str) -> Element | None:
    return next((child for child in element.children if child.name == name), None) if element else None


def _text(element: Element | None, name: str) -> str:
    child = _child(element, name)
    return child.text.text if child and child.text else ""


def _name(item: Element, group: str) -> str:
    """The name of what `item` refers to; plugins without a group are Maven's own (POM Reference, "Plugins")."""
    said = _text(item, "groupId") or ("org.apache.maven.plugins" if item.name == "plugin" else "")
    return f"{group if said in _OWN_GROUP else said}:{_text(item, 'artifactId')}"


def _own_version(path: str, root: Element) -> tuple[list[Site], list[LeftAlone]]:
    """The version, or the property that it consists of; a version in several parts is left alone."""
    element = _child(root, "version")
    token = _plain(path, element, "version")
    if element is None or token is None:
        return [], []
    if "${" not in token.text:
        return [Site(token, "version", Spelling.MAVEN)], []
    found = [Site(token, key, Spelling.MAVEN) for key, token in _properties(path, root, token.text)]
    why = "its property is set elsewhere" if _PROPERTY.fullmatch(token.text) else "it is put together from several properties"
    return found, [] if found else [LeftAlone(element.line, "version", token.text, why)]


def _reference(path: str, root: Element, item: Element, group: str) -> Iterator[Site]:
    """The version in a reference to a project: to the parent, a dependency, a plugin or an extension."""
    element = _child(item, "version")
    if element is None or element.text is None or element.broken or not element.text.text:
        return
    name, key, token = _name(item, group), f"{item.name} {_name(item, group)}", element.text
    found: Iterable[tuple[str, Token]] = [(key, token)] if "${" not in token.text else _properties(path, root, token.text)
    for place, version in found:
        yield Site(version, place, Spelling.MAVEN_RANGE if version.text.startswith(("[", "(")) else Spelling.MAVEN, name)


def _properties(path: str, root: Element, text: str) -> Iterator[tuple[str, Token]]:
    """The properties of this file, profiles' too, that `text` consists of, unless they refer to the version in turn."""
    match = _PROPERTY.fullmatch(text)
    if match is None or text in _OWN_VERSION:
        return
    profiles = _child(root, "profiles")
    for holder in (root, *(profiles.children if profiles else ())):
        for element in (child for child in getattr(_child(holder, "properties"), "children", ()) if child.name == match[1]):
            token = _plain(path, element, element.name)
            if token and token.text and "${" not in token.text:
                yield f"properties {element.name}", token


def _plain(path: str, element: Element | None, key: str) -> Token | None:
    if element and (element.broken or element.children):
        raise ManifestError("manifest-escape", f"`{key}` holds markup or entities.", "Write it as plain text.", Place(path, element.line))
    return element.text if element and element.text and element.text.text else None


def _tag(path: str, root: Element, name: str) -> Iterator[Site]:
    """The version in the tag that the sources are under; `HEAD` bears none."""
    token = _plain(path, _child(_child(root, "scm"), "tag"), "scm tag")
    match = _TAG.fullmatch(token.text) if token and token.text.isascii() else None
    if token and match:
        yield Site(token.part(*match.span("version")), "scm tag", Spelling.SEMVER, name)

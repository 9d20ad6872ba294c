"""pubspec.yaml and pubspec.lock (Dart, "The pubspec file")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from release_actions.manifests.manifest import Manifest, Site, Spelling, Token
from release_actions.manifests.yaml_document import YamlDocument, is_mapping

if TYPE_CHECKING:
    import yaml

FAMILY = "pub"
_DEPENDENCIES = ("dependencies", "dev_dependencies", "dependency_overrides")
FILES = ("pubspec.yaml", "pubspec_overrides.yaml", "pubspec.lock")


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] in FILES


def read(path: str, data: bytes) -> Manifest:
    """Read a pubspec, what overrides it, or its lock file."""
    document = YamlDocument(path, data)
    members = document.members(document.root)
    if path.endswith(".lock"):
        return Manifest(path, FAMILY, dependencies=tuple(_locked(document, members)))
    version = document.string(members.get("version"), "version")
    return Manifest(
        path,
        FAMILY,
        name=document.text(members.get("name")),
        private=document.text(members.get("publish_to")) == "none",
        versions=(Site(_without_build(version), "version", Spelling.SEMVER),) if version else (),
        dependencies=tuple(_dependencies(document, members)),
        requires=tuple(document.members(members.get("dependencies"))),
    )


def _without_build(version: Token) -> Token:
    """The version up to the build number that Flutter's apps have behind it, and that their stores count."""
    return version.part(0, len(version.text.partition("+")[0]))


def _dependencies(document: YamlDocument, members: Mapping[str, yaml.Node]) -> Iterator[Site]:
    for kind in _DEPENDENCIES:
        for name, value in document.members(members.get(kind)).items():
            constraint = document.members(value).get("version") if is_mapping(value) else value
            token = document.string(constraint, f"{kind}.{name}")
            if token:
                yield Site(token, f"{kind}.{name}", Spelling.SEMVER_REQUIREMENT, name)


def _locked(document: YamlDocument, members: Mapping[str, yaml.Node]) -> Iterator[Site]:
    """The versions of packages that come from folders."""
    for name, value in document.members(members.get("packages")).items():
        entry = document.members(value)
        token = document.string(entry.get("version"), f"packages.{name}.version") if document.text(entry.get("source")) == "path" else None
        if token:
            yield Site(_without_build(token), f"packages.{name}.version", Spelling.SEMVER, name)

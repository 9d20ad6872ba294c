"""pnpm-lock.yaml. It holds no versions of the repository's own packages, but repeats the ranges that they ask of each other.

Since version 6 of its format a dependency holds `specifier` and `version`; before, `specifiers` stood apart. What is
linked from a folder has a version that starts with `link:`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from release_actions.manifests import npm_package
from release_actions.manifests.manifest import Manifest, Site
from release_actions.manifests.yaml_document import YamlDocument

if TYPE_CHECKING:
    import yaml

_KINDS = ("dependencies", "devDependencies", "optionalDependencies")
FILES = ("pnpm-lock.yaml",)


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] in FILES


def read(path: str, data: bytes) -> Manifest:
    """Read a lock file of pnpm."""
    document = YamlDocument(path, data)
    root = document.members(document.root)
    importers = document.members(root.get("importers")) or ({".": document.root} if document.root else {})
    sites: list[Site] = []
    for folder, value in importers.items():
        owner = posixpath.normpath(posixpath.join(posixpath.dirname(path), folder, "package.json"))
        sites += _linked(document, document.members(value), f"importers.{folder}", owner)
    return Manifest(path, npm_package.FAMILY, dependencies=tuple(sites))


def _linked(document: YamlDocument, importer: Mapping[str, yaml.Node], key: str, owner: str) -> Iterator[Site]:
    apart = document.members(importer.get("specifiers"))
    for kind in _KINDS:
        for package, value in document.members(importer.get(kind)).items():
            entry = document.members(value)
            version, specifier = (entry.get("version"), entry.get("specifier")) if entry else (value, apart.get(package))
            if not (document.text(version) or "").startswith("link:"):
                continue
            token = document.string(specifier, f"{key}.{kind}.{package}")
            site = npm_package.dependency(package, token, f"{key}.{kind}.{package}", owner) if token else None
            if site:
                yield site

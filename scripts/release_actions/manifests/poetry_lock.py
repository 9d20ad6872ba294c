"""poetry.lock (Poetry, "The poetry.lock file"). Packages of the repository are those whose source is a folder."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from release_actions.manifests import pyproject
from release_actions.manifests.manifest import Manifest, Site, Spelling
from release_actions.manifests.toml_document import TomlDocument


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] == "poetry.lock"


def read(path: str, data: bytes) -> Manifest:
    """Read a lock file of Poetry."""
    return Manifest(path, pyproject.FAMILY, versions=tuple(_sites(TomlDocument(path, data), posixpath.dirname(path))))


def _sites(document: TomlDocument, folder: str) -> Iterator[Site]:
    for index, _ in enumerate(document.array("package")):
        source = document.table("package", index, "source")
        place = source.get("url") if source.get("type") == "directory" else None
        version = document.string("package", index, "version") if isinstance(place, str) else None
        if isinstance(place, str) and version:
            owner = posixpath.normpath(posixpath.join(folder, place, "pyproject.toml"))
            yield Site(version, f"package.{document.value('package', index, 'name')}.version", Spelling.PEP440, owner=owner)

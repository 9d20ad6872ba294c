"""uv.lock (uv docs, "Locking and syncing"). Packages of the repository are those whose source is a folder.

Requirements among them name folders, not versions, so that only the packages' own versions are seen.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from release_actions.manifests import pyproject
from release_actions.manifests.manifest import Manifest, Site, Spelling
from release_actions.manifests.toml_document import TomlDocument

_FOLDERS = ("editable", "virtual", "directory")
FILES = ("uv.lock",)


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] in FILES


def read(path: str, data: bytes) -> Manifest:
    """Read a lock file of uv."""
    return Manifest(path, pyproject.FAMILY, versions=tuple(_sites(TomlDocument(path, data), posixpath.dirname(path))))


def _sites(document: TomlDocument, folder: str) -> Iterator[Site]:
    for index, _ in enumerate(document.array("package")):
        source = document.table("package", index, "source")
        place = next((source[key] for key in _FOLDERS if isinstance(source.get(key), str)), None)
        version = document.string("package", index, "version") if place is not None else None
        if place is not None and version:
            owner = posixpath.normpath(posixpath.join(folder, place, "pyproject.toml"))
            yield Site(version, f"package.{document.value('package', index, 'name')}.version", Spelling.PEP440, owner=owner)

"""Cargo.toml: packages, and what a workspace hands down to them (The Cargo Book, "The Manifest Format")."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from release_actions.manifests.manifest import Manifest, Site, Spelling, Token
from release_actions.manifests.toml_document import Path, TomlDocument

FAMILY = "cargo"
_RUN_TIME = ("dependencies", "build-dependencies", "build_dependencies")
_ALL = (*_RUN_TIME, "dev-dependencies", "dev_dependencies")
FILES = ("Cargo.toml",)


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] in FILES


def read(path: str, data: bytes) -> Manifest:
    """Read a Cargo.toml; that of a workspace alone has no name.

    A dependency counts when it has both a path and a version: without a path it is on what the registry holds.
    """
    document = TomlDocument(path, data)
    name = document.string("package", "name")
    versions = [(table, token) for table in (("package",), ("workspace", "package")) if (token := _version(document, table))]
    entries = [(table, key, document.table(*table, key)) for table in _tables(document) for key in document.table(*table)]
    own = [(table, key, entry) for table, key, entry in entries if isinstance(entry.get("path"), str)]
    return Manifest(
        path,
        FAMILY,
        name=name.text if name else None,
        private=document.value("package", "publish") in (False, []),
        versions=tuple(Site(token, ".".join((*table, "version")), Spelling.SEMVER) for table, token in versions),
        dependencies=tuple(
            Site(token, _dotted((*table, key)), Spelling.SEMVER_REQUIREMENT, str(entry.get("package", key)))
            for table, key, entry in own
            if (token := document.string(*table, key, "version"))
        ),
        requires=tuple(str(entry.get("package", key)) for table, key, entry in entries if table[-1] in _RUN_TIME),
        projects=tuple(posixpath.normpath(posixpath.join(posixpath.dirname(path), entry["path"])) for _, _, entry in own),
    )


def _version(document: TomlDocument, table: tuple[str, ...]) -> Token | None:
    """The version in `table`; None when there is none, or the workspace's is inherited (`version.workspace = true`)."""
    inherited = document.value(*table, "version", "workspace") is True
    return None if inherited else document.string(*table, "version")


def _tables(document: TomlDocument) -> Iterator[Path]:
    """Every table of dependencies."""
    yield from ((kind,) for kind in _ALL)
    yield ("workspace", "dependencies")
    for target in document.table("target"):
        yield from (("target", target, kind) for kind in _ALL)


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))

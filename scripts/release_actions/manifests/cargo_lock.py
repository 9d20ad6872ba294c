"""Cargo.lock, all versions of its format (The Cargo Book, "Cargo.toml vs Cargo.lock"; cargo's `resolver/encode.rs`).

Entries with a `source` come from a registry or a git repository; those without are packages of this one. Dependencies
name a version only where the lock file holds several packages of that name, and a source where that doesn't suffice.
"""

from __future__ import annotations

from collections.abc import Iterator

from release_actions.manifests import cargo_package
from release_actions.manifests.manifest import Manifest, Site, Spelling
from release_actions.manifests.toml_document import Path, TomlDocument

FILES = ("Cargo.lock",)


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] in FILES


def read(path: str, data: bytes) -> Manifest:
    """Read a lock file of Cargo."""
    document = TomlDocument(path, data)
    entries: list[Path] = [("package", index) for index in range(len(document.array("package")))]
    entries += [("root",)] if document.table("root") else []
    return Manifest(path, cargo_package.FAMILY, dependencies=tuple(_sites(document, entries)))


def _sites(document: TomlDocument, entries: list[Path]) -> Iterator[Site]:
    own: set[str] = set()
    for entry in entries:
        name, version = document.string(*entry, "name"), document.string(*entry, "version")
        if name and version and document.value(*entry, "source") is None:
            own.add(f"{name.text} {version.text}")
            yield Site(version, f"{_dotted(entry)}.version", Spelling.SEMVER, name.text)
    for entry in entries:
        for index, item in enumerate(document.array(*entry, "dependencies")):
            token = document.string(*entry, "dependencies", index) if item in own else None
            if token:
                name_length = token.text.index(" ")
                version = token.part(name_length + 1, len(token.text))
                yield Site(version, f"{_dotted(entry)}.dependencies", Spelling.SEMVER, token.text[:name_length])


def _dotted(path: Path) -> str:
    return ".".join(map(str, path))

"""poetry.lock (Poetry, "The poetry.lock file"). Packages of the repository are those whose source is a folder."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from release_actions.manifests import pyproject, python_requirement
from release_actions.manifests.manifest import Derived, Manifest, Site, Spelling
from release_actions.manifests.toml_document import Path, TomlDocument

_OF_PROJECT = ("requires-python", "dependencies", "optional-dependencies")
_OF_POETRY = ("dependencies", "source", "extras", "dev-dependencies")
FILES = ("poetry.lock",)


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] in FILES


def read(path: str, data: bytes) -> Manifest:
    """Read a lock file of Poetry."""
    document = TomlDocument(path, data)
    own = list(_own(document, posixpath.dirname(path)))
    hashed = document.string("metadata", "content-hash")
    site = Site(hashed, "metadata.content-hash", Spelling.DERIVED) if hashed else None
    manifest = posixpath.join(posixpath.dirname(path), "pyproject.toml")
    return Manifest(
        path,
        pyproject.FAMILY,
        versions=tuple(site for index, owner in own for site in _version(document, index, owner)),
        dependencies=tuple(
            site for index, owner in own for site in (*_dependencies(document, index, owner), *_extras(document, index, owner))
        ),
        derived=(Derived(site, manifest, (_content_hash, _content_hash_without_groups), "poetry lock"),) if site else (),
    )


def _own(document: TomlDocument, folder: str) -> Iterator[tuple[int, str]]:
    """The index of each of the repository's packages, and the pyproject.toml that its entry repeats."""
    for index, _ in enumerate(document.array("package")):
        source = document.table("package", index, "source")
        place = source.get("url") if source.get("type") == "directory" else None
        if isinstance(place, str):
            yield index, posixpath.normpath(posixpath.join(folder, place, "pyproject.toml"))


def _key(document: TomlDocument, index: int, name: str) -> str:
    return f"package.{document.value('package', index, 'name')}.{name}"


def _version(document: TomlDocument, index: int, owner: str) -> Iterator[Site]:
    version = document.string("package", index, "version")
    if version:
        yield Site(version, _key(document, index, "version"), Spelling.PEP440, owner=owner)


def _dependencies(document: TomlDocument, index: int, owner: str) -> Iterator[Site]:
    for name, value in document.table("package", index, "dependencies").items():
        entry: Path = ("package", index, "dependencies", name)
        choices = [(*entry, place) for place in range(len(value))] if isinstance(value, list) else [entry]
        for choice in choices:
            detailed = isinstance(document.value(*choice), dict)
            token = document.string(*choice, "version") if detailed else document.string(*choice)
            if token:
                yield Site(token, _key(document, index, f"dependencies.{name}"), Spelling.POETRY_LOCKED, name, owner)


def _extras(document: TomlDocument, index: int, owner: str) -> Iterator[Site]:
    """What extras require, up to their markers: these are written with escapes."""
    for extra, listed in document.table("package", index, "extras").items():
        for place, item in enumerate(listed if isinstance(listed, list) else ()):
            token = document.written("package", index, "extras", extra, place) if isinstance(item, str) else None
            bare = token.part(0, len(token.text.partition(";")[0].rstrip())) if token and token.text.isascii() else None
            requirement = python_requirement.parsed(bare) if bare else None
            site = requirement.site(_key(document, index, f"extras.{extra}"), Spelling.POETRY_LOCKED, owner) if requirement else None
            if site:
                yield site


def _content_hash(manifest: bytes, _lock: bytes) -> str:
    """As Poetry 2.3 and later make it (Poetry, `packages/locker.py`)."""
    return _hashed(manifest, ("dependency-groups",))


def _content_hash_without_groups(manifest: bytes, _lock: bytes) -> str:
    """As earlier ones do."""
    return _hashed(manifest, ())


def _hashed(manifest: bytes, tables: tuple[str, ...]) -> str:
    said = TomlDocument("pyproject.toml", manifest)
    content: dict[str, Any] = {"project": _kept(said.table("project"), _OF_PROJECT)} | {table: said.table(table) for table in tables}
    content = {key: value for key, value in content.items() if value}
    poetry = said.table("tool", "poetry")
    # What is missing was written as null before there was a table `project`.
    missing = {} if content else dict.fromkeys(_OF_POETRY)
    relevant = {**missing, **_kept(poetry, (*_OF_POETRY, "group"))}
    whole = {**content, "tool": {"poetry": relevant}} if content else relevant
    return sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()


def _kept(table: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: table[key] for key in keys if table.get(key) is not None}

"""composer.lock (Composer, "composer.lock - The lock file"). Packages of the repository are those that come from a path."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping
from hashlib import md5, sha1
from typing import Any

from release_actions.manifests import composer_package, composer_stability
from release_actions.manifests.json_document import JsonDocument, Value
from release_actions.manifests.manifest import Derived, Manifest, Site, Spelling

_COMMAND = "composer update --lock"
_HASHED = ("name", "version", "require", "require-dev", "conflict", "replace", "provide", "minimum-stability", "prefer-stable")
_ALSO_HASHED = ("repositories", "extra")
FILES = ("composer.lock",)


def matches(path: str) -> bool:
    """Whether the path names such a file, of the repository's own."""
    return path.rpartition("/")[2] in FILES and "vendor" not in path.split("/")


def read(path: str, data: bytes) -> Manifest:
    """Read a lock file of Composer."""
    document = JsonDocument(path, data)
    members = document.members(document.root)
    own = [entry for kind in ("packages", "packages-dev") for entry in _own(document, members.get(kind), posixpath.dirname(path))]
    hashed = document.string(members.get("content-hash"), "content-hash")
    root = posixpath.join(posixpath.dirname(path), "composer.json")
    whole = [Derived(Site(hashed, "content-hash", Spelling.DERIVED), root, (_content_hash,), _COMMAND)] if hashed else []
    if flags := members.get("stability-flags"):
        ways = (composer_stability.flags, composer_stability.flags_of_composer_2_8)
        whole.append(Derived(Site(document.written(flags), "stability-flags", Spelling.DERIVED), root, ways, _COMMAND))
    return Manifest(
        path,
        composer_package.FAMILY,
        versions=tuple(site for name, entry, owner in own for site in _version(document, name, entry, owner)),
        dependencies=tuple(site for name, entry, owner in own for site in _dependencies(document, name, entry, owner)),
        derived=(*whole, *(one for name, entry, owner in own for one in _reference(document, name, entry, owner))),
    )


def _own(document: JsonDocument, packages: Value | None, folder: str) -> Iterator[tuple[str, Mapping[str, Value], str]]:
    """Each of the repository's packages: its name, its entry, and the composer.json that this one repeats."""
    for value in document.items(packages):
        entry = document.members(value)
        name, dist = document.plain(entry.get("name")), document.members(entry.get("dist"))
        place = document.plain(dist.get("url")) if document.plain(dist.get("type")) == "path" else None
        if isinstance(name, str) and isinstance(place, str):
            yield name, entry, posixpath.normpath(posixpath.join(folder, place, "composer.json"))


def _version(document: JsonDocument, name: str, entry: Mapping[str, Value], owner: str) -> Iterator[Site]:
    version = document.string(entry.get("version"), f"{name}.version")
    if version and not version.text.startswith("dev-"):
        yield Site(version, f"{name}.version", Spelling.COMPOSER, owner=owner)


def _dependencies(document: JsonDocument, name: str, entry: Mapping[str, Value], owner: str) -> Iterator[Site]:
    for kind in composer_package.DEPENDENCIES:
        for package, value in document.members(entry.get(kind)).items():
            token = document.string(value, f"{name}.{kind}.{package}")
            site = composer_package.constraint(f"{name}.{kind}", package, token, owner) if token else None
            if site:
                yield site


def _reference(document: JsonDocument, name: str, entry: Mapping[str, Value], owner: str) -> Iterator[Derived]:
    """The hash of the package's own composer.json and of the options of its repository, unless it is the name of a commit."""
    reference = document.members(entry.get("dist")).get("reference")
    if reference is None or document.plain(reference) is None:
        return
    token = document.string(reference, f"{name}.dist.reference")
    options = document.plain(entry.get("transport-options")) or {}
    if token:
        ways = (_PathReference(options),) if isinstance(options, dict) else ()
        yield Derived(Site(token, f"{name}.dist.reference", Spelling.DERIVED, owner=owner), owner, ways, _COMMAND)


class _PathReference:
    """As Composer makes it for a path (Composer, `PathRepository`)."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = _serialized(options)

    def __call__(self, manifest: bytes, _lock: bytes) -> str:
        return sha1(manifest + self._options, usedforsecurity=False).hexdigest()


def _serialized(options: Mapping[str, Any]) -> bytes:
    """Options that are true or false as PHP serializes an array (PHP, `serialize`)."""
    items = "".join(f's:{len(key)}:"{key}";b:{int(bool(value))};' for key, value in options.items())
    return f"a:{len(options)}:{{{items}}}".encode()


def _content_hash(manifest: bytes, _lock: bytes) -> str:
    """As Composer makes it (Composer, `Locker::getDerived`)."""
    said = json.loads(manifest)
    content = {key: said[key] for key in (*_HASHED, *_ALSO_HASHED) if key in said}
    settings = said.get("config")
    if isinstance(settings, dict) and settings.get("platform") is not None:
        content["config"] = {"platform": settings["platform"]}
    text = json.dumps(_as_php(dict(sorted(content.items()))), separators=(",", ":")).replace("/", "\\/")
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def _as_php(value: Any) -> Any:
    """`value` as PHP has it and writes it, as far as the two differ in numbers and empty objects."""
    if isinstance(value, dict):
        return {key: _as_php(one) for key, one in value.items()} or []
    if isinstance(value, list):
        return [_as_php(one) for one in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return float(value)
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value

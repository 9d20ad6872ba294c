"""package-lock.json and npm-shrinkwrap.json, all lockfile versions (npm docs, "package-lock.json").

Only the entries of the repository's own packages are seen: the root, and those of `packages` outside node_modules.
Links to them bear no version. Lockfile versions 1 and 2 repeat the workspaces' ranges under `dependencies`.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from release_actions.manifests import npm_package
from release_actions.manifests.json_document import JsonDocument, Value
from release_actions.manifests.manifest import Manifest, Site, Spelling

FILES = ("package-lock.json", "npm-shrinkwrap.json")


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] in FILES


def read(path: str, data: bytes) -> Manifest:
    """Read a lock file of npm."""
    document = JsonDocument(path, data)
    members = document.members(document.root)
    packages = document.members(members.get("packages"))
    own = {key: document.members(value) for key, value in packages.items() if "node_modules" not in key.split("/")}
    sites = [*_version(document, members, "version", _owner(path, ""))]
    dependencies: list[Site] = []
    for key, entry in own.items():
        sites += _version(document, entry, f'packages["{key}"].version', _owner(path, key))
        dependencies += _dependencies(document, entry, f'packages["{key}"]', _owner(path, key))
    dependencies += _repeated(document, members, path)
    return Manifest(path, npm_package.FAMILY, versions=tuple(sites), dependencies=tuple(dependencies))


def _owner(path: str, key: str) -> str:
    """The package.json that an entry of the lock file repeats."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), key, "package.json"))


def _version(document: JsonDocument, entry: Mapping[str, Value], key: str, owner: str) -> Iterator[Site]:
    token = document.string(entry.get("version"), key)
    if token:
        yield Site(token, key, Spelling.SEMVER, owner=owner)


def _dependencies(document: JsonDocument, entry: Mapping[str, Value], key: str, owner: str) -> Iterator[Site]:
    for kind in npm_package.ALL:
        for package, value in document.members(entry.get(kind)).items():
            token = document.string(value, f"{key}.{kind}.{package}")
            site = npm_package.dependency(package, token, f"{key}.{kind}.{package}", owner) if token else None
            if site:
                yield site


def _repeated(document: JsonDocument, members: Mapping[str, Value], path: str) -> Iterator[Site]:
    for name, value in document.members(members.get("dependencies")).items():
        entry = document.members(value)
        version = document.plain(entry.get("version"))
        if not isinstance(version, str) or not version.startswith("file:"):
            continue
        for package, range_ in document.members(entry.get("requires")).items():
            key = f"dependencies.{name}.requires.{package}"
            token = document.string(range_, key)
            site = npm_package.dependency(package, token, key, _owner(path, version.removeprefix("file:"))) if token else None
            if site:
                yield site

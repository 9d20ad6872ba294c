"""composer.json, where it has a version (Composer, "The composer.json schema"); mostly the git tag is the version."""

from __future__ import annotations

import re

from release_actions.manifests.json_document import JsonDocument
from release_actions.manifests.manifest import Manifest, Site, Spelling, Token

FAMILY = "composer"
#: Branches, and stabilities that let them in.
_BRANCH = re.compile(r"@|\bdev-|-dev\b")
DEPENDENCIES = ("require", "require-dev")
FILES = ("composer.json",)


def matches(path: str) -> bool:
    """Whether the path names such a file, of the repository's own."""
    return path.rpartition("/")[2] in FILES and "vendor" not in path.split("/")


def read(path: str, data: bytes) -> Manifest:
    """Read a composer.json."""
    document = JsonDocument(path, data)
    members = document.members(document.root)
    name, version = document.string(members.get("name"), "name"), document.string(members.get("version"), "version")
    entries = [(kind, *entry) for kind in DEPENDENCIES for entry in document.members(members.get(kind)).items()]
    constraints = [(kind, package, document.string(value, f"{kind}.{package}")) for kind, package, value in entries]
    return Manifest(
        path,
        FAMILY,
        name=name.text.lower() if name else None,
        versions=(Site(version, "version", Spelling.COMPOSER),) if version else (),
        dependencies=tuple(site for kind, package, token in constraints if token and (site := constraint(kind, package, token))),
        requires=tuple(package.lower() for kind, package, _ in constraints if kind == "require"),
    )


def constraint(kind: str, package: str, token: Token, owner: str | None = None) -> Site | None:
    """The constraint of a dependency, unless it is on a branch or on the same version as this package's own."""
    if token.text == "self.version" or _BRANCH.search(token.text):
        return None
    return Site(token, f"{kind}.{package}", Spelling.COMPOSER_CONSTRAINT, package.lower(), owner)

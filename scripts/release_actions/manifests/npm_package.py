"""package.json (npm docs, "package.json")."""

from __future__ import annotations

import re

from release_actions.manifests.json_document import JsonDocument
from release_actions.manifests.manifest import Manifest, Site, Spelling, Token

FAMILY = "npm"
#: Which of another package's releases this one needs; those before the bar also at run time.
RUN_TIME = ("dependencies", "optionalDependencies", "peerDependencies")
ALL = (*RUN_TIME, "devDependencies")
_ALIAS = re.compile(r"npm:(?P<name>@?[^@]+)@(?P<range>.*)", re.DOTALL)
_PATH = re.compile(r"(?:file|link|portal):(.*)", re.DOTALL)
_ELSEWHERE = re.compile(r"[a-z+]+:|[^\s/@]+/[^\s/]+$|\.{0,2}/|~/")
FILES = ("package.json",)


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] in FILES


def read(path: str, data: bytes) -> Manifest:
    """Read a package.json."""
    document = JsonDocument(path, data)
    members = document.members(document.root)
    name = document.string(members.get("name"), "name")
    version = document.string(members.get("version"), "version")
    found = [(kind, *entry) for kind in ALL for entry in _entries(document, members, kind)]
    return Manifest(
        path,
        FAMILY,
        name=name.text if name else None,
        private=document.plain(members.get("private")) is True,
        versions=(Site(version, "version", Spelling.SEMVER),) if version else (),
        dependencies=tuple(site for kind, package, range_ in found if (site := dependency(package, range_, f"{kind}.{package}"))),
        requires=tuple(target(package, range_.text) for kind, package, range_ in found if kind in RUN_TIME),
    )


def _entries(document: JsonDocument, members: object, kind: str) -> list[tuple[str, Token]]:
    assert isinstance(members, dict)  # noqa: S101
    entries = document.members(members.get(kind))
    return [(package, token) for package, value in entries.items() if (token := document.string(value, f"{kind}.{package}"))]


def target(package: str, range_: str) -> str:
    """The package that a dependency is on: its own name, unless the range is an alias for another one's."""
    alias = _ALIAS.fullmatch(range_)
    return alias["name"] if alias else package


def dependency(package: str, range_: Token, key: str, owner: str | None = None) -> Site | None:
    """The site of a dependency's range; None when it is a path, an address, a tag or pnpm's `workspace:*`."""
    alias = _ALIAS.fullmatch(range_.text)
    if alias:
        return Site(range_.part(*alias.span("range")), key, Spelling.NPM_RANGE, alias["name"], owner)
    if range_.text.startswith("workspace:"):
        range_ = range_.part(len("workspace:"), len(range_.text))
    if _ELSEWHERE.match(range_.text) or not re.search(r"[0-9]", range_.text):
        return None
    return Site(range_, key, Spelling.NPM_RANGE, package, owner)

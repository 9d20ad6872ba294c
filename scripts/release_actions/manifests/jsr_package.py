"""deno.json and jsr.json: a package on JSR (JSR docs, "Package configuration"; Deno docs, "deno.json and package.json")."""

from __future__ import annotations

import re
from collections.abc import Iterator

from release_actions.manifests.json_document import JsonDocument
from release_actions.manifests.manifest import Manifest, Site, Spelling

FAMILY = "jsr"
_IMPORT = re.compile(r"jsr:/?(?P<name>@[^/@]+/[^/@]+)@(?P<range>[^/]*[0-9][^/]*)(?:/.*)?", re.DOTALL)
FILES = ("deno.json", "jsr.json")


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] in FILES


def read(path: str, data: bytes) -> Manifest:
    """Read a deno.json or a jsr.json. One that only holds settings bears no version."""
    document = JsonDocument(path, data)
    members = document.members(document.root)
    name, version = document.string(members.get("name"), "name"), document.string(members.get("version"), "version")
    imports = tuple(_imports(document))
    return Manifest(
        path,
        FAMILY,
        name=name.text if name else None,
        versions=(Site(version, "version", Spelling.SEMVER),) if version else (),
        dependencies=imports,
        requires=tuple(site.package for site in imports if site.package),
    )


def _imports(document: JsonDocument) -> Iterator[Site]:
    """The packages of JSR that are imported by version."""
    for alias, value in document.members(document.members(document.root).get("imports")).items():
        specifier = document.string(value, f"imports.{alias}")
        match = _IMPORT.fullmatch(specifier.text) if specifier else None
        if specifier and match:
            yield Site(specifier.part(*match.span("range")), f"imports.{alias}", Spelling.NPM_RANGE, match["name"])

"""yarn.lock of Yarn 2 and later. It holds no versions of the repository's own packages, but what is asked of them.

An entry is named by all descriptors that led to it, such as `"@acme/core@npm:^1.2.3, @acme/core@workspace:core"`, and
repeats the ranges of its dependencies. Those of Yarn 1 know nothing of workspaces.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from release_actions.manifests import npm_package
from release_actions.manifests.manifest import Manifest, Site, Spelling, Token
from release_actions.manifests.yaml_document import YamlDocument

if TYPE_CHECKING:
    import yaml

_KINDS = ("dependencies", "devDependencies", "optionalDependencies", "peerDependencies")
_DESCRIPTOR = re.compile(r"(?P<name>@?[^@,\s]+)@(?P<range>[^,]+)")
_RANGE = re.compile(r"(?:npm:|workspace:)?(?P<range>[~^<>=]*[0-9].*)", re.DOTALL)
_WORKSPACE = re.compile(r"@workspace:(?P<folder>.+)")
FILES = ("yarn.lock",)


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] in FILES


def read(path: str, data: bytes) -> Manifest:
    """Read a lock file of Yarn."""
    if b"__metadata:" not in data:
        return Manifest(path, npm_package.FAMILY)
    document = YamlDocument(path, data)
    sites = [site for key, entry in document.entries(document.root) for site in _entry(document, posixpath.dirname(path), key, entry)]
    return Manifest(path, npm_package.FAMILY, dependencies=tuple(sites))


def _entry(document: YamlDocument, folder: str, key: yaml.Node, entry: yaml.Node) -> Iterator[Site]:
    """The ranges in an entry of a workspace: in its descriptors, and those that it asks of others."""
    members = document.members(entry)
    workspace = _WORKSPACE.search(document.text(members.get("resolution")) or "")
    token = document.string(key, "descriptors")
    if workspace is None or token is None:
        return
    for match in _DESCRIPTOR.finditer(token.text):
        range_ = _range(token.part(*match.span("range")))
        if range_:
            yield Site(range_, f"descriptors of {match['name']}", Spelling.NPM_RANGE, match["name"])
    owner = posixpath.normpath(posixpath.join(folder, workspace["folder"], "package.json"))
    for kind in _KINDS:
        for package, value in document.members(members.get(kind)).items():
            asked = document.string(value, f"{kind}.{package}")
            range_ = _range(asked) if asked else None
            if range_:
                yield Site(range_, f"{workspace['folder']}.{kind}.{package}", Spelling.NPM_RANGE, package, owner)


def _range(token: Token) -> Token | None:
    """The range behind its protocol; None when it is a path, a tag or `*`."""
    match = _RANGE.fullmatch(token.text)
    return token.part(*match.span("range")) if match else None

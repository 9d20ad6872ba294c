"""Chart.yaml (Helm, "The Chart.yaml File"): the version of a chart, that of the application, and charts in folders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from release_actions.manifests.manifest import Manifest, Site, Spelling, Token
from release_actions.manifests.yaml_document import YamlDocument

if TYPE_CHECKING:
    import yaml

FAMILY = "helm"
_VERSION = re.compile(r"v?(?P<version>[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?)", re.ASCII)
FILES = ("Chart.yaml",)


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] in FILES


def read(path: str, data: bytes) -> Manifest:
    """Read a chart's description; an `appVersion` that is no full version is something else's."""
    document = YamlDocument(path, data)
    members = document.members(document.root)
    tokens = [(key, document.string(members.get(key), key)) for key in ("version", "appVersion")]
    found = [(key, bare) for key, token in tokens if token and (bare := _bare(token))]
    return Manifest(
        path,
        FAMILY,
        name=document.text(members.get("name")),
        versions=tuple(Site(token, key, Spelling.SEMVER) for key, token in found),
        dependencies=tuple(site for item in document.items(members.get("dependencies")) for site in _dependency(document, item)),
    )


def _bare(token: Token) -> Token | None:
    match = _VERSION.fullmatch(token.text)
    return token.part(*match.span("version")) if match else None


def _dependency(document: YamlDocument, item: yaml.Node) -> Iterator[Site]:
    entry = document.members(item)
    name, repository = document.text(entry.get("name")), document.text(entry.get("repository")) or ""
    token = document.string(entry.get("version"), f"dependencies.{name}.version") if is_local(repository) else None
    if name and token:
        yield Site(token, f"dependencies.{name}.version", Spelling.SEMVER_REQUIREMENT, name)


def is_local(repository: str) -> bool:
    """Whether a dependency comes from a folder: one that is named, or without a repository `charts` beside the chart."""
    return not repository or repository.startswith("file:")

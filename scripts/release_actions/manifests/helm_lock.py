"""Chart.lock (Helm, "Helm Dependency"). Charts of the repository are those that come from a folder."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from release_actions.manifests import helm_chart
from release_actions.manifests.manifest import Derived, Manifest, Site, Spelling
from release_actions.manifests.yaml_document import YamlDocument, loader

#: The fields of a dependency in Helm's order, and what each is when it is left out (Helm, `chart.Dependency`).
_FIELDS = {"condition": "", "tags": [], "enabled": False, "import-values": [], "alias": ""}
FILES = ("Chart.lock",)


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] in FILES


def read(path: str, data: bytes) -> Manifest:
    """Read a lock file of Helm."""
    document = YamlDocument(path, data)
    members = document.members(document.root)
    digest = document.string(members.get("digest"), "digest")
    chart = posixpath.join(posixpath.dirname(path), "Chart.yaml")
    entries = [document.members(item) for item in document.items(members.get("dependencies"))]
    own = [site for entry in entries for site in _own(document, entry, posixpath.dirname(path))]
    hashed = Site(digest, "digest", Spelling.DERIVED) if digest else None
    return Manifest(
        path,
        helm_chart.FAMILY,
        versions=tuple(site for site in own if site.package is None),
        dependencies=tuple(site for site in own if site.package),
        derived=(Derived(hashed, chart, (_digest,), "helm dependency update"),) if hashed else (),
    )


def _own(document: YamlDocument, entry: Any, folder: str) -> Iterator[Site]:
    """The version of a chart in another folder; that of a chart in `charts` repeats what Chart.yaml requires."""
    name, repository = document.text(entry.get("name")), document.text(entry.get("repository")) or ""
    if name and helm_chart.is_local(repository):
        version = document.string(entry.get("version"), f"dependencies.{name}.version")
        if version and repository:
            owner = posixpath.normpath(posixpath.join(folder, repository.removeprefix("file://"), "Chart.yaml"))
            yield Site(version, f"dependencies.{name}.version", Spelling.SEMVER, owner=owner)
        elif version:
            yield Site(version, f"dependencies.{name}.version", Spelling.SEMVER_REQUIREMENT, name)


def _digest(chart: bytes, lock: bytes) -> str:
    """As Helm 3 makes it of what Chart.yaml requires and of what is locked (Helm, `resolver.HashReq`).

    Where there are aliases none is made: they may repeat anything without an end.
    """
    import yaml

    if any(isinstance(event, yaml.AliasEvent) for data in (chart, lock) for event in yaml.parse(data, loader())):
        return ""
    required = [[_dependency(item) for item in _listed(data)] for data in (chart, lock)]
    text = json.dumps(required, separators=(",", ":"), ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return f"sha256:{sha256(text.encode()).hexdigest()}"


def _listed(data: bytes) -> list[dict[str, Any]]:
    import yaml

    said = yaml.load(data, yaml.BaseLoader)  # noqa: S506 - it makes texts, lists and mappings only
    listed = said.get("dependencies") if isinstance(said, dict) else None
    return [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []


def _dependency(item: dict[str, Any]) -> dict[str, Any]:
    always = {"name": item.get("name", ""), "version": item.get("version", ""), "repository": item.get("repository", "")}
    if not always["version"]:
        del always["version"]
    return always | {field: _sorted(item[field]) for field, empty in _FIELDS.items() if item.get(field, empty) != empty}


def _sorted(value: Any) -> Any:
    """Mappings by their keys, as Go writes them; `true` is the only truth that is written."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(one) for one in value]
    return True if value == "true" else value

"""Descriptions of APIs in JSON or YAML: OpenAPI, Swagger 2.0, AsyncAPI ("Info Object").

Their `info.version` is the API's, which may go its own way; it counts only where the file is declared.
"""

from __future__ import annotations

from release_actions.manifests.json_document import JsonDocument
from release_actions.manifests.manifest import Manifest, Site, Spelling, Token
from release_actions.manifests.yaml_document import YamlDocument

FAMILY = "api"
DECLARED_ONLY = True
_FORMATS = {"openapi", "swagger", "asyncapi"}
FILES = ("*.json", "*.yaml", "*.yml")


def matches(path: str) -> bool:
    """Whether the path may name such a file."""
    return path.endswith((".json", ".yaml", ".yml"))


def read(path: str, data: bytes) -> Manifest:
    """Read a description; a document of something else bears no version, and may be of any form."""
    if not any(name.encode() in data for name in _FORMATS):
        return Manifest(path, FAMILY)
    version = _of_json(path, data) if path.endswith(".json") else _of_yaml(path, data)
    return Manifest(path, FAMILY, versions=(Site(version, "info.version", Spelling.SEMVER),) if version else ())


def _of_json(path: str, data: bytes) -> Token | None:
    document = JsonDocument(path, data)
    root = document.members(document.root)
    info = document.members(root.get("info")) if _FORMATS.intersection(root) else {}
    return document.string(info.get("version"), "info.version")


def _of_yaml(path: str, data: bytes) -> Token | None:
    document = YamlDocument(path, data)
    root = document.members(document.root)
    info = document.members(root.get("info")) if _FORMATS.intersection(root) else {}
    return document.string(info.get("version"), "info.version")

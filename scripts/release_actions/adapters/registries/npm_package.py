"""What a packed npm package says of its own publication."""

from __future__ import annotations

import re
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from release_actions.adapters.archives import BROKEN
from release_actions.domain import strict_json

_LARGEST = 4 * 1024 * 1024
#: The last two parts of an address, or all of the short form `owner/name`.
_REPOSITORY = re.compile(r"(?:^(?:github:)?|[/:])([^/:@\s]+/[^/:#\s]+?)(?:\.git)?/?(?:#.*)?$")


def manifest(tarball: Path) -> Mapping[str, Any]:
    """The package.json inside the tarball; nothing where it can't be read, which is for others to say."""
    try:
        with tarfile.open(tarball) as archive:
            for member in archive:
                if member.isfile() and member.name.count("/") == 1 and member.name.endswith("/package.json") and member.size < _LARGEST:
                    file = archive.extractfile(member)
                    found = strict_json.loads(file.read()) if file else {}
                    return found if isinstance(found, dict) else {}
    except BROKEN:
        pass
    return {}


def publish_config(package: Mapping[str, Any]) -> Mapping[str, Any]:
    """`publishConfig`, whose entries come before npm's settings."""
    found = package.get("publishConfig")
    return found if isinstance(found, dict) else {}


def repository(package: Mapping[str, Any]) -> str:
    """The `owner/name` that `repository` leads to, or nothing."""
    found = package.get("repository")
    address = found.get("url") if isinstance(found, dict) else found
    match = _REPOSITORY.search(address.strip()) if isinstance(address, str) else None
    return match[1] if match else ""


def home(npm: str, settings: Callable[[], Mapping[str, Any]]) -> Path | None:
    """The folder of npm itself, which holds its libraries, given its command and how to get its settings; None if not found.

    It is around the command; where that is a script that only leads there, npm is where it puts global packages, if that
    one is of its version.
    """
    command = Path(npm).resolve()
    for folder in list(command.parents)[:3]:
        if _npm_version(folder):
            return folder
    known = settings()
    prefix = Path(str(known.get("prefix") or "."))
    for place in (command.parent, prefix / "lib", prefix):
        folder = place / "node_modules" / "npm"
        if _npm_version(folder) == known.get("npm-version", ""):
            return folder
    return None


def _npm_version(folder: Path) -> str | None:
    """The version of npm, if the folder is its own."""
    try:
        package = strict_json.loads((folder / "package.json").read_bytes())
        return str(package["version"]) if package["name"] == "npm" else None
    except (OSError, ValueError, LookupError, TypeError):
        return None

"""Lock files that may repeat versions of the repository's own packages and are not followed: each with what makes it anew."""

from __future__ import annotations

import re
from collections.abc import Iterable

from release_actions.manifests import npm_package, podspec, pyproject
from release_actions.manifests.manifest import Manifest

_COMMANDS = {
    "bun.lock": (npm_package.FAMILY, "bun install"),
    "deno.lock": (npm_package.FAMILY, "deno install"),
    "packages.lock.json": ("nuget", "dotnet restore --force-evaluate"),
    "pdm.lock": (pyproject.FAMILY, "pdm lock"),
    "Pipfile.lock": (pyproject.FAMILY, "pipenv lock"),
    "pixi.lock": (pyproject.FAMILY, "pixi lock"),
    "Podfile.lock": (podspec.FAMILY, "pod install"),
}
FILES = tuple(_COMMANDS)


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] in FILES


def read(path: str, data: bytes) -> Manifest:  # noqa: ARG001 - as all kinds do
    """What is known of the file by its name."""
    family, command = _COMMANDS[path.rpartition("/")[2]]
    return Manifest(path, family, remade_by=command)


def speaks_of(data: bytes, names: Iterable[str]) -> str | None:
    """The first of these packages that the file names, in whatever syntax."""
    words = b"|".join(re.escape(name.encode()) for name in names)
    found = re.search(rb"(?<![\w@/.-])(?:" + words + rb")(?![\w/-])", data, re.IGNORECASE) if words else None
    return found[0].decode(errors="replace") if found else None

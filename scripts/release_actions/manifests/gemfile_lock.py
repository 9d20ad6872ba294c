"""Gemfile.lock (Bundler's `lockfile_generator.rb`, `lockfile_parser.rb`).

Gems of the repository's folders stand under `PATH`, what they depend on below them. `DEPENDENCIES` repeats the Gemfile,
with a `!` after gems that come from no registry, and `CHECKSUMS` repeats names and versions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from release_actions.errors import ManifestError, Place
from release_actions.manifests import gemspec
from release_actions.manifests.lines import decoded
from release_actions.manifests.manifest import Manifest, Site, Spelling, Token

_SPEC = re.compile(r"(?P<indent> {2}| {4})(?P<name>[\w.-]+) \((?P<version>[0-9][0-9A-Za-z.]*)(?:-[^()\s]+)?\).*")
_DEPENDENCY = re.compile(r"(?P<indent> {2}| {6})(?P<name>[\w.-]+) \((?P<requirements>[^()]+)\)!?")
_CONFLICT = re.compile(r"<{7}|>{7}|={7}|\|{7}")
FILES = ("Gemfile.lock", "gems.locked")


def matches(path: str) -> bool:
    """Whether the path names such a file, of the repository's own."""
    return path.rpartition("/")[2] in FILES and "vendor" not in path.split("/")


def read(path: str, data: bytes) -> Manifest:
    """Read a lock file of Bundler."""
    own: set[str] = set()
    sites: list[Site] = []
    for section, line in _lines(path, data):
        spec, dependency = _SPEC.fullmatch(line.text), _DEPENDENCY.fullmatch(line.text)
        if section == "PATH" and spec and len(spec["indent"]) == 4:
            own.add(spec["name"])
        if spec and ((section == "PATH" and len(spec["indent"]) == 4) or (section == "CHECKSUMS" and spec["name"] in own)):
            sites.append(Site(line.part(*spec.span("version")), f"{section} {spec['name']}", Spelling.RUBYGEMS, spec["name"]))
        elif dependency and (section == "PATH" or (section == "DEPENDENCIES" and line.text.endswith("!"))):
            token, name = line.part(*dependency.span("requirements")), dependency["name"]
            sites.append(Site(token, f"{section} {name}", Spelling.RUBYGEMS_REQUIREMENT, name))
    return Manifest(path, gemspec.FAMILY, dependencies=tuple(sites))


def _lines(path: str, data: bytes) -> Iterator[tuple[str, Token]]:
    """Each line with the section it stands in; what is not ASCII holds no version."""
    section, offset = "", decoded(path, data).bom
    for number, raw in enumerate(data[offset:].split(b"\n"), start=1):
        text = raw.rstrip(b"\r").decode(errors="replace")
        if _CONFLICT.match(text):
            what = "The file holds the marks of a merge conflict."
            raise ManifestError("manifest-syntax", what, "Resolve the conflict.", Place(path, number))
        if text and not text.startswith(" "):
            section = text
        elif text.isascii():
            yield section, Token(offset, offset + len(text), number, text)
        offset += len(raw) + 1

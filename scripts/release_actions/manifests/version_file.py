"""VERSION: a file that holds nothing but a version."""

from __future__ import annotations

import re

from release_actions.manifests.lines import decoded
from release_actions.manifests.manifest import Manifest, Site, Spelling, Token

FAMILY = "text"
_VERSION = re.compile(r"\s*(?P<version>[0-9]+\.[0-9]+\.[0-9]+(?P<rest>[.+-][0-9A-Za-z.+-]+|(?:a|b|rc)[0-9]+)?)\s*", re.ASCII)
_RUBYGEMS = re.compile(r"\.(?:a\.dev|alpha|beta|rc)\.[0-9]+")
_PEP440 = re.compile(r"(?:a|b|rc|\.dev)[0-9]+")
FILES = ("VERSION",)


def matches(path: str) -> bool:
    """Whether the path names such a file, of the repository's own."""
    *folders, name = path.split("/")
    return name == "VERSION" and {"vendor", "node_modules"}.isdisjoint(folders)


def read(path: str, data: bytes) -> Manifest:
    """Read a file VERSION; one that holds more than a version holds none that is known.

    A prerelease stays in the scheme that it is written in; after a release it is written as Semantic Versioning has it.
    """
    bom = len(data) - len(data.removeprefix(b"\xef\xbb\xbf"))
    match = _VERSION.fullmatch(decoded(path, data).text)
    if match is None:
        return Manifest(path, FAMILY)
    rest, (start, end) = match["rest"] or "", match.span("version")
    spelling = Spelling.RUBYGEMS if _RUBYGEMS.fullmatch(rest) else Spelling.PEP440 if _PEP440.fullmatch(rest) else Spelling.SEMVER
    line = match[0].count("\n", 0, start) + 1
    return Manifest(path, FAMILY, versions=(Site(Token(bom + start, bom + end, line, match["version"]), "the file", spelling),))

"""gradle.properties, in the format of java.util.Properties (Java SE, "Properties.load")."""

from __future__ import annotations

import re

from release_actions.errors import ManifestError, Place
from release_actions.manifests import maven_pom
from release_actions.manifests.lines import Lines
from release_actions.manifests.manifest import Manifest, Site, Spelling, Token

#: `version` is the project's; the other one is the Maven publish plugin's.
_KEYS = {"version", "VERSION_NAME"}
#: Comments, and properties with the lines that a backslash continues. Nothing is given back, since no other split of a line would fit.
_LINE = re.compile(
    rb"[ \t\f]*+(?:[#!][^\r\n]*+|(?P<key>(?:\\.|[^\s:=\\])++)[ \t\f]*+(?:[:=][ \t\f]*+)?(?P<value>(?:\\\r\n|\\.|[^\r\n\\])*+))?"
    rb"(?:\r\n|\r|\n|\Z)",
    re.DOTALL,
)
FILES = ("gradle.properties",)


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] in FILES


def read(path: str, data: bytes) -> Manifest:
    """Read a gradle.properties."""
    sites: dict[str, Site] = {}
    lines, position = Lines(data), 0
    while position < len(data):
        match = _LINE.match(data, position)
        if match is None:
            what = "The line is no property."
            raise ManifestError("manifest-syntax", what, "Write `key=value`.", Place(path, lines.at(position)))
        key = (match["key"] or b"").decode("latin-1")
        if key in _KEYS:
            site = _site(path, match, lines.at(match.start("value")))
            if key in sites:
                what = f"The key `{key}` stands twice."
                raise ManifestError("manifest-duplicate-key", what, "Remove one of them.", Place(path, site.line))
            sites[key] = site
        position = match.end()
    return Manifest(path, maven_pom.FAMILY, versions=tuple(site for site in sites.values() if site.text))


def _site(path: str, match: re.Match[bytes], line: int) -> Site:
    key, value = match["key"].decode("latin-1"), match["value"].rstrip(b" \t\f")
    if b"\\" in value or not value.isascii():
        raise ManifestError("manifest-escape", f"`{key}` is written with escapes.", "Write it plainly.", Place(path, line))
    start = match.start("value")
    return Site(Token(start, start + len(value), line, value.decode()), key, Spelling.MAVEN)

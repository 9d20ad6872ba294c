"""setup.cfg: the `version` of its section `metadata` (Setuptools, "Configuring setuptools using setup.cfg files")."""

from __future__ import annotations

import re

from release_actions.errors import ManifestError, Place
from release_actions.manifests import pyproject
from release_actions.manifests.lines import decoded
from release_actions.manifests.manifest import LeftAlone, Manifest, Site, Spelling, Token

_SECTION = re.compile(r"\[(?P<name>[^\]]+)\].*")
#: A key at the start of its line; indented lines continue the value above (Python, "configparser").
_OPTION = re.compile(r"(?P<key>[^\s:=#;\[][^:=]*?)\s*[:=]\s*(?P<value>.*?)\s*")
_ELSEWHERE = re.compile(r"(?:attr|file)\s*:")


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] == "setup.cfg"


def read(path: str, data: bytes) -> Manifest:
    """Read a setup.cfg; a version that comes from elsewhere is left alone."""
    section, offset = "", decoded(path, data).bom
    found: Site | LeftAlone | None = None
    for number, raw in enumerate(data[offset:].split(b"\n"), start=1):
        line = raw.rstrip(b"\r").decode()
        header, option = _SECTION.fullmatch(line), _OPTION.fullmatch(line)
        if header:
            section = header["name"].strip()
        elif section == "metadata" and option and option["key"].lower() == "version":
            if found:
                what = "The key `version` stands twice in the section `metadata`."
                raise ManifestError("manifest-duplicate-key", what, "Remove one of them.", Place(path, number))
            found = _version(path, option, offset, number)
        offset += len(raw) + 1
    sites = (found,) if isinstance(found, Site) else ()
    return Manifest(path, pyproject.FAMILY, versions=sites, left_alone=(found,) if isinstance(found, LeftAlone) else ())


def _version(path: str, option: re.Match[str], offset: int, line: int) -> Site | LeftAlone | None:
    value = option["value"]
    if not value:
        return None
    if _ELSEWHERE.match(value):
        return LeftAlone(line, "metadata.version", value, "it comes from another file")
    if not option.string.isascii():
        raise ManifestError("manifest-escape", "`version` is not plain text.", "Write the version alone.", Place(path, line))
    start, end = option.span("value")
    return Site(Token(offset + start, offset + end, line, value), "metadata.version", Spelling.PEP440)

"""Retraction of a version in go.mod, text to text (Go Modules Reference, "retract directive").

Versions stay in the module proxy for ever; the go command warns of those that the newest version retracts, and no
longer chooses them.
"""

from __future__ import annotations

import re

from release_actions.domain.version import Version
from release_actions.errors import RefusedError

_MODULE = re.compile(r'^\s*module\s+"?(\S+?)"?\s*(?://.*)?$', re.MULTILINE)
_MAJOR = re.compile(r"[/.]v(\d{1,10})$", re.ASCII)
#: A directive or a line of a block of directives.
_RETRACTED = re.compile(r"^\s*(?:retract\s+)?\[?\s*(?P<low>v[\w.+-]+)\s*(?:,\s*(?P<high>v[\w.+-]+)\s*\])?\s*(?://.*)?$", re.MULTILINE)
_BLOCK = re.compile(r"^\s*retract\s*\((?P<lines>.*?)^\s*\)", re.MULTILINE | re.DOTALL)
_LINE = re.compile(r"^\s*retract\s+[^(\s].*$", re.MULTILINE)


def retracted(text: str, version: Version, reason: str) -> str | None:
    """`text` with a directive that retracts `version`, or None when there is nothing to add.

    That is so when it is retracted already, or when the module is of another major version, whose path differs.
    """
    if _major(text) != _path_major(version) or version in _listed(text):
        return None
    end = "\r\n" if "\r\n" in text else "\n"
    comment = " ".join(reason.split()).replace("//", "/")
    return f"{text.rstrip()}{end}{end}retract {version.tag} // {comment}{end}"


def _major(text: str) -> int:
    """The major version that the module's path says; 1 for a path that says none, which is for 0 and 1."""
    module = _MODULE.search(text)
    found = _MAJOR.search(module[1]) if module else None
    return int(found[1]) if found else 1


def _path_major(version: Version) -> int:
    return max(version.major, 1)


def _listed(text: str) -> set[Version | None]:
    """The versions that are retracted by name; ranges are left to people, and a second directive does no harm."""
    parts = [match["lines"] for match in _BLOCK.finditer(text)] + [match[0] for match in _LINE.finditer(text)]
    found = (match for part in parts for match in _RETRACTED.finditer(part))
    return {_parsed(match["low"]) for match in found if match["high"] in (None, match["low"])}


def _parsed(text: str) -> Version | None:
    try:
        return Version.parse(text.removeprefix("v"))
    except RefusedError:
        return None

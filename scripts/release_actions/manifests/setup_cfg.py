"""setup.cfg: metadata and requirements (Setuptools, "Configuring setuptools using setup.cfg files")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from release_actions.errors import ManifestError, Place
from release_actions.manifests import pyproject, python_requirement
from release_actions.manifests.lines import decoded
from release_actions.manifests.manifest import LeftAlone, Manifest, Site, Spelling, Token

_SECTION = re.compile(r"\[(?P<name>[^\]]+)\].*")
#: A key at the start of its line; indented lines continue the value above (Python, "configparser").
_OPTION = re.compile(r"(?P<key>[^\s:=#;\[][^:=]*?)\s*[:=]\s*(?P<value>.*?)\s*")
_ELSEWHERE = re.compile(r"(?:attr|file)\s*:")
_REQUIRED = {"install_requires", "setup_requires", "tests_require"}
_EXTRAS = "options.extras_require"


@dataclass(frozen=True)
class _Line:
    """A line of an option's value: the first stands beside its key, the others below it."""

    section: str
    key: str
    token: Token
    first: bool


FILES = ("setup.cfg",)


def matches(path: str) -> bool:
    """Whether the path names such a file."""
    return path.rpartition("/")[2] in FILES


def read(path: str, data: bytes) -> Manifest:
    """Read a setup.cfg; a version that comes from elsewhere is left alone."""
    lines = list(_lines(path, data))
    name = next((line.token.text for line in lines if (line.section, line.key) == ("metadata", "name") and line.token.text), None)
    version = _version(path, [line.token for line in lines if (line.section, line.key, line.first) == ("metadata", "version", True)])
    return Manifest(
        path,
        pyproject.FAMILY,
        speaks_of=name,
        versions=(version,) if isinstance(version, Site) else (),
        dependencies=tuple(site for line in lines if _requires(line) for site in _sites(line)),
        left_alone=(version,) if isinstance(version, LeftAlone) else (),
    )


def _lines(path: str, data: bytes) -> Iterator[_Line]:
    """Every line of a value, without the space around it. In Latin-1 each byte is one character."""
    section, key, offset = "", "", decoded(path, data).bom
    for number, raw in enumerate(data[offset:].decode("latin-1").split("\n"), start=1):
        line = raw.rstrip("\r")
        header, option = _SECTION.fullmatch(line), _OPTION.fullmatch(line)
        if header:
            section, key = header["name"].strip(), ""
        elif option:
            key = option["key"].lower()
            yield _Line(section, key, _token(offset + option.start("value"), number, option["value"]), first=True)
        elif line[:1].isspace() and key and not line.lstrip().startswith(("#", ";")):
            start = offset + len(line) - len(line.lstrip())
            yield _Line(section, key, _token(start, number, line.strip()), first=False)
        offset += len(raw) + 1


def _token(start: int, line: int, text: str) -> Token:
    return Token(start, start + len(text), line, text)


def _version(path: str, said: list[Token]) -> Site | LeftAlone | None:
    if len(said) > 1:
        what = "The key `version` stands twice in the section `metadata`."
        raise ManifestError("manifest-duplicate-key", what, "Remove one of them.", Place(path, said[1].line))
    if not said or not said[0].text:
        return None
    if _ELSEWHERE.match(said[0].text):
        return LeftAlone(said[0].line, "metadata.version", said[0].text, "it comes from another file")
    if not said[0].text.isascii():
        raise ManifestError("manifest-escape", "`version` is not plain text.", "Write the version alone.", Place(path, said[0].line))
    return Site(said[0], "metadata.version", Spelling.PEP440)


def _requires(line: _Line) -> bool:
    return line.section == _EXTRAS or (line.section == "options" and line.key in _REQUIRED)


def _sites(line: _Line) -> Iterator[Site]:
    """The requirements on a line: one, or beside the key several with semicolons between them."""
    start = 0
    for part in line.token.text.split(";") if line.first else [line.token.text]:
        begin = line.token.start + start + len(part) - len(part.lstrip())
        requirement = python_requirement.parsed(_token(begin, line.token.line, part.strip())) if part.isascii() else None
        site = requirement.site(f"{line.section}.{line.key}") if requirement else None
        if site:
            yield site
        start += len(part) + 1

"""A built release: the packages with their files and digests, as `release.json` records them.

`release.json` is what `build` hands to everything after it. Its form is published as `schemas/release.schema.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from release_actions.domain import strict_json
from release_actions.domain.package import Ecosystem
from release_actions.domain.version import Version
from release_actions.errors import Place, RefusedError, ReleaseError

SCHEMA = 1
FILE_NAME = "release.json"

#: A commit's full name, in SHA-1 or SHA-256.
_COMMIT = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"
#: A packed file's name: no folder, nothing hidden, nothing that a shell or a file system takes for something else.
_FILE = r"[A-Za-z0-9_][A-Za-z0-9._+!~-]{0,254}"


@dataclass(frozen=True)
class Digest:
    """A file's digest: the algorithm (`sha256` or `sha512`) and its value in lower-case hexadecimal."""

    algorithm: str
    value: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"

    @property
    def short(self) -> str:
        """As much of it as people compare."""
        return f"{self.algorithm}:{self.value[:12]}…"


@dataclass(frozen=True)
class File:
    """A packed file: its name without a folder, its size in bytes, its digests in lower-case hexadecimal."""

    name: str
    size: int
    sha256: str
    sha512: str

    def digest(self, algorithm: str) -> Digest:
        """This file's digest by `algorithm`."""
        return Digest(algorithm, {"sha256": self.sha256, "sha512": self.sha512}[algorithm])


def is_symbols(file: File) -> bool:
    """Whether the file is a symbol package, which a registry takes but never gives back."""
    return file.name.endswith(".snupkg")


@dataclass(frozen=True)
class BuiltPackage:
    """A package as built: `version` is spelt as its ecosystem needs it; `depends_on` as in `Package`."""

    ecosystem: Ecosystem
    name: str
    version: str
    files: tuple[File, ...]
    depends_on: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[Ecosystem, str]:
        """What tells packages apart."""
        return self.ecosystem, self.name


@dataclass(frozen=True)
class OnRegistry:
    """What a registry holds of one package.

    `files` are those of the asked version, by name; `versions` all versions of the package, as the registry spells
    them; `withdrawn` those of them that their owner deprecated, and `pointers` the dist-tags (npm only). Symbol
    packages can't be read back, and are never among the files.
    """

    files: Mapping[str, Digest] = field(default_factory=dict)
    versions: tuple[str, ...] = ()
    pointers: Mapping[str, str] = field(default_factory=dict)
    withdrawn: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Release:
    """Everything that one tag releases."""

    version: Version
    commit: str
    packages: tuple[BuiltPackage, ...]

    def to_json(self) -> str:
        """The text of `release.json`."""
        document = {
            "schema": SCHEMA,
            "tag": self.version.tag,
            "version": str(self.version),
            "commit": self.commit,
            "packages": [asdict(package) for package in self.packages],
        }
        return json.dumps(document, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str, path: str = FILE_NAME) -> Release:
        """Read the text of `release.json`; `path` is for messages.

        Raises:
            RefusedError: the text is not of the schema (rule `release-json`).
        """
        try:
            document = strict_json.loads(text)
            if document["schema"] != SCHEMA:
                raise RefusedError(
                    "release-json",
                    f"The file is of schema {str(document['schema'])[:100]!r}; this version of the suite reads {SCHEMA}.",
                    "Build and publish with the same version of release-actions.",
                    Place(path),
                )
            return _release(document)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise RefusedError(
                "release-json",
                f"The file is not a record of built packages ({type(error).__name__}: {str(error)[:300]}).",
                "Build again, and hand over the whole folder that `build` wrote.",
                Place(path),
            ) from None


def _release(document: Mapping[str, Any]) -> Release:
    version = _version(_text(document, "version"))
    if document["tag"] != version.tag:
        raise ValueError(f"`tag` is {str(document['tag'])[:100]!r}, and `version` {version}")
    if not re.fullmatch(_COMMIT, _text(document, "commit")):
        raise ValueError(f"`commit` is {document['commit'][:100]!r}")
    packages = tuple(_package(entry) for entry in _list(document, "packages"))
    if len({package.key for package in packages}) < len(packages):
        raise ValueError("a package is listed twice")
    names = [file.name for package in packages for file in package.files]
    if len(set(names)) < len(names):
        raise ValueError("a file is listed twice")
    return Release(version, document["commit"], packages)


def _version(text: str) -> Version:
    try:
        return Version.parse(text)
    except ReleaseError as error:
        raise ValueError(error.findings[0].what) from None


def _package(entry: Mapping[str, Any]) -> BuiltPackage:
    needed = _list(entry, "depends_on")
    if not all(isinstance(name, str) and name for name in needed):
        raise ValueError("`depends_on` is no list of names")
    files = tuple(_file(file) for file in _list(entry, "files"))
    return BuiltPackage(Ecosystem(_text(entry, "ecosystem")), _text(entry, "name"), _text(entry, "version"), files, tuple(needed))


def _file(entry: Mapping[str, Any]) -> File:
    name, size = _text(entry, "name"), entry["size"]
    if not re.fullmatch(_FILE, name):
        raise ValueError(f"{name[:100]!r} is no file name")
    if type(size) is not int or size < 0:
        raise ValueError(f"`size` is {str(size)[:100]!r}")
    return File(name, size, _hexadecimal(entry, "sha256", 64), _hexadecimal(entry, "sha512", 128))


def _list(entry: Mapping[str, Any], key: str) -> list[Any]:
    if not isinstance(entry[key], list):
        raise ValueError(f"`{key}` is no list")
    return list(entry[key])


def _text(entry: Mapping[str, Any], key: str) -> str:
    if not isinstance(entry[key], str) or not entry[key]:
        raise ValueError(f"`{key}` is {str(entry[key])[:100]!r}")
    return str(entry[key])


def _hexadecimal(entry: Mapping[str, Any], key: str, length: int) -> str:
    value = _text(entry, key)
    if not re.fullmatch(rf"[0-9a-f]{{{length}}}", value):
        raise ValueError(f"`{key}` is {value[:200]!r}")
    return value

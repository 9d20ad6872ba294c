"""A built release: the packages with their files and digests, as `release.json` records them.

`release.json` is what `build` hands to everything after it. Its form is published as `schemas/release.schema.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from release_actions.domain.package import Ecosystem
from release_actions.domain.version import Version
from release_actions.errors import Place, RefusedError

SCHEMA = 1
FILE_NAME = "release.json"


@dataclass(frozen=True)
class Digest:
    """A file's digest: the algorithm (`sha256` or `sha512`) and its value in lower-case hexadecimal."""

    algorithm: str
    value: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"


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
    them; `pointers` its dist-tags (npm only). Symbol packages can't be read back, and are never among the files.
    """

    files: Mapping[str, Digest] = field(default_factory=dict)
    versions: tuple[str, ...] = ()
    pointers: Mapping[str, str] = field(default_factory=dict)


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
            document = json.loads(text)
            if document["schema"] != SCHEMA:
                raise RefusedError(
                    "release-json",
                    f"The file is of schema {document['schema']!r}; this version of the suite reads {SCHEMA}.",
                    "Build and publish with the same version of release-actions.",
                    Place(path),
                )
            return cls(
                Version.parse(document["version"]),
                _text(document, "commit"),
                tuple(_package(entry) for entry in document["packages"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RefusedError(
                "release-json",
                f"The file is not a record of built packages ({type(error).__name__}: {error}).",
                "Build again, and hand over the whole folder that `build` wrote.",
                Place(path),
            ) from error


def _package(entry: Mapping[str, Any]) -> BuiltPackage:
    return BuiltPackage(
        Ecosystem(entry["ecosystem"]),
        _text(entry, "name"),
        _text(entry, "version"),
        tuple(_file(file) for file in entry["files"]),
        tuple(str(name) for name in entry["depends_on"]),
    )


def _file(entry: Mapping[str, Any]) -> File:
    name, size = _text(entry, "name"), entry["size"]
    if name in {"", ".", ".."} or "/" in name or "\\" in name or "\0" in name:
        raise ValueError(f"{name!r} is no file name")
    if not isinstance(size, int) or size < 0:
        raise ValueError(f"{size!r} is no size")
    return File(name, size, _hexadecimal(entry, "sha256", 64), _hexadecimal(entry, "sha512", 128))


def _text(entry: Mapping[str, Any], key: str) -> str:
    if not isinstance(entry[key], str) or not entry[key]:
        raise ValueError(f"`{key}` is {entry[key]!r}")
    return str(entry[key])


def _hexadecimal(entry: Mapping[str, Any], key: str, length: int) -> str:
    value = _text(entry, key)
    if len(value) != length or not set(value) <= set("0123456789abcdef"):
        raise ValueError(f"`{key}` is {value!r}")
    return value

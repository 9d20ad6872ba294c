"""What is noted of a release when it is published, so that it can be taken back: `rollback.json`.

Once a release is out, its registries no longer tell where their pointers were before it. Its form is published as
`schemas/rollback.schema.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from release_actions.domain import pointers, strict_json
from release_actions.domain.package import Ecosystem
from release_actions.domain.plan import Key, dist_tag_of
from release_actions.domain.release import BuiltPackage, OnRegistry, Release
from release_actions.domain.standing import before, known
from release_actions.domain.version import Version
from release_actions.errors import Place, RefusedError, ReleaseError

SCHEMA = 1
FILE_NAME = "rollback.json"


@dataclass(frozen=True)
class Way:
    """The way back of one package: the version before this one, if any, and where each dist-tag was that the release moved.

    A dist-tag that was nowhere has an empty text. Versions are spelt as the registry spells them.
    """

    ecosystem: Ecosystem
    name: str
    version: str
    previous: str = ""
    pointers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """The ways back of a release's packages."""

    version: Version
    packages: tuple[Way, ...] = ()

    def pointers(self, package: BuiltPackage) -> Mapping[str, str]:
        """Where the package's dist-tags were; nothing when it isn't noted."""
        found = (way.pointers for way in self.packages if (way.ecosystem, way.name) == package.key)
        return next(found, {})

    def joined(self, other: Record) -> Record:
        """This record, with those packages of `other` that it lacks: what was noted first was noted before the release."""
        keys = {(way.ecosystem, way.name) for way in self.packages}
        return Record(self.version, (*self.packages, *(way for way in other.packages if (way.ecosystem, way.name) not in keys)))

    def to_json(self) -> str:
        """The text of `rollback.json`."""
        packages = [
            {
                "ecosystem": way.ecosystem,
                "name": way.name,
                "version": way.version,
                "previous": way.previous or None,
                "pointers": {tag: where or None for tag, where in sorted(way.pointers.items())},
            }
            for way in self.packages
        ]
        document = {"schema": SCHEMA, "tag": self.version.tag, "version": str(self.version), "packages": packages}
        return json.dumps(document, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str, path: str = FILE_NAME) -> Record:
        """Read the text of `rollback.json`; `path` is for messages.

        Raises:
            RefusedError: the text is not of the schema (rule `rollback-json`).
        """
        try:
            document = strict_json.loads(text)
            if document["schema"] != SCHEMA:
                raise ValueError(f"its schema is {str(document['schema'])[:100]!r}, and not {SCHEMA}")
            if not isinstance(document["packages"], list):
                raise TypeError("`packages` is no list")
            packages = tuple(_way(entry) for entry in document["packages"])
            return cls(_version(_text(document, "version")), packages)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise RefusedError(
                "rollback-json",
                f"The file is no record of a way back ({type(error).__name__}: {str(error)[:300]}).",
                "Take it away: what it says is then worked out from the registries.",
                Place(path),
            ) from None


def record(release: Release, found: Mapping[Key, OnRegistry], dist_tag: str = "") -> Record:
    """What to note of `release` before it is published, given what its registries hold; `dist_tag` overrides npm's.

    Asked again once the release is out, it says the same as far as the registries still tell.
    """
    return Record(release.version, tuple(_noted(package, release.version, found[package.key], dist_tag) for package in release.packages))


def _noted(package: BuiltPackage, version: Version, found: OnRegistry, dist_tag: str) -> Way:
    others = [other for other in known(package.ecosystem, found.versions) if other < version]
    tag = dist_tag_of(version, package, found, dist_tag)
    last = before(version, others) or before(version, others, "")
    ways = {tag: _where(tag, package, version, found)} if tag else {}
    if tag and not set(found.versions) - {package.version}:
        ways[pointers.LATEST] = ""  # which npm gives to a first publication, whatever its tag
    return Way(package.ecosystem, package.name, package.version, last.spelt(package.ecosystem.scheme) if last else "", ways)


def _where(tag: str, package: BuiltPackage, version: Version, found: OnRegistry) -> str:
    at = found.pointers.get(tag, "")
    if at != package.version:
        return at
    other = before(version, [one for one in known(package.ecosystem, found.versions) if one < version], tag)
    return other.spelt(package.ecosystem.scheme) if other else ""


def _way(entry: Mapping[str, Any]) -> Way:
    noted = entry["pointers"]
    if not isinstance(noted, dict) or not all(where is None or (isinstance(where, str) and where) for where in noted.values()):
        raise ValueError("`pointers` does not lead from dist-tags to versions")
    previous = entry["previous"]
    if previous is not None and not (isinstance(previous, str) and previous):
        raise ValueError(f"`previous` is {str(previous)[:100]!r}")
    where = {tag: version or "" for tag, version in noted.items()}
    return Way(Ecosystem(_text(entry, "ecosystem")), _text(entry, "name"), _text(entry, "version"), previous or "", where)


def _version(text: str) -> Version:
    try:
        return Version.parse(text)
    except ReleaseError as error:
        raise ValueError(error.findings[0].what) from None


def _text(entry: Mapping[str, Any], key: str) -> str:
    if not isinstance(entry[key], str) or not entry[key]:
        raise ValueError(f"`{key}` is {str(entry[key])[:100]!r}")
    return str(entry[key])

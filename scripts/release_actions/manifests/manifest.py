"""What a version-bearing file says, and the exact bytes where it says it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from release_actions.errors import Place


class Spelling(StrEnum):
    """How the bytes of a site spell a version, or a range of versions."""

    SEMVER = "semver"
    PEP440 = "pep440"
    NUMERIC = "numeric"  # numbers only, as many as there were
    CORE = "core"  # X.Y.Z: .NET's VersionPrefix
    SUFFIX = "suffix"  # what follows the hyphen: .NET's VersionSuffix
    GO_PATH = "go-path"  # a module's path, or that of a package in it
    RUBYGEMS = "rubygems"
    MAVEN = "maven"
    COMPOSER = "composer"  # as Semantic Versioning, but without a place below alpha
    NPM_RANGE = "npm-range"
    PEP440_SPECIFIER = "pep440-specifier"
    POETRY_CONSTRAINT = "poetry-constraint"
    POETRY_LOCKED = "poetry-locked"  # a constraint as poetry.lock repeats it, without `~=`
    NUGET_RANGE = "nuget-range"
    MAVEN_RANGE = "maven-range"
    SEMVER_REQUIREMENT = "semver-requirement"  # Cargo, pub, Hex, CocoaPods
    COMPOSER_CONSTRAINT = "composer-constraint"
    RUBYGEMS_REQUIREMENT = "rubygems-requirement"
    DERIVED = "derived"  # from what other sites say


class Token(NamedTuple):
    """A stretch of bytes: `start` and `end` are offsets, `line` is counted from 1, `text` is what the bytes say.

    It and `Site` are tuples, since a repository may have tens of thousands, which are made and handed over in a third of the time.
    """

    start: int
    end: int
    line: int
    text: str

    def part(self, start: int, end: int) -> Token:
        """The characters from `start` to `end`."""
        if self.text.isascii() and len(self.text) == self.end - self.start:
            return Token(self.start + start, self.start + end, self.line, self.text[start:end])
        # Text that takes other than its UTF-8 bytes is UTF-16, of either order.
        encoding = "utf-8" if len(self.text.encode()) == self.end - self.start else "utf-16-le"
        first, last = (self.start + len(self.text[:position].encode(encoding)) for position in (start, end))
        return Token(first, last, self.line, self.text[start:end])


class Site(NamedTuple):
    """A token that bears a version, or a range of versions.

    `key` is where in the document it stands, for reports. `package` is the package that a dependency is on; None is
    the manifest's own. `owner` is the manifest that a lock file's entry repeats.
    """

    token: Token
    key: str
    spelling: Spelling
    package: str | None = None
    owner: str | None = None

    @property
    def line(self) -> int:
        """The line, counted from 1."""
        return self.token.line

    @property
    def text(self) -> str:
        """What the site says now."""
        return self.token.text


@dataclass(frozen=True)
class LeftAlone:
    """A place that speaks of a version and is not touched, and why.

    `of_package` tells that it is the version of the manifest's own package, so that this is filled in elsewhere.
    """

    line: int
    key: str
    text: str
    why: str
    of_package: bool = True


@dataclass(frozen=True)
class VersionSource:
    """The file that a project's version comes from, as its manifest says at `line` under `key`.

    It is the first of `paths` that exists, relative to the repository. The version is what the first of the constants
    `names` is set to, or all of the file when there are none. `text` is that version once the file was read.
    """

    line: int
    key: str
    paths: tuple[str, ...]
    names: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True)
class Derived:
    """What a lock file bears at `site` that is made of what the file `of` says, such as a hash of it.

    `ways` are those in which tools have made it, from the bytes of that file and of the lock file. `command` makes the
    lock file anew.
    """

    site: Site
    of: str
    ways: tuple[Callable[[bytes, bytes], str], ...]
    command: str

    def follow(self, before: tuple[bytes, bytes], after: tuple[bytes, bytes]) -> str | None:
        """What it is after a change, made in the way that it was made in before; None when it was made in none of `ways`."""
        way = next((way for way in self.ways if way(*before) == self.site.text), None)
        return way(*after) if way else None


@dataclass(frozen=True)
class Manifest:
    """A version-bearing file, read.

    `family` is the ecosystem's name; `name` is the package's, None when the file makes no package (lock files, shared
    properties). `speaks_of` is the package whose metadata the file holds for another manifest, or where no other does.
    `versions` are the file's own version sites, `candidates` those of properties that are versions only if
    something refers to them, `dependencies` all its references by version to packages, own or not. `requires` names
    all packages that this one needs at run time, and `projects` the files or folders of those that it refers to by
    path. `left_alone` is what bears no version that could be set. `properties` is what .NET projects hand down.
    `derived` follows what changes in other files. `remade_by` is the command that makes a lock file which is not read.
    `encoding` is how to encode what replaces a site. `source` is where the version comes from, when the manifest leaves that
    to another file.
    """

    path: str
    family: str
    name: str | None = None
    speaks_of: str | None = None
    private: bool = False
    versions: tuple[Site, ...] = ()
    candidates: tuple[Site, ...] = ()
    dependencies: tuple[Site, ...] = ()
    requires: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    left_alone: tuple[LeftAlone, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    derived: tuple[Derived, ...] = ()
    remade_by: str = ""
    encoding: str = "utf-8"
    source: VersionSource | None = None

    def bearing(self, versions: tuple[Site, ...], dependencies: tuple[Site, ...], left_alone: tuple[LeftAlone, ...]) -> Manifest:
        """It with these sites and notes."""
        return self._but(versions=versions, dependencies=dependencies, left_alone=left_alone)

    def resolved(self, name: str, properties: Mapping[str, str], *, private: bool) -> Manifest:
        """It with what a .NET project is once its properties are known."""
        return self._but(name=name, properties=properties, private=private)

    def _but(self, **changes: object) -> Manifest:
        # Thousands are made, and `dataclasses.replace` takes ten times as long.
        other = object.__new__(Manifest)
        vars(other).update(vars(self), **changes)
        return other

    def place(self, site: Site | LeftAlone) -> Place:
        """Where the site is."""
        return Place(self.path, site.line)

    @property
    def folder(self) -> str:
        """The folder that the file is in; `.` at the top."""
        return self.path.rpartition("/")[0] or "."

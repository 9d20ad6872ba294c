"""What a repository may configure. All of it is optional: packages are found without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from release_actions.domain.names import canonical
from release_actions.domain.package import Ecosystem
from release_actions.domain.version import Scheme

#: Where the configuration is, in the repository that is released.
PATH = ".github/release-actions.yml"


@dataclass(frozen=True)
class PackageSettings:
    """What is configured for one package.

    `private` overrides what the manifest says; None leaves it to the manifest. `registry` is the address to publish
    to, where it is another one than the official client is configured for. `smoke` is a program in the package's
    language, as a posix path relative to the repository, that uses the installed package and fails when it is broken.
    """

    private: bool | None = None
    registry: str | None = None
    smoke: str | None = None


_NOTHING = PackageSettings()


@dataclass(frozen=True)
class Pattern:
    """Where a file of no known kind bears the version.

    `path` is a shell-style pattern of files; `*` also matches `/`. `pattern` is a regular expression for one line, in
    which the group `version` is the version as `scheme` spells it. `line` is that of the configuration, from 1.
    """

    path: str
    pattern: str
    scheme: Scheme = Scheme.SEMVER
    line: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Group:
    """Packages and files with a version of their own.

    `paths` are shell-style patterns of files; `*` also matches `/`. With `patch_only` they share major and minor number
    with all that belongs to no group, and only the patch number is their own. `line` is that of the configuration.
    """

    name: str
    paths: tuple[str, ...]
    patch_only: bool = False
    line: int = field(default=1, compare=False)


@dataclass(frozen=True)
class Config:
    """The configuration of one repository.

    `exclude` holds shell-style patterns of files that are not read as manifests; `*` also matches `/`. `files` are
    the declared files: each must exist and bear the version. Both are posix paths relative to the repository.
    `patterns` say where other files bear it. `groups` have versions of their own.
    """

    exclude: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    groups: tuple[Group, ...] = ()
    packages: Mapping[tuple[Ecosystem, str], PackageSettings] = field(default_factory=dict)

    def settings(self, ecosystem: Ecosystem, name: str) -> PackageSettings:
        """What is configured for this package; nothing, mostly."""
        wanted = canonical(ecosystem, name)
        found = (settings for (of, other), settings in self.packages.items() if of is ecosystem and canonical(of, other) == wanted)
        return next(found, _NOTHING)

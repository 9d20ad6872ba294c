"""The one version of a release, its order, and how each ecosystem spells it.

The law: sorting by any spelling gives the same order, and no two versions share a spelling. Whatever can't be spelt
everywhere without changing its order is no version here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

import semver

from release_actions.errors import RefusedError

#: NuGet.Versioning compares a numeric label as a number only while it fits a signed 32-bit integer.
LARGEST_NUMBER = 2**31 - 1
#: The NuGet gallery takes no longer version.
LONGEST_TEXT = 64

_PRERELEASE = re.compile(r"(alpha|beta|rc|0\.dev)\.([0-9]+)")


class Channel(IntEnum):
    """How finished a version is, in the order in which versions of one core sort."""

    DEV = 0
    ALPHA = 1
    BETA = 2
    RC = 3
    STABLE = 4

    @property
    def label(self) -> str:
        """The channel's name as users write it."""
        return self.name.lower()


class Scheme(StrEnum):
    """A way to spell versions."""

    SEMVER = "semver"  # Semantic Versioning 2.0.0: git tags, npm, NuGet, Cargo, Go, pub, Hex, Helm, Swift
    PEP440 = "pep440"  # PEP 440: Python
    RUBYGEMS = "rubygems"  # Gem::Version: Ruby
    MAVEN = "maven"  # Maven's ComparableVersion: Java, Kotlin
    NUMERIC = "numeric"  # X.Y.Z.0: .NET's AssemblyVersion and FileVersion, which have no prereleases


class Level(StrEnum):
    """Which part of a version a bump raises."""

    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"
    PRERELEASE = "prerelease"


_SEMVER_LABELS = {Channel.DEV: "0.dev", Channel.ALPHA: "alpha", Channel.BETA: "beta", Channel.RC: "rc"}
#: What stands between the core and the number. Letters sort as text in RubyGems, so that `a` comes before `alpha`. Maven
#: knows no word below `alpha`, but sorts `alpha` itself after `alpha` with a word for something unfinished behind it.
_LABELS = {
    Scheme.PEP440: {Channel.DEV: ".dev", Channel.ALPHA: "a", Channel.BETA: "b", Channel.RC: "rc"},
    Scheme.RUBYGEMS: {Channel.DEV: ".a.dev.", Channel.ALPHA: ".alpha.", Channel.BETA: ".beta.", Channel.RC: ".rc."},
    Scheme.MAVEN: {Channel.DEV: "-alpha-snapshot.", Channel.ALPHA: "-alpha.", Channel.BETA: "-beta.", Channel.RC: "-rc."},
}
_CHANNELS = {label: channel for channel, label in _SEMVER_LABELS.items()}


@dataclass(frozen=True, order=True)
class Version:
    """A version in the only grammar that every registry orders alike.

    `X.Y.Z`, `X.Y.Z-alpha.N`, `X.Y.Z-beta.N`, `X.Y.Z-rc.N` or `X.Y.Z-0.dev.N`, each number at most 2147483647.
    The leading `0` of `0.dev` makes it sort below alpha under SemVer 2.0.0 §11, where PEP 440 has `.devN` too.
    """

    major: int
    minor: int
    patch: int
    channel: Channel = Channel.STABLE
    number: int = 0

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read a version as git tags bear it, without the `v`.

        Raises:
            RefusedError: `text` is not of the grammar (rule `version-grammar`).
        """
        found = _read(text)
        prerelease = _PRERELEASE.fullmatch(found.prerelease) if found and found.prerelease else None
        channel, number = (_CHANNELS[prerelease[1]], int(prerelease[2])) if prerelease else (Channel.STABLE, 0)
        if found is None or bool(found.prerelease) != bool(prerelease) or max(*found.to_tuple()[:3], number) > LARGEST_NUMBER:
            raise RefusedError("version-grammar", f"{_shown(text)} is no version that every registry orders alike.", _remedy(text))
        return cls(found.major, found.minor, found.patch, channel, number)

    def __str__(self) -> str:
        core = f"{self.major}.{self.minor}.{self.patch}"
        return core if self.channel is Channel.STABLE else f"{core}-{_SEMVER_LABELS[self.channel]}.{self.number}"

    @property
    def core(self) -> Version:
        """The stable version that this one leads to."""
        return replace(self, channel=Channel.STABLE, number=0)

    @property
    def is_prerelease(self) -> bool:
        """Whether this is anything but a production version."""
        return self.channel is not Channel.STABLE

    @property
    def line(self) -> tuple[int, int]:
        """The release line, which patches continue: major and minor."""
        return self.major, self.minor

    @property
    def tag(self) -> str:
        """The git tag of this version."""
        return f"v{self}"

    def spelt(self, scheme: Scheme) -> str:
        """This version as `scheme` spells it."""
        if scheme is Scheme.SEMVER:
            return str(self)
        core = f"{self.major}.{self.minor}.{self.patch}"
        if scheme is Scheme.NUMERIC:
            return f"{core}.0"
        return core if self.channel is Channel.STABLE else f"{core}{_LABELS[scheme][self.channel]}{self.number}"

    def raised(self, level: Level, channel: Channel = Channel.BETA) -> Version:
        """The next version at `level`; `channel` is where a new row of prereleases starts.

        A prerelease goes to its own core when that core already is a bump of the level, as `semver.inc` of node-semver
        does. `prerelease` counts up within the channel, or starts at `.1` on a later channel of the same core, else on
        the next patch.
        """
        match level:
            case Level.MAJOR if not (self.is_prerelease and self.minor == self.patch == 0):
                return Version(self.major + 1, 0, 0)
            case Level.MINOR if not (self.is_prerelease and self.patch == 0):
                return Version(self.major, self.minor + 1, 0)
            case Level.PATCH if not self.is_prerelease:
                return Version(self.major, self.minor, self.patch + 1)
            case Level.PRERELEASE:
                return self._next_prerelease(channel)
        return self.core

    def _next_prerelease(self, channel: Channel) -> Version:
        if self.channel is channel:
            return replace(self, number=self.number + 1)
        if self.channel < channel:
            return replace(self, channel=channel, number=1)
        return Version(self.major, self.minor, self.patch + 1, channel, 1)


def _read(text: str) -> semver.Version | None:
    """`text` by Semantic Versioning 2.0.0; None when it isn't, is too long, or has build metadata, which registries drop."""
    if len(text) > LONGEST_TEXT or not text.isascii():
        return None
    try:
        found = semver.Version.parse(text)
    except ValueError:
        return None
    return found if str(found) == text and not found.build else None


def _shown(text: str) -> str:
    return f"`{text}`" if len(text) <= LONGEST_TEXT else f"`{text[:LONGEST_TEXT]}…` ({len(text)} characters)"


def _remedy(text: str) -> str:
    accepted = "Use X.Y.Z, X.Y.Z-alpha.N, X.Y.Z-beta.N, X.Y.Z-rc.N or X.Y.Z-0.dev.N"
    if "+" in text:
        return f"{accepted}, without build metadata: registries drop it, so that two versions would share a name."
    if re.search(r"-(nightly|dev|snapshot|preview|pre|next|canary)", text, re.IGNORECASE):
        return f"{accepted}. For a nightly use -beta.N or -0.dev.N: other labels sort differently on npm, NuGet and PyPI."
    if re.search(r"(?:^|[.\-])0[0-9]", text):
        return f"{accepted}, without leading zeros."
    return f"{accepted}, in lower case, each number at most {LARGEST_NUMBER}."

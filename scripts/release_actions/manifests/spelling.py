"""What a site says after a bump, and what its text means before."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from packaging.version import Version as Pep440

from release_actions.domain.version import Channel, Scheme, Version
from release_actions.errors import RefusedError
from release_actions.manifests import go_path, ranges, requirements
from release_actions.manifests.manifest import Site, Spelling
from release_actions.manifests.ranges import ExcludedError

#: Filled in by something else, or by nobody: 0.0.0 with or without a label, and templates.
_NOTHING = r"[\^~=<>\[]*v?0\.0\.0(?:[-+].*|\.0|\.?(?:dev|a|b|rc)[0-9]*)?\]?"
_TEMPLATE = r".*(?:\$[({]|\{\{|<%|@[A-Z_]+@|%[A-Z_]+%|__[A-Z_]+__|#\{).*"
_PLACEHOLDER = re.compile(rf"{_NOTHING}|{_TEMPLATE}", re.DOTALL)
_RANGES: Mapping[Spelling, Callable[[str, Version], str | None]] = {
    Spelling.NPM_RANGE: ranges.npm,
    Spelling.PEP440_SPECIFIER: ranges.pep440,
    Spelling.POETRY_CONSTRAINT: ranges.poetry,
    Spelling.POETRY_LOCKED: ranges.poetry_locked,
    Spelling.NUGET_RANGE: ranges.nuget,
    Spelling.MAVEN_RANGE: ranges.maven,
    Spelling.SEMVER_REQUIREMENT: requirements.semver,
    Spelling.RUBYGEMS_REQUIREMENT: requirements.rubygems,
    Spelling.COMPOSER_CONSTRAINT: requirements.composer,
}
#: The assembly format stores each part in 16 bits, and keeps the highest value for itself.
_LARGEST_ASSEMBLY_PART = 65534


@lru_cache(maxsize=1000)
def is_placeholder(text: str) -> bool:
    """Whether the text stands for a version that is filled in elsewhere, such as `0.0.0` or `$(Version)`."""
    return _PLACEHOLDER.fullmatch(text) is not None


def spelt(site: Site, version: Version) -> str | None:
    """What `site` has to say for `version`; None when it bears no full version that could be set.

    Raises:
        ExcludedError: this place can't bear the version.
    """
    return _spelt(site.spelling, site.text, site.package if site.spelling is Spelling.GO_PATH else None, version)


@lru_cache(maxsize=1000)  # thousands of sites say the same
def _spelt(spelling: Spelling, text: str, package: str | None, version: Version) -> str | None:
    if spelling in _RANGES:
        return _RANGES[spelling](text, version)
    match spelling:
        case Spelling.PEP440 | Spelling.RUBYGEMS | Spelling.MAVEN:
            return version.spelt(Scheme(spelling))
        case Spelling.GO_PATH:
            return go_path.spelt(text, package or "", version)
        case Spelling.COMPOSER:
            return str(requirements.composable(version))
        case Spelling.NUMERIC:
            return _numeric(text, version)
        case Spelling.CORE:
            return str(version.core)
        case Spelling.SUFFIX:
            return str(version).partition("-")[2]
        case _:
            return version.spelt(Scheme.SEMVER)


def _numeric(text: str, version: Version) -> str | None:
    if not re.fullmatch(r"[0-9]+(?:\.[0-9]+){1,3}", text):
        return None
    if max(version.major, version.minor, version.patch) > _LARGEST_ASSEMBLY_PART:
        raise ExcludedError(f"an assembly's version can't hold a number above {_LARGEST_ASSEMBLY_PART}")
    parts = version.spelt(Scheme.NUMERIC).split(".")
    return ".".join(parts[: text.count(".") + 1])


def meant(site: Site) -> Version | None:
    """The version that the site's text means in its own spelling; None when it is none that all registries order alike."""
    return _meant(site.spelling, site.text)


@lru_cache(maxsize=1000)
def _meant(spelling: Spelling, text: str) -> Version | None:
    try:
        if spelling is Spelling.PEP440:
            return _meant_by_pep440(text)
        if spelling in {Spelling.RUBYGEMS, Spelling.MAVEN}:
            return _meant_by_labels(text, Scheme(spelling))
        return Version.parse(text)
    except (RefusedError, ValueError):  # the latter is packaging's, or Python's of a number of thousands of digits
        return None


def _meant_by_pep440(text: str) -> Version | None:
    read = Pep440(text)
    labels = {"a": Channel.ALPHA, "b": Channel.BETA, "rc": Channel.RC}
    channel, number = (Channel.DEV, read.dev) if read.dev is not None else (Channel.STABLE, 0)
    if read.pre is not None:
        channel, number = labels[read.pre[0]], read.pre[1]
    version = Version(read.major, read.minor, read.micro, channel, number)
    return version if read == Pep440(version.spelt(Scheme.PEP440)) and len(read.release) <= 3 else None


def _meant_by_labels(text: str, scheme: Scheme) -> Version | None:
    """The version whose spelling `text` is; RubyGems and Maven read more, but these are the forms that keep their order."""
    match = re.fullmatch(r"([0-9]+\.[0-9]+\.[0-9]+)(?:[.-].*?([0-9]+))?", text)
    if match is None:
        return None
    labels = ("", "-0.dev.", "-alpha.", "-beta.", "-rc.")
    versions = (Version.parse(f"{match[1]}{label}{match[2] or ''}") for label in labels if bool(label) == bool(match[2]))
    return next((version for version in versions if version.spelt(scheme) == text), None)

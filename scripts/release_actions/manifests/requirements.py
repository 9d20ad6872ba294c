"""Requirements whose versions may leave out their last parts, such as Cargo's `0.4`: Cargo, RubyGems, pub, Hex, Composer.

A requirement keeps its operators and, where it can, its length: `0.4` becomes `2.0`. A prerelease needs all parts, since
a requirement without a label admits none.
"""

from __future__ import annotations

import re

from release_actions.domain.version import Channel, Scheme, Version
from release_actions.manifests.ranges import ExcludedError

_CLAUSE = re.compile(r"(?P<operator>\^|~>|~|>=|<=|==|!=|=|>|<|)(?P<space>\s*)(?P<version>[^\s,<>=^~!]+)")
_WRITTEN = re.compile(r"[vV]?(?P<numbers>[0-9]+(?:\.[0-9]+){0,2})(?P<label>[-.+][0-9A-Za-z.+-]+)?")
_WILDCARD = re.compile(r"(?P<fixed>(?:[0-9]+\.){1,2})[*xX](?:\.[*xX])?")
_BOUND = re.compile(r"(?P<numbers>[0-9]{1,19}(?:\.[0-9]{1,19}){0,2})(?:-0)?")


def semver(text: str, version: Version) -> str | None:
    """A requirement of Cargo, pub, Hex or CocoaPods; None when nothing in it could be set.

    Raises:
        ExcludedError: what it says besides its operators excludes the new version.
    """
    return _followed(text, version, Scheme.SEMVER)


def composer(text: str, version: Version) -> str | None:
    """A constraint of Composer; otherwise as `semver`."""
    return semver(text, composable(version))


def composable(version: Version) -> Version:
    """`version`, if Composer can read it (Composer, `VersionParser`): it knows no numbered version below alpha.

    Raises:
        ExcludedError: it can't.
    """
    if version.channel is Channel.DEV:
        raise ExcludedError("Composer can't read a build of the dev channel such as " + str(version))
    return version


def rubygems(text: str, version: Version) -> str | None:
    """A requirement of RubyGems; otherwise as `semver`."""
    return _followed(text, version, Scheme.RUBYGEMS)


def _followed(text: str, version: Version, scheme: Scheme) -> str | None:
    if "|" in text or re.search(r"\s(?:or|-)\s", text):
        return None
    followed = False

    def clause(match: re.Match[str]) -> str:
        nonlocal followed
        operator, space, old = match.group("operator", "space", "version")
        written = _WRITTEN.fullmatch(old)
        if operator in {"<", "<="}:
            _admit(operator, old, version)
        elif wildcard := _WILDCARD.fullmatch(old):
            _admit_within(old, wildcard["fixed"], version)
        elif written and operator not in {"!=", ">"}:
            followed = True
            return f"{operator}{space}{_as_long(written, version, scheme)}"
        return match[0]

    result = _CLAUSE.sub(clause, text)
    return result if followed else None


def _as_long(written: re.Match[str], version: Version, scheme: Scheme) -> str:
    """`version` with as many parts as were written; all of them where it or what was written has a label."""
    lead = "v" if written[0].startswith("v") else ""
    if version.is_prerelease or written["label"]:
        return lead + version.spelt(scheme)
    return lead + ".".join(version.spelt(scheme).split(".")[: written["numbers"].count(".") + 1])


def _admit(operator: str, bound: str, version: Version) -> None:
    numbers = _BOUND.fullmatch(bound)
    if numbers is None:
        raise ExcludedError(f"its upper bound `{operator}{bound}` can't be compared with {version}")
    limit = [int(number) for number in numbers["numbers"].split(".")]
    limit += [0] * (3 - len(limit))
    core = [version.major, version.minor, version.patch]
    if core > limit or (core == limit and operator == "<"):
        raise ExcludedError(f"its upper bound `{operator}{bound}` excludes {version}")


def _admit_within(wildcard: str, fixed: str, version: Version) -> None:
    if version.is_prerelease or not f"{version}.".startswith(fixed):
        raise ExcludedError(f"`{wildcard}` excludes {version}")

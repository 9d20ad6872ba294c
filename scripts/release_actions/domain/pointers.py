"""Where the moving pointers go: npm's dist-tags, and what counts as the latest release."""

from __future__ import annotations

import re
from collections.abc import Iterable

from release_actions.domain.version import Version

LATEST = "latest"
#: Where a stable version waits until all of its release is there.
STAGED = "staged"

_LINE = re.compile(r"release-(\d+)\.(\d+)\.x", re.ASCII)


def is_latest(version: Version, released: Iterable[Version]) -> bool:
    """Whether `version` is, or becomes, the highest stable version; a patch to an old line is not."""
    return not version.is_prerelease and all(version >= other for other in released if not other.is_prerelease)


def dist_tag(version: Version, released: Iterable[Version]) -> str:
    """The npm dist-tag of `version`: `latest`, its channel, or `release-X.Y.x` for a patch to an old line.

    A dist-tag may not be a version range (npm docs, "npm dist-tag"), hence the prefix.
    """
    if version.is_prerelease:
        return version.channel.label
    return LATEST if is_latest(version, released) else f"release-{version.major}.{version.minor}.x"


def target(tag: str, ours: Version, offered: Iterable[Version], is_at: Version | None) -> Version | None:
    """Where `tag` must be moved by whoever releases `ours`, given the versions on offer; None when it is to stay.

    A release only ever moves a pointer to itself, when it is the highest that the pointer may be at, or away from
    itself, when it is not. So nothing that someone pointed elsewhere on purpose is touched.
    """
    best = max(_fitting(tag, ours, offered, is_at), default=None)
    if best is None or best == is_at:
        return None
    return best if ours in (best, is_at) else None


def _fitting(tag: str, ours: Version, offered: Iterable[Version], is_at: Version | None) -> list[Version]:
    """Those of the versions on offer that `tag` may be at; a tag of the user's own is at the higher of two."""
    line = _LINE.fullmatch(tag)
    if tag == LATEST:
        return [version for version in offered if not version.is_prerelease]
    if line:
        return [version for version in offered if not version.is_prerelease and version.line == (int(line[1]), int(line[2]))]
    if tag == ours.channel.label and ours.is_prerelease:
        return [version for version in offered if version.channel is ours.channel]
    return [version for version in offered if version in (ours, is_at)]

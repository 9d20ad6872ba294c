"""Where the moving pointers go: npm's dist-tags, and what counts as the latest release."""

from __future__ import annotations

from collections.abc import Iterable

from release_actions.domain.version import Version

LATEST = "latest"


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

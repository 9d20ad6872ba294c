"""Which nightlies are old enough to be withdrawn. The time is given, never read."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from release_actions.domain.version import Version

_DAY = 86_400


@dataclass(frozen=True)
class Rules:
    """How many of the newest are kept, and for how many days any is; with `keep` 0 all are kept for ever."""

    keep: int = 0
    days: int = 30


def old(made: Iterable[tuple[Version, int]], now: int, rules: Rules, pointed: Collection[Version] = ()) -> tuple[Version, ...]:
    """Those of the nightlies, each with when it was committed, that may go, the oldest first.

    `now` and the dates are in seconds since 1970-01-01 UTC. Whatever a dist-tag is at stays: users would be led to it.
    """
    if not rules.keep:
        return ()
    newest_first = sorted(made, reverse=True)
    aged = (version for version, date in newest_first[rules.keep :] if now - date >= rules.days * _DAY)
    return tuple(sorted(version for version in aged if version not in pointed))

"""Which part of the version the commits since the last release raise, by Conventional Commits 1.0.0."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from release_actions.domain import commits
from release_actions.domain.version import Level, Version

#: Points 2, 3 and 15 of the specification: `feat` is a minor change and `fix` a patch; all others are what one makes of them.
LEVELS = {"feat": Level.MINOR, "fix": Level.PATCH, "perf": Level.PATCH, "revert": Level.PATCH, "deps": Level.PATCH}
_ORDER = (Level.PATCH, Level.MINOR, Level.MAJOR)
#: What `git revert` writes into the body.
_REVERTS = re.compile(r"^This reverts commit ([0-9a-f]{40,64})\b", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """A commit: its full name, and its message's subject and body."""

    name: str
    subject: str
    body: str = ""


@dataclass(frozen=True)
class Increment:
    """What to raise, None when nothing is to be released; the commit that decided it; and how many were read."""

    level: Level | None
    decided_by: Entry | None
    read: int


def increment(entries: Sequence[Entry], base: Version) -> Increment:
    """What `entries`, newest first, raise `base` by. The oldest commit of the highest level decides.

    A breaking change raises the minor number while the major one is 0, for then anything may change (Semantic
    Versioning 2.0.0, point 4). A commit that a later one reverts counts no more, nor does its reversal.
    """
    counting = list(standing(entries))
    levels = [(level, entry) for entry in counting if (level := level_of(entry, base))]
    if not levels:
        return Increment(None, None, len(entries))
    highest = max((level for level, _ in levels), key=_ORDER.index)
    return Increment(highest, next(entry for level, entry in reversed(levels) if level is highest), len(entries))


def standing(entries: Sequence[Entry]) -> Iterable[Entry]:
    """Those of `entries`, newest first, that no later one reverts; nor does a reversal count itself."""
    names = {entry.name for entry in entries}
    reverted: set[str] = set()
    for entry in entries:
        if entry.name in reverted:
            continue
        named = reverted_by(entry) & names
        reverted |= named
        if not named:
            yield entry


def reverted_by(entry: Entry) -> set[str]:
    """The full names of the commits that this one says it reverts."""
    return set(_REVERTS.findall(entry.body))


def level_of(entry: Entry, base: Version) -> Level | None:
    """What this commit alone raises; None when it is not worth a release, or its subject has no type."""
    if commits.is_merge(entry.subject):
        return None
    change = commits.change(entry.subject, entry.body)
    if change.breaking:
        return Level.MAJOR if base.major else Level.MINOR
    return LEVELS.get(change.kind)

"""Whether a nightly is due, and as which version. Time plays no part: what counts is what would ship."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from release_actions.domain import sequence
from release_actions.domain.sequence import Past
from release_actions.domain.version import Channel, Version

_MOST_SHOWN = 3


class Turn(StrEnum):
    """What is to be done."""

    MAKE = "make"  # a new version
    COMPLETE = "complete"  # the last one, which is not everywhere yet
    NOTHING = "nothing"


@dataclass(frozen=True)
class Last:
    """The release before, and how what is checked out compares with it.

    `changed` are the files that ship and differ, versions aside; `missing` is where the release is not complete.
    `ahead` when it was made of a commit that comes after the one that is checked out.
    """

    past: Past
    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    ahead: bool = False


@dataclass(frozen=True)
class Facts:
    """What is known: the release that is under way and why, the releases so far, the last of them."""

    wanted: Version
    why: str
    past: tuple[Past, ...] = ()
    on_registries: frozenset[Version] = frozenset()
    last: Last | None = None


@dataclass(frozen=True)
class Decision:
    """What to do, and why; `previous` is the release that the notes start from."""

    turn: Turn
    reason: str
    version: Version | None = None
    previous: Version | None = None

    @property
    def is_due(self) -> bool:
        """Whether there is anything to do."""
        return self.turn is not Turn.NOTHING


def decide(facts: Facts, channel: Channel, *, force: bool = False) -> Decision:
    """What to do; with `force` a version is made although nothing has changed.

    Raises:
        RefusedError: no version would be in order (rules of `sequence.next_version`).
    """
    last = facts.last
    previous = last.past.version if last else None
    if last and not last.changed and last.missing and last.past.nightly:
        return _completing(last, facts.past)
    if last and not force:
        if not last.changed:
            return Decision(Turn.NOTHING, f"Nothing that ships has changed since {last.past.version.tag}.", previous=previous)
        if last.ahead:
            return Decision(Turn.NOTHING, f"{last.past.version.tag} was made of a later commit than this one.", previous=previous)
    version = sequence.next_version(facts.wanted, channel, facts.past, facts.on_registries)
    return Decision(Turn.MAKE, f"{_cause(last)} {facts.why}", version, previous)


def _completing(last: Last, past: Sequence[Past]) -> Decision:
    version = last.past.version
    reason = f"{version.tag} was made of the same files, and is not complete: {', '.join(last.missing)}."
    before = sequence.last(one for one in past if one.version < version)
    return Decision(Turn.COMPLETE, reason, version, before.version if before else None)


def _cause(last: Last | None) -> str:
    if last is None:
        return "There is no release yet."
    if not last.changed:
        return f"Nothing that ships has changed since {last.past.version.tag}, but this was asked for."
    shown = ", ".join(last.changed[:_MOST_SHOWN])
    more = f" and {len(last.changed) - _MOST_SHOWN} more" if len(last.changed) > _MOST_SHOWN else ""
    return f"Changed since {last.past.version.tag}: {shown}{more}."

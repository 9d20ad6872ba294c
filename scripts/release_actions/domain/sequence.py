"""Which version the next prerelease bears: above every earlier one of its line, below the release to come, never a taken one.

Nightlies and prereleases that people make share one sequence of numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from release_actions.domain.version import Channel, Level, Version
from release_actions.errors import RefusedError

#: The channels that a nightly may be of. Candidates are cut, not made by the clock.
CHANNELS = (Channel.DEV, Channel.BETA)


@dataclass(frozen=True)
class Past:
    """A release that there is already.

    `nightly` when it was made by this sequence; `reached` when what is checked out has it in its history (of a
    nightly: the commit that it was made of).
    """

    version: Version
    nightly: bool = False
    reached: bool = False

    @property
    def counts(self) -> bool:
        """Whether what comes next on this line has to be higher."""
        return self.nightly or self.reached


def last(past: Iterable[Past]) -> Past | None:
    """The highest release that what comes next has to be higher than."""
    return max((one for one in past if one.counts), key=lambda one: one.version, default=None)


def next_version(wanted: Version, channel: Channel, past: Sequence[Past], on_registries: Iterable[Version] = ()) -> Version:
    """The next version of `channel` on the way to the release `wanted`, or to a later one where that can't be.

    `on_registries` are all versions that any registry has of the packages: a number that was once published is taken,
    whatever became of its tag.

    Raises:
        RefusedError: a higher line is released, and not in this history (rule `nightly-behind`); a higher prerelease of
            this history leads to the same release (`nightly-order`); the numbers are used up (`version-grammar`).
    """
    known = {one.version for one in past} | set(on_registries)
    core = _open(_core(wanted, past, known), channel, past, known)
    taken = (one.number for one in known if one.core == core and one.channel is channel)
    version = Version(core.major, core.minor, core.patch, channel, 1 + max(taken, default=0))
    return Version.parse(str(version))


def _core(wanted: Version, past: Sequence[Past], known: Iterable[Version]) -> Version:
    """The release that is under way: not lower than that of any earlier prerelease, and not released yet."""
    floor = last(past)
    core = max(wanted.core, floor.version.core) if floor else wanted.core
    stable = max((one for one in known if not one.is_prerelease), default=None)
    if stable is None or core > stable:
        return core
    if core.line < stable.line:
        raise RefusedError(
            "nightly-behind",
            f"The release under way here is {core}, but {stable} is released.",
            f"Make prereleases where {stable} is in the history: merge its branch back first, or check out another branch.",
        )
    return stable.raised(Level.PATCH)


def _open(core: Version, channel: Channel, past: Sequence[Past], known: Iterable[Version]) -> Version:
    """`core`, or the next patch where a candidate on a branch of its own has closed it."""
    by_version = {one.version: one for one in past}
    while closing := [one for one in known if one.core == core and channel < one.channel < Channel.STABLE]:
        if any(one not in by_version or by_version[one].counts for one in closing):
            highest = max(closing)
            raise RefusedError(
                "nightly-order",
                f"{highest.tag} leads to {core}, and a prerelease of the channel `{channel.label}` would sort below it.",
                f"Use a channel not below `{highest.channel.label}`, release {core} first, or let the next version be a higher one.",
            )
        core = core.raised(Level.PATCH)
    return core

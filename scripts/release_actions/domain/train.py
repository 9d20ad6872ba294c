"""A release train as git and GitHub show it: its branch, its candidates, and what is known of them. Values only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from release_actions.domain import commits, increments
from release_actions.domain.increments import Entry
from release_actions.domain.readiness import Check
from release_actions.domain.version import Version
from release_actions.errors import ReleaseError

DAY = 86_400


class Cut(StrEnum):
    """Whether a new release branch is cut when there is none."""

    AUTO = "auto"  # when the last one was cut long enough ago
    NOW = "now"
    NEVER = "never"
    HOTFIX = "hotfix"  # a hotfix branch, from the last release


@dataclass(frozen=True)
class Branches:
    """What the branches are called. One branch may be in both roles: then a release is tagged on its own branch."""

    stable: str = "master"
    development: str = "develop"
    release: str = "release-"
    hotfix: str = "hotfix-"

    @property
    def is_trunk(self) -> bool:
        """Whether one branch is in both roles."""
        return self.stable == self.development

    def version_of(self, branch: str) -> Version | None:
        """The release that the branch leads to; None when its name says that it is no release or hotfix branch."""
        for prefix in (self.hotfix, self.release):
            if branch.startswith(prefix):
                return _release(branch.removeprefix(prefix))
        return None

    def is_hotfix(self, branch: str) -> bool:
        """Whether the branch is one of a hotfix, which need not soak."""
        return branch.startswith(self.hotfix)


def _release(text: str) -> Version | None:
    try:
        version = Version.parse(text)
    except ReleaseError:
        return None
    return None if version.is_prerelease else version


@dataclass(frozen=True)
class Rules:
    """How long candidates soak and how often one is cut, in days; the checks that a candidate has to pass, by name or `all`."""

    soak_days: int = 7
    cadence_days: int = 14
    cut: Cut = Cut.AUTO
    checks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Candidate:
    """A release candidate: the commit that its tag leads to, and when it was tagged, in seconds since 1970-01-01 UTC."""

    version: Version
    commit: str
    date: int


@dataclass(frozen=True)
class Blocker:
    """An open issue or pull request that keeps releases back. The title is untrusted text."""

    number: int
    title: str
    address: str = ""


@dataclass(frozen=True)
class Train:
    """A release or hotfix branch of `origin`, and what became of it so far.

    `next` is the version of its next candidate. `candidates` are oldest first; `changed` the files in which the branch differs from
    the last one. `ahead` says that it has commits that the stable branch has not, `behind` that it lacks some of it.
    `offending` are commits that are no fixes. `merged` is the commit by which the very content of the release came onto the
    stable branch, as a pull request does. `released` is the commit that the release's tag leads to, `stray` that this one is
    not where releases are tagged, `late` that the branch has commits that are neither in it nor in a candidate. `checks` are
    those of the last candidate.
    """

    branch: str
    version: Version
    tip: str
    next: Version
    is_hotfix: bool = False
    candidates: tuple[Candidate, ...] = ()
    changed: tuple[str, ...] = ()
    ahead: bool = True
    behind: bool = False
    offending: tuple[Entry, ...] = ()
    merged: str | None = None
    released: str | None = None
    stray: bool = False
    late: bool = False
    checks: tuple[Check, ...] = ()
    blockers: tuple[Blocker, ...] = ()

    @property
    def candidate(self) -> Candidate | None:
        """The last candidate."""
        return self.candidates[-1] if self.candidates else None

    @property
    def is_under_way(self) -> bool:
        """Whether it keeps the next release branch from being cut."""
        return not self.is_hotfix and not self.released

    @property
    def is_tried_out(self) -> bool:
        """Whether all that is on the branch is in its last candidate, so that this one may be promoted when it has stood the test."""
        underway = self.ahead and not (self.released or self.offending or self.merged or self.behind)
        return underway and self.candidate is not None and not self.changed


@dataclass(frozen=True)
class Call:
    """What the development branch calls for: the version of the next candidate, and why. Without one, nothing is to be released."""

    why: str
    version: Version | None = None


@dataclass(frozen=True)
class Run:
    """A workflow that has to run for a tag, and does not yet."""

    workflow: str
    tag: str
    inputs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Facts:
    """Everything that the next step rests on.

    `released` is the highest release, `last_cut` when a release branch was last cut, if ever; `now` the time, both in
    seconds since 1970-01-01 UTC. `unmerged` is the commit that the development branch lacks of what is released.
    """

    now: int
    trains: tuple[Train, ...] = ()
    released: Version | None = None
    last_cut: int | None = None
    unmerged: str | None = None
    call: Call | None = None
    waiting: tuple[Run, ...] = ()


def suspects(entries: Sequence[Entry], kinds: Sequence[str]) -> Iterator[Entry]:
    """Those of `entries`, newest first, whose types are none of `kinds`, or that break something.

    What a later one reverts does not count, nor does its reversal; merges bring commits that speak for themselves.
    """
    for entry in increments.standing(entries):
        change = commits.change(entry.subject, entry.body)
        kind = "revert" if increments.reverted_by(entry) else change.kind
        if not commits.is_merge(entry.subject) and (change.breaking or kind not in kinds):
            yield entry

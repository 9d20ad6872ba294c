"""The next version, as the commits since the last release call for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from release_actions.commands.ports.git import Git, Tag
from release_actions.domain import tagging
from release_actions.domain.increments import Entry, Increment, increment
from release_actions.domain.version import Version
from release_actions.errors import RefusedError
from release_actions.manifests import targets
from release_actions.manifests.workspace import Workspace

#: The value of the input `from` that leads here.
COMMITS = "commits"


@dataclass(frozen=True)
class Raised:
    """The version to set, the tag of the last stable release, and what happened since; both are None before the first."""

    version: Version
    since: str | None = None
    increment: Increment | None = None

    @property
    def is_due(self) -> bool:
        """Whether there is anything to release."""
        return self.increment is None or self.increment.level is not None

    @property
    def decided_by(self) -> str:
        """The full name of the commit that decided the level, or nothing."""
        entry = self.increment.decided_by if self.increment else None
        return entry.name if entry else ""

    def words(self) -> str:
        """Why it is this version."""
        if self.increment is None:
            return "There is no stable release yet: the version that the manifests bear is the first."
        read = f"{self.increment.read} commit{'s' * (self.increment.read != 1)} since {self.since}"
        entry = self.increment.decided_by
        if entry is None:
            return f"{read}, none of which is worth a release: no `feat`, no `fix`, nothing breaking."
        return f"{read}: a {self.increment.level} release, decided by {entry.name[:12]} “{entry.subject[:200]}”."


def from_commits(git: Git, workspace: Workspace, prefix: str = "", paths: Sequence[str] = (), tags: Sequence[Tag] | None = None) -> Raised:
    """Raise the last stable release that HEAD has, whose tag starts with `prefix`, by the commits since that touch `paths`.

    `tags` are those to look among, where others are known than the checkout has.

    When the manifests agree on a higher version already, which was bumped and not yet tagged, it is that one.

    Raises:
        RefusedError: the checkout is cut off (rule `bump-history`), or nothing was released yet and the manifests
            do not agree (rules of `targets.common`).
    """
    if git.is_shallow():
        what = "The checkout is shallow: the last release, and the commits since, can't be told."
        raise RefusedError("bump-history", what, "Give the step with actions/checkout `with: {fetch-depth: 0}`.")
    last = _last(git, git.tags() if tags is None else tags, prefix)
    if last is None:
        return Raised(targets.common(workspace))
    tag, base = last
    entries = [Entry(commit.name, commit.subject, commit.body) for commit in git.commits(tag.commit, "HEAD", paths)]
    found = increment(entries, base)
    version = base if found.level is None else max(base.raised(found.level), _borne(workspace, base))
    return Raised(version, tag.name, found)


def _last(git: Git, tags: Sequence[Tag], prefix: str) -> tuple[Tag, Version] | None:
    stable = [(tag, version) for tag in tags if (version := _stable(tag.name, prefix))]
    return next(
        (found for found in sorted(stable, key=lambda found: found[1], reverse=True) if git.descends("HEAD", found[0].commit)), None
    )


def _stable(name: str, prefix: str) -> Version | None:
    version = tagging.version_of(name.removeprefix(prefix)) if name.startswith(prefix) else None
    return None if version is None or version.is_prerelease else version


def _borne(workspace: Workspace, base: Version) -> Version:
    try:
        return targets.common(workspace)
    except RefusedError:
        return base

"""What must hold of a built release before its first file goes out, besides what its registries say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from release_actions.domain import readiness
from release_actions.domain.readiness import Check
from release_actions.domain.release import Release
from release_actions.errors import Finding, ReleaseError


class Source(Protocol):
    """The repository that the release was built from, as its origin has it. Methods raise ReleaseError when it can't be asked."""

    def leads_to(self, tag: str) -> str | None:
        """The commit that the tag leads to; None when there is no such tag."""

    def checks(self, commit: str) -> Sequence[Check]:
        """The checks of the commit, but for those of this very run."""


@dataclass(frozen=True)
class Demands:
    """What a user demands of the commit: `checks` by name, or `all`; `tag` holds it to its tag; `pushed` started this."""

    checks: tuple[str, ...] = ()
    tag: bool = True
    pushed: str | None = None


def moved(release: Release, source: Source | None, demands: Demands) -> tuple[Finding, ...]:
    """Why the tag no longer speaks for the release; without a `source` there is nothing to hold it against."""
    if source is None or not demands.tag:
        return ()
    return _found(lambda: readiness.moved(release, source.leads_to(release.version.tag), demands.pushed))


def unready(release: Release, source: Source | None, demands: Demands) -> tuple[Finding, ...]:
    """The demanded checks that the release's commit has not passed."""
    if not demands.checks:
        return ()
    if source is None:
        what = "Checks are required, and there is no GitHub to ask."
        return (Finding("checks-unknown", what, "Set `github-token` and `repository`, or leave `require-checks` empty."),)
    return _found(lambda: readiness.unready(source.checks(release.commit), demands.checks))


def _found(work: Callable[[], Iterable[Finding]]) -> tuple[Finding, ...]:
    try:
        return tuple(work())
    except ReleaseError as error:
        return error.findings

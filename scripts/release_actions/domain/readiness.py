"""Whether a built release may still go out: its tag where it was, its commit's checks green, its files of a size that is taken."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from release_actions.domain.package import Ecosystem
from release_actions.domain.release import BuiltPackage, Release
from release_actions.errors import Finding

#: As `require-checks`: every check that the commit has.
ALL = "all"
#: Bytes that a file may have unless the registry was asked for more (PyPI: 100 MB; the NuGet gallery: 250 MB).
_LIMITS = {Ecosystem.PYPI: 100 * 1024 * 1024, Ecosystem.NUGET: 250 * 1024 * 1024}


class Verdict(StrEnum):
    """How a check of a commit went."""

    PASSED = "passed"
    RUNNING = "has not ended"
    FAILED = "failed"


@dataclass(frozen=True)
class Check:
    """A check of a commit, or a status that somebody gave it."""

    name: str
    verdict: Verdict
    address: str = ""


def moved(release: Release, found: str | None, pushed: str | None) -> Iterator[Finding]:
    """Why the release's tag no longer speaks for it: `found` is the commit that it leads to, if it is there.

    `pushed` is the tag that started this. A release without a tag, such as a nightly, has none that could move.
    """
    tag = release.version.tag
    if found is None and pushed == tag:
        yield Finding(
            "tag-gone",
            f"The tag `{tag}`, which started this, is not in the repository any more.",
            "If it was taken back on purpose, there is nothing to do; else push it again. If it is there, give the job"
            " `permissions: contents: read`.",
        )
    if found is not None and found != release.commit:
        yield Finding(
            "tag-moved",
            f"The tag `{tag}` leads to commit {found}, but what would be published was built from {release.commit}.",
            "Find out who moved the tag. Build what it leads to now, if that is what shall be released; if any of this"
            " version is published already, release a new version.",
        )


def unready(checks: Sequence[Check], wanted: Sequence[str]) -> Iterator[Finding]:
    """Which of the `wanted` checks, by name, are missing, not ended or not passed; `all` means whatever there is."""
    names = {check.name for check in checks}
    for name in wanted:
        if name != ALL and name not in names:
            yield Finding(
                "check-missing",
                f"The commit has no check named `{name}`.",
                f"Its checks are: {', '.join(sorted(names)) or 'none'}. Correct `require-checks`, or let the check run on the commit.",
            )
    if ALL in wanted and not names:
        what = "The commit has no checks besides this run's."
        yield Finding("check-missing", what, "Let some run on it, or leave `require-checks` empty.")
    for check in checks:
        if check.verdict is not Verdict.PASSED and (ALL in wanted or check.name in wanted):
            remedy = "Wait for it, then run again." if check.verdict is Verdict.RUNNING else "Only a commit that passes may be released."
            where = f" ({check.address})" if check.address else ""
            yield Finding("check-not-passed", f"The check `{check.name}` of the commit {check.verdict}{where}.", remedy)


def oversized(package: BuiltPackage) -> Iterator[Finding]:
    """The files that are larger than the registry takes from everybody."""
    limit = _LIMITS.get(package.ecosystem)
    for file in package.files:
        if limit and file.size > limit:
            yield Finding(
                "registry-limit",
                f"{file.name} has {file.size / 1024 / 1024:.0f} MiB; {package.ecosystem.label} takes {limit // 1024 // 1024} unless asked.",
                "Pack less; or be sure that the registry has allowed this package more.",
            )

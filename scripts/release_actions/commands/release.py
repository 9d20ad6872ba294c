"""The whole release in one go: judge the tag, build, publish to every registry, make the GitHub Release.

What can be found out or taken back comes first: the GitHub Release waits as a draft while packages are published, and
is published only when every package is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from release_actions.commands import build, noted, publish, tag
from release_actions.commands.course import Course, report
from release_actions.commands.ports.git import Git
from release_actions.commands.ports.github import GitHub, GitHubRelease
from release_actions.commands.ports.registries import Registry
from release_actions.commands.ports.tools import Archives, Toolchain
from release_actions.commands.ports.waiting import Clock, Progress
from release_actions.commands.preflight import Demands, Source
from release_actions.commands.publish import Published
from release_actions.domain import notes
from release_actions.domain.commits import Change, change
from release_actions.domain.package import Ecosystem
from release_actions.domain.patience import Patience
from release_actions.domain.release import FILE_NAME, Release
from release_actions.domain.report import Outcome
from release_actions.domain.rollback_record import FILE_NAME as WAY_BACK
from release_actions.domain.tagging import Decision
from release_actions.errors import Finding, ReleaseError
from release_actions.manifests import targets
from release_actions.manifests.workspace import Workspace

SUMS = "SHA256SUMS"


@dataclass(frozen=True)
class Options:
    """What to release and how.

    `top` is the repository, `folder` an empty one for what is built; both are absolute. `address` is the repository's
    address on GitHub, for links; it may be empty. `attach` adds the packages themselves to the GitHub Release.
    """

    tag: tag.Options
    top: Path
    folder: Path
    only: tuple[Ecosystem, ...] = ()
    dry_run: bool = False
    address: str = ""
    attach: bool = True
    demands: Demands = field(default_factory=Demands)
    patience: Patience = field(default_factory=Patience)


@dataclass(frozen=True)
class World:
    """Everything that a release touches; without `github` there is no GitHub Release. `source` is where its commit lives."""

    git: Git
    workspace: Callable[[], Workspace]
    toolchains: Mapping[Ecosystem, Toolchain]
    archives: Archives
    registries: Mapping[Ecosystem, Registry]
    github: GitHub | None
    clock: Clock
    say: Progress
    source: Source | None = None


def run(options: Options, world: World) -> Outcome:
    """Release, and report how far it came, whatever happened."""
    course = Course()
    try:
        _release(options, world, course)
    except ReleaseError as error:
        course.errors += error.findings
    return report(course, options.tag.tag, options.folder, dry_run=options.dry_run)


def _release(options: Options, world: World, course: Course) -> None:
    decision = course.decision = _decided(options, world)
    world.say(f"{decision.version.tag} is a release of commit {decision.commit[:12]}. Building its packages")
    built = course.built = _built(options, world, decision)
    course.warnings += built.warnings
    release = _github_release(options, world, course, decision, built.release)
    world.say("Asking every registry what it holds, before anything is uploaded")
    ready = _is_ready(options, world, course, release)
    if options.dry_run or not ready:
        return
    release = _with_way_back(release, course, options.folder)
    if world.github:
        world.say("GitHub: preparing the release as a draft")
        world.github.draft_release(release)
        course.github = "A draft waits; running again publishes it."
    published = course.published = _publish(options, world)
    course.errors += published.errors
    course.warnings += published.warnings
    if world.github and not published.errors:
        world.say("GitHub: publishing the release")
        course.address = world.github.publish_release(release)
        course.github = f"Published: {course.address}"


def _decided(options: Options, world: World) -> Decision:
    return tag.decide(options.tag, world.git, lambda version: targets.disagreements(world.workspace(), version))


def _built(options: Options, world: World, decision: Decision) -> build.Built:
    wanted = build.Options(options.top, options.folder, decision.version, options.only)
    return build.build(wanted, world.git, world.workspace(), world.toolchains, world.archives, world.say)


def _publish(options: Options, world: World, *, dry_run: bool = False) -> Published:
    wanted = publish.Options(options.folder, options.only, dry_run=dry_run, demands=options.demands, patience=options.patience)
    return publish.publish(wanted, world.archives, world.registries, world.clock, _quiet if dry_run else world.say, world.source)


def _quiet(_: str) -> None:
    """Say nothing: the same words follow when it is done in earnest."""


def _is_ready(options: Options, world: World, course: Course, release: GitHubRelease) -> bool:
    """Whether nothing is known to stand in the way. What a dry run finds missing is worth a warning, not a failure."""
    obstacles = list(world.github.check(release)) if world.github else []
    course.github = "None: it would be refused." if obstacles else "None: this stopped before it." if world.github else "Not wanted."
    course.published = planned = _publish(options, world, dry_run=True)
    course.errors += planned.errors
    if options.dry_run:
        course.github = "None: a dry run." if world.github and not obstacles else course.github
        course.warnings += (*planned.warnings, *obstacles)
        return False
    course.errors += (*planned.warnings, *obstacles)
    return not course.errors


def _github_release(options: Options, world: World, course: Course, decision: Decision, release: Release) -> GitHubRelease:
    """The GitHub Release that goes with the built release; writes its SHA256SUMS beside `release.json`."""
    changes, warnings = _changes(world.git, decision)
    course.warnings += warnings
    course.notes = notes.notes(release, changes, options.address, decision.previous.tag if decision.previous else None)
    sums = options.folder / SUMS
    sums.write_text(notes.sha256sums(release.packages), encoding="utf-8", newline="\n")
    packages = [options.folder / file.name for package in release.packages for file in package.files] if options.attach else []
    return GitHubRelease(
        tag=decision.version.tag,
        commit=decision.commit,
        title=decision.version.tag,
        notes=course.notes,
        prerelease=decision.version.is_prerelease,
        latest=decision.is_latest,
        assets=(options.folder / FILE_NAME, sums, *packages),
    )


def _with_way_back(release: GitHubRelease, course: Course, folder: Path) -> GitHubRelease:
    """The GitHub Release with the way back that was noted before anything was uploaded."""
    if course.published is None or course.published.record is None:
        return release
    noted.keep(course.published.record, folder)
    return replace(release, kept=(folder / WAY_BACK,))


def _changes(git: Git, decision: Decision) -> tuple[Sequence[Change] | None, Sequence[Finding]]:
    """The changes since the release before this one, or None when history does not reach back so far."""
    since = decision.previous.tag if decision.previous else None
    if git.is_shallow() or (since and git.commit(f"refs/tags/{since}") is None):
        return None, [
            Finding(
                "notes-history",
                f"The checkout does not reach back to {since or 'the first commit'}, so the release notes list no changes.",
                "Give the step with actions/checkout `with: {fetch-depth: 0}`.",
            )
        ]
    commits = git.commits(since and f"refs/tags/{since}", decision.commit)
    return [change(commit.subject, commit.body) for commit in commits], []

"""Prereleases by the clock or by hand: decide, make a commit that is on no branch, build, claim the number, publish.

`origin` takes a tag once, so of two runs one has the number, and the other looks again. Nothing else
is remembered. What a run left unfinished, the next one finds by the tag and by what the registries lack.
"""

from __future__ import annotations

from dataclasses import replace

from release_actions.commands import build, publish
from release_actions.commands.nightly_course import Course, report
from release_actions.commands.nightly_retention import prune
from release_actions.commands.nightly_site import Options, Site, World, bumped, facts, observe
from release_actions.commands.ports.github import GitHubRelease
from release_actions.commands.release import SUMS
from release_actions.domain import nightly, notes
from release_actions.domain.commits import Change, change
from release_actions.domain.nightly import Turn
from release_actions.domain.pointers import LATEST
from release_actions.domain.release import FILE_NAME
from release_actions.domain.report import Outcome
from release_actions.errors import InputError, RefusedError, ReleaseError

__all__ = ["Options", "World", "run"]

_TRIES = 5


def run(options: Options, world: World) -> Outcome:
    """Make a nightly if one is due, and report how far it came, whatever happened."""
    course = Course()
    try:
        _require_own_tag(options.dist_tag)
        for _ in range(_TRIES):
            course = Course()
            if _is_settled(options, world, course):
                break
            world.say("Somebody else took the number meanwhile. Looking again")
        else:
            raise RefusedError("nightly-taken", "Others took every number that was due.", "Run again when no other run is under way.")
        if course.site and not course.errors:
            course.pruned = prune(options, world, course.site)
            course.warnings += [one.warning for one in course.pruned if one.warning]
    except ReleaseError as error:
        course.errors += error.findings
    return report(course, dry_run=options.dry_run)


def _require_own_tag(dist_tag: str) -> None:
    if dist_tag == LATEST:
        what = "The input `dist-tag` is `latest`, which everybody gets who asks for no version."
        raise InputError("input-value", what, "Set it to a word for those who want prereleases, such as `nightly`.")


def _is_settled(options: Options, world: World, course: Course) -> bool:
    """Do what is due; False when the number turned out to be somebody else's, and nothing was done."""
    site = course.site = observe(options, world)
    decision = course.decision = nightly.decide(facts(options, world, site), options.channel, force=options.force)
    if decision.version is None or not decision.is_due:
        return True
    tagged = site.tags.get(decision.version)
    course.source = (tagged.source if tagged and decision.turn is Turn.COMPLETE else None) or site.head
    course.commit = tagged.commit if tagged and decision.turn is Turn.COMPLETE else bumped(world, site, decision.version)
    _build(options, world, course)
    release = _on_github(options, world, course, site)
    if not _is_ready(options, world, course, release) or options.dry_run:
        return True
    if decision.turn is Turn.MAKE and not world.bench.claim(release.tag, release.commit):
        return False
    course.claimed = True
    _publish(options, world, course, release)
    return True


def _build(options: Options, world: World, course: Course) -> None:
    course.folder = options.folder
    course.folder.joinpath(SUMS).unlink(missing_ok=True)  # as a try left it whose number was taken
    world.say(f"Building {course.version}")
    with world.bench.checked_out(course.commit):
        wanted = build.Options(options.top, course.folder, course.version, options.only)
        course.built = build.build(wanted, world.git, world.workspace(), world.toolchains, world.archives, world.say)
    course.warnings += course.built.warnings


def _on_github(options: Options, world: World, course: Course, site: Site) -> GitHubRelease:
    """The prerelease for GitHub, with what changed since the one before; writes its SHA256SUMS beside `release.json`."""
    release = course.release
    previous = course.decision.previous if course.decision else None
    before = site.tags.get(previous) if previous else None
    since = (before.source or before.commit) if before else None
    changes: list[Change] | None = None
    if before or previous is None:
        changes = [change(commit.subject, commit.body) for commit in world.git.commits(since, course.source)]
    course.notes = notes.notes(release, changes, options.address, before.name if before else None)
    sums = course.folder / SUMS
    sums.write_text(notes.sha256sums(release.packages), encoding="utf-8", newline="\n")
    packages = [course.folder / file.name for package in release.packages for file in package.files] if options.attach else []
    return GitHubRelease(
        tag=release.version.tag,
        commit=release.commit,
        title=release.version.tag,
        notes=course.notes,
        prerelease=True,
        latest=False,
        assets=(course.folder / FILE_NAME, sums, *packages),
    )


def _is_ready(options: Options, world: World, course: Course, release: GitHubRelease) -> bool:
    """Whether nothing is known to stand in the way. What a dry run finds missing is worth a warning, not a failure."""
    # Of a new version GitHub can't have the tag yet: it is made when all else is in order.
    obstacles = [one for one in (world.github.check(release) if world.github else ()) if one.rule != "github-tag"]
    wanted = replace(_publishing(options, course), dry_run=True)
    planned = course.published = publish.publish(wanted, world.archives, world.registries, world.clock, _quiet)
    course.errors += planned.errors
    (course.warnings if options.dry_run else course.errors).extend((*planned.warnings, *obstacles))
    return not course.errors


def _publish(options: Options, world: World, course: Course, release: GitHubRelease) -> None:
    if world.github:
        world.say("GitHub: preparing the prerelease as a draft")
        world.github.draft_release(release)
    wanted = _publishing(options, course)
    published = course.published = publish.publish(wanted, world.archives, world.registries, world.clock, world.say)
    course.errors += published.errors
    course.warnings += published.warnings
    if world.github and not published.errors:
        world.say("GitHub: publishing the prerelease")
        course.address = world.github.publish_release(release)


def _publishing(options: Options, course: Course) -> publish.Options:
    return publish.Options(course.folder, options.only, options.dist_tag, wait=options.wait, patience=options.patience)


def _quiet(_: str) -> None:
    """Say nothing: the same words follow when it is done in earnest."""

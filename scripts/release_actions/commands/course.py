"""How far a whole release came, and how that is told: also, and above all, when it did not come far."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from release_actions.commands import publish
from release_actions.commands.build import Built
from release_actions.commands.publish import Published
from release_actions.commands.uploads import State
from release_actions.domain.report import Block, Outcome, Report, Table, Verbatim
from release_actions.domain.tagging import Decision
from release_actions.errors import Finding

_NOT_REACHED = "Not reached."
_UPLOADED = (State.VISIBLE, State.ACCEPTED)


@dataclass
class Course:
    """How far the release has come."""

    decision: Decision | None = None
    built: Built | None = None
    published: Published | None = None
    github: str = ""
    address: str = ""
    notes: str = ""
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)


def report(course: Course, name: str, folder: Path, *, dry_run: bool) -> Outcome:
    """The outcome of the release of the tag `name`, whose packages were built into `folder`."""
    errors = tuple(dict.fromkeys(course.errors))
    warnings = tuple(finding for finding in dict.fromkeys(course.warnings) if finding not in errors)
    blocks: list[Block] = [Table(("Step", "Result"), tuple(_steps(course, dry_run)))]
    if course.published:
        blocks += publish.outcome(course.published, dry_run).report.blocks[1:]
    if dry_run and course.notes:
        blocks += ["The notes of the GitHub Release would be:", Verbatim(course.notes.rstrip("\n"), "markdown")]
    return Outcome(Report(_title(course, name, dry_run), tuple(blocks)), _outputs(course, folder, dry_run), errors, warnings)


def _title(course: Course, name: str, dry_run: bool) -> str:
    if course.decision is None:
        return f"{name[:100]} is not a release"
    tag = course.decision.version.tag
    if not course.errors:
        return f"{tag}: a dry run" if dry_run else f"{tag} is released"
    if course.published is None or not course.published.count(*_UPLOADED, publish.ALREADY_THERE):
        return f"{tag} is not released"
    if course.published.count(*_UPLOADED, publish.ALREADY_THERE) < len(course.published.lines):
        return f"{tag} is released only in part"
    return f"{tag} is on every registry, but has no GitHub Release"


def _steps(course: Course, dry_run: bool) -> list[tuple[str, str]]:
    return [
        ("Tag", _tag_step(course)),
        ("Build", _build_step(course)),
        ("Registries", _registries_step(course, dry_run)),
        ("GitHub Release", course.github or _NOT_REACHED),
    ]


def _tag_step(course: Course) -> str:
    made = course.decision
    if made is None:
        return "Refused."
    kind = f"prerelease of the channel {made.version.channel.label}" if made.version.is_prerelease else "stable release"
    since = f"The release before it is {made.previous.tag}." if made.previous else "No release comes before it."
    return f"{kind.capitalize()} of commit {made.commit[:12]}. {since}"


def _build_step(course: Course) -> str:
    if course.built is None:
        return "Failed; nothing was published." if course.decision else _NOT_REACHED
    packages = course.built.release.packages
    files = sum(len(package.files) for package in packages)
    return f"{_counted(len(packages), 'package')} in {_counted(files, 'file')}, by {', '.join(course.built.tools)}."


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _registries_step(course: Course, dry_run: bool) -> str:
    if course.published is None:
        return _NOT_REACHED
    return str(publish.outcome(course.published, dry_run).report.blocks[0])


def _outputs(course: Course, folder: Path, dry_run: bool) -> dict[str, str]:
    if course.decision is None:
        return {}
    known = course.decision.outputs
    outputs = {name: known[name] for name in ("version", "prerelease", "dist-tag", "is-latest", "previous-tag", "commit")}
    if course.built:
        outputs["folder"] = str(folder)
    if course.published:
        made = publish.outcome(course.published, dry_run).outputs
        outputs |= {name: made[name] for name in ("published", "already-there", "report")}
    return outputs | {"release-url": course.address}

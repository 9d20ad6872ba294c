"""How far a nightly came, and how that is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from release_actions.commands import publish
from release_actions.commands.build import Built
from release_actions.commands.nightly_retention import Pruned
from release_actions.commands.nightly_site import Site
from release_actions.commands.publish import Published
from release_actions.domain.nightly import Decision, Turn
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import Release
from release_actions.domain.report import Block, Outcome, Report, Table, Verbatim
from release_actions.domain.version import Version
from release_actions.errors import Finding


@dataclass
class Course:
    """How far it has come. `source` is the commit of the branch, `commit` the one on top of it that bears the version."""

    decision: Decision | None = None
    source: str = ""
    commit: str = ""
    folder: Path = Path()
    built: Built | None = None
    claimed: bool = False
    published: Published | None = None
    address: str = ""
    notes: str = ""
    site: Site | None = None
    pruned: tuple[Pruned, ...] = ()
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)

    @property
    def version(self) -> Version:
        """The version that is made."""
        if self.decision is None or self.decision.version is None:
            raise ValueError("no version is made")
        return self.decision.version

    @property
    def release(self) -> Release:
        """What was built."""
        if self.built is None:
            raise ValueError("nothing is built")
        return self.built.release


def report(course: Course, *, dry_run: bool) -> Outcome:
    """The outcome."""
    errors = tuple(dict.fromkeys(course.errors))
    warnings = tuple(finding for finding in dict.fromkeys(course.warnings) if finding not in errors)
    blocks: list[Block] = [course.decision.reason] if course.decision else []
    if course.commit:
        blocks.append(Table(("What", "Which"), tuple(_facts(course))))
    if course.published:
        blocks += publish.outcome(course.published, dry_run).report.blocks
    if course.pruned:
        rows = tuple((one.versions, one.place, one.result) for one in course.pruned)
        blocks += ["Old nightlies:", Table(("Versions", "Where", "Result"), rows)]
    if course.notes and (dry_run or course.address):
        blocks += ["The notes of the prerelease on GitHub:", Verbatim(course.notes.rstrip("\n"), "markdown")]
    return Outcome(Report(_title(course, dry_run), tuple(blocks)), _outputs(course, dry_run), errors, warnings)


def _title(course: Course, dry_run: bool) -> str:
    decision = course.decision
    if decision is None:
        return "nightly: refused"
    if decision.version is None or not decision.is_due:
        return "nightly: not due"
    if dry_run:
        return f"nightly: {decision.version} would be {'completed' if decision.turn is Turn.COMPLETE else 'made'}"
    if not course.errors:
        return f"nightly: {decision.version} is {'completed' if decision.turn is Turn.COMPLETE else 'out'}"
    if course.claimed or decision.turn is Turn.COMPLETE:
        return f"nightly: {decision.version} is not complete; running again completes it"
    return f"nightly: {decision.version} is not made, and its number is still free"


def _facts(course: Course) -> list[tuple[str, str]]:
    version = course.version
    previous = course.decision.previous if course.decision else None
    rows = [("Version", str(version)), *((one.label, version.spelt(one.scheme)) for one in Ecosystem)]
    rows += [("Made of commit", course.source[:12]), ("Tagged commit, with that version", course.commit[:12])]
    rows.append(("Release before it", previous.tag if previous else "none"))
    return [*rows, ("On GitHub", course.address)] if course.address else rows


def _outputs(course: Course, dry_run: bool) -> dict[str, str]:
    decision = course.decision
    if decision is None:
        return {"due": "false"}
    outputs = {
        "due": "true" if decision.is_due else "false",
        "reason": decision.reason,
        "previous-tag": decision.previous.tag if decision.previous else "",
    }
    if decision.version is None:
        return outputs
    version = decision.version
    outputs |= {"version": str(version), "tag": version.tag, "source": course.source, "commit": course.commit}
    outputs |= {one.value: version.spelt(one.scheme) for one in Ecosystem}
    if course.built:
        outputs["folder"] = str(course.folder)
    if course.published:
        made = publish.outcome(course.published, dry_run).outputs
        outputs |= {name: made[name] for name in ("published", "already-there", "report")}
    return outputs | {"release-url": course.address}

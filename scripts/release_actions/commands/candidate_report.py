"""What a run of the release train says: what was done, what is held back and why, and a picture of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from release_actions.commands.candidate_acts import Done
from release_actions.commands.candidate_site import Options
from release_actions.domain import train_picture
from release_actions.domain.candidate import Kind, Step, when
from release_actions.domain.package import Ecosystem
from release_actions.domain.report import Block, Bullets, Outcome, Picture, Report, Table
from release_actions.domain.train import Candidate, Facts, Run
from release_actions.errors import Finding

#: Steps that make a tag, by which a run is known.
_MAKING = (Kind.PROMOTE, Kind.TAG, Kind.CUT, Kind.RESPIN)


@dataclass
class Course:
    """How far it has come: what was done, what is left and why, the last look at everything, and what candidates are tried with."""

    done: list[tuple[Step, Done]] = field(default_factory=list)
    left: tuple[Step, ...] = ()
    facts: Facts | None = None
    projects: str = "[]"
    errors: list[Finding] = field(default_factory=list)

    @property
    def started(self) -> list[Run]:
        """The workflows that this run has started."""
        return [step.run for step, _ in self.done if step.run]

    @property
    def standing(self) -> Candidate | None:
        """The candidate that stands its test now."""
        trains = [one for one in self.facts.trains if one.candidate and not one.released] if self.facts else []
        return trains[0].candidate if trains else None

    @property
    def waiting(self) -> set[tuple[Kind, str]]:
        """What people have to go on with, so that this run leaves it."""
        return {step.key for step, done in self.done if done.waits}


def report(course: Course, options: Options) -> Outcome:
    """The outcome; a refused train fails the step, one that is held does not."""
    blocks: list[Block] = []
    rows = tuple(_rows(course, options))
    if rows:
        blocks.append(Table(("Step", "Why", "Result"), rows))
    for step in course.left:
        blocks += _held(step) if not step.kind.is_act else []
    picture = train_picture.gantt(course.facts, options.rules) if course.facts else ""
    if picture:
        blocks.append(Picture(picture))
    return Outcome(Report(_title(course, options), tuple(blocks)), outputs(course), tuple(dict.fromkeys(course.errors)))


def _rows(course: Course, options: Options) -> Iterator[tuple[str, str, str]]:
    for step, done in course.done:
        yield step.kind, step.reason, done.words
    if options.dry_run:
        for step in (one for one in course.left if one.kind.is_act):
            made = f"{step.version.tag} would be next" if step.kind in _MAKING and step.version else "would be done"
            yield step.kind, step.reason, f"Dry run: {made}."


def _held(step: Step) -> list[Block]:
    words = f"{step.kind}: {step.reason}"
    if step.kind is Kind.REFUSE or not step.findings:  # why it is refused is told with the errors
        return [words]
    return [words, Bullets(tuple(f"{finding.what} {finding.remedy}" for finding in step.findings))]


def _title(course: Course, options: Options) -> str:
    made = _made(course)
    if made and made.version:
        verb = {Kind.CUT: "was cut", Kind.RESPIN: "was made"}.get(made.kind, "was released")
        return f"candidate: {made.version.tag} {verb}" + (", but not all is well" if course.errors else "")
    if course.errors:
        return "candidate: refused" if any(step.kind is Kind.REFUSE for step in course.left) else "candidate: failed"
    if options.dry_run and any(step.kind.is_act for step in course.left):
        return f"candidate: {next(step.kind for step in course.left if step.kind.is_act)} would be next"
    if not course.done:
        return "candidate: nothing to do now"
    step, done = course.done[-1]
    return f"candidate: {step.kind} waits for people" if done.waits else f"candidate: {step.kind} was done"


def _made(course: Course) -> Step | None:
    """The most important tag that this run made."""
    made = [step for step, done in course.done if step.kind in _MAKING and not done.waits]
    return min(made, key=lambda step: _MAKING.index(step.kind)) if made else None


def outputs(course: Course) -> Mapping[str, str]:
    """What later steps and jobs may want to know."""
    made = _made(course)
    left = course.left[0] if course.left else None
    told = made or (course.done[-1][0] if course.done else left)
    version = made.version if made else None
    return {
        "step": told.kind if told else "",
        "reason": told.reason if told else "",
        "steps": json.dumps([step.kind for step, _ in course.done]),
        "version": str(version or ""),
        "tag": version.tag if version else "",
        **{ecosystem.value: version.spelt(ecosystem.scheme) if version else "" for ecosystem in Ecosystem},
        "candidate": course.standing.version.tag if course.standing else "",
        "projects": course.projects,
        "until": when(left.until) if left and left.until else "",
        "pull-request": next((done.pull_request for _, done in reversed(course.done) if done.pull_request), ""),
    }

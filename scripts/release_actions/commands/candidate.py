"""The release train: look at branches, tags, checks and the time, and do the next right thing until none is left.

Nothing is remembered between two steps. Each looks at `origin` and GitHub anew, so that a run that ended anywhere is gone
on with by the next, and two runs at once end as one.
"""

from __future__ import annotations

from release_actions.commands import candidate_acts, candidate_facts, candidate_site
from release_actions.commands.candidate_report import Course, report
from release_actions.commands.candidate_site import Fixes, Options, Site, Workflows, World
from release_actions.domain import candidate
from release_actions.domain.candidate import Kind
from release_actions.domain.report import Outcome
from release_actions.errors import RefusedError, ReleaseError

__all__ = ["Fixes", "Options", "Workflows", "World", "run"]

#: A hotfix, a promotion and a cut with all that belongs to them are a dozen steps; more would go in a circle.
_MOST_STEPS = 40
_TRIES = 5


def run(options: Options, world: World) -> Outcome:
    """Do whatever is due, and report how far it came, whatever happened."""
    course = Course()
    try:
        _go_on(options, world, course)
    except ReleaseError as error:
        course.errors += error.findings
    course.errors += [finding for step in course.left if step.kind is Kind.REFUSE for finding in step.findings]
    return report(course, options)


def _go_on(options: Options, world: World, course: Course) -> None:
    tries = 0
    for _ in range(_MOST_STEPS):
        site = candidate_site.observe(options, world)
        if not course.done:
            candidate_facts.require(site)
        course.facts = candidate_facts.facts(site, course.started)
        course.left = candidate.decide(course.facts, options.rules)
        step = next((one for one in course.left if one.kind.is_act and one.key not in course.waiting), None)
        if step is None or options.dry_run:
            course.projects = _projects(site, course)
            return
        world.say(f"{step.kind}: {step.reason}")
        done = candidate_acts.act(site, step)
        world.say(done.words)
        tries = 0 if done.is_done else tries + 1
        if tries == _TRIES:
            raise RefusedError("candidate-rivals", "Others moved branches or tags each time.", "Run again when no other run is under way.")
        if done.is_done:
            course.done.append((step, done))
    raise RefusedError("candidate-circle", f"{_MOST_STEPS} steps led to no end.", "Please report it, with this run's log.")


def _projects(site: Site, course: Course) -> str:
    """What the candidate that stands its test now is to be tried with."""
    standing = course.standing
    return candidate_facts.projects(site, f"refs/tags/{standing.version.tag}", standing.commit) if standing else "[]"

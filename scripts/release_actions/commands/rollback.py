"""Take a release back as far as each registry allows: ask, plan, say what can't be done, do the rest, report.

The registries are the only state: what is done already is left, so that running again continues.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from release_actions.commands import withdrawn_page
from release_actions.commands.ports.github import Change, DefaultBranch, ReleasePage, ReleasePages
from release_actions.commands.ports.registries import Withdrawals
from release_actions.commands.ports.waiting import Clock, Progress
from release_actions.commands.released import Released
from release_actions.commands.withdrawn_page import Pages
from release_actions.domain import rollback as planning
from release_actions.domain.package import Ecosystem
from release_actions.domain.plan import Key
from release_actions.domain.release import BuiltPackage
from release_actions.domain.rollback import Act, Plan, Step
from release_actions.domain.standing import Standing
from release_actions.domain.version import Version
from release_actions.errors import Finding, ReleaseError
from release_actions.manifests.go_retraction import retracted

DONE, ALREADY, WOULD, HAND, FAILED, LATE = "done", "already so", "would be done", "by hand", "failed", "done, not shown yet"
_LONGEST_PAUSE = 30.0


@dataclass(frozen=True)
class Options:
    """Why, and where pointers go back to when not to where they were; `wait` is for how long to ask whether it shows."""

    reason: str = ""
    previous: Version | None = None
    dry_run: bool = True
    wait: float = 120


@dataclass(frozen=True)
class World:
    """The registries, GitHub as far as it is wanted, and the go.mod files of modules that were released."""

    withdrawals: Mapping[Ecosystem, Withdrawals]
    pages: ReleasePages | None
    branch: DefaultBranch | None
    modules: Sequence[str]
    clock: Clock
    say: Progress


@dataclass(frozen=True)
class Line:
    """One thing in the report."""

    subject: str
    where: str
    what: str
    result: str


@dataclass
class RolledBack:
    """What was planned, what became of it, and what was found in its way."""

    version: Version
    plan: Plan = field(default_factory=Plan)
    lines: list[Line] = field(default_factory=list)
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    hands: list[tuple[BuiltPackage, str]] = field(default_factory=list)
    pull_request: str = ""

    def count(self, *results: str) -> int:
        """How many things ended as one of `results`."""
        return sum(line.result in results for line in self.lines)


def rollback(released: Released, options: Options, world: World) -> RolledBack:
    """Take back what is left to be taken back, or say what would be."""
    made = RolledBack(released.release.version)
    standings = _standings(released.release.packages, world, made)
    if made.errors:
        return made
    version = released.release.version
    made.plan = planning.make(version, released.release.packages, standings, released.record, options.previous, options.reason)
    pages = _pages(released.page, options, world, made)
    change = _change(version, options, world, made)
    made.errors += [*made.plan.conflicts, *pages.conflicts]
    made.warnings += made.plan.warnings
    _name_hands(made, world)
    if not made.plan.steps and released.page is None and change is None:
        made.errors.append(_nothing(version))
    lacking = _lacking(made.plan, pages, change, world)
    (made.warnings if options.dry_run else made.errors).extend(lacking)
    stopped = options.dry_run or bool(made.errors)
    for step in made.plan.steps:
        made.lines.append(_stepped(step, world, made, options, stopped))
    _rewrite(pages, released.page, world, made, stopped)
    _propose(change, world, made, stopped)
    return made


def _standings(packages: Sequence[BuiltPackage], world: World, made: RolledBack) -> dict[Key, Standing]:
    """How every package stands; what can't be found out is an error, since nothing is done on a guess."""
    found = {}
    for package in packages:
        try:
            found[package.key] = world.withdrawals[package.ecosystem].standing(package)
        except ReleaseError as error:
            made.errors += error.findings
    return found


def _pages(page: ReleasePage | None, options: Options, world: World, made: RolledBack) -> Pages:
    if world.pages is None or page is None:
        return Pages()
    try:
        return withdrawn_page.plan(page, world.pages.pages(), options.previous, options.reason)
    except ReleaseError as error:
        made.errors += error.findings
        return Pages()


def _change(version: Version, options: Options, world: World, made: RolledBack) -> Change | None:
    """The retraction, for the released Go modules whose go.mod on the default branch does not have it."""
    reason, files = planning.one_line(options.reason), {}
    try:
        for path in world.modules if world.branch else ():
            content = world.branch.read(path) if world.branch else None
            text = retracted(content.decode("utf-8"), version, reason) if content is not None else None
            if text is not None:
                files[path] = text.encode()
    except ReleaseError as error:
        made.errors += error.findings
    except UnicodeDecodeError:
        made.errors.append(Finding("manifest-encoding", "A go.mod is not UTF-8.", "Save it as UTF-8."))
    title = f"Retract {version.tag}"
    body = f"{reason}\n\nIt takes effect with the next version: Go reads retractions from the newest one."
    return Change(f"retract-{version.tag}", title, body, files) if files else None


def _lacking(plan: Plan, pages: Pages, change: Change | None, world: World) -> list[Finding]:
    """What the present credentials can't do of what is due, all at once."""
    findings: list[Finding] = []
    for ecosystem in Ecosystem:
        due = [step.package for step in plan.due if step.package.ecosystem is ecosystem]
        try:
            findings += world.withdrawals[ecosystem].check(due) if due else ()
        except ReleaseError as error:
            findings += error.findings
    if world.pages and (pages.rewrites or change):
        findings += world.pages.check()
    return list(dict.fromkeys(findings))


def _stepped(step: Step, world: World, made: RolledBack, options: Options, stopped: bool) -> Line:
    """Do the step, unless all is stopped; a failure keeps no other step from being tried."""
    site, name = world.withdrawals[step.package.ecosystem], f"{step.package.name} {step.package.version}"
    where = f"{step.package.ecosystem.label} {site.address}"
    if step.done or step.by_hand or stopped:
        result = ALREADY if step.done else HAND if step.by_hand else WOULD if not made.errors else "not done"
        return Line(name, where, step.what, result)
    world.say(f"{step.package.ecosystem.label}: {name}: {step.what}")
    try:
        if step.act is Act.POINT:
            site.point(step.package, step.tag, step.target)
        else:
            site.withdraw(step.package, step.words)
    except ReleaseError as error:
        if not _shows(step, site):
            made.errors += error.findings
            return Line(name, where, step.what, FAILED)
    return Line(name, where, step.what, _awaited(step, site, world, made, options.wait))


def _awaited(step: Step, site: Withdrawals, world: World, made: RolledBack, wait: float) -> str:
    """Ask until the registry shows it; a feed may take minutes, during which it only says that it will."""
    deadline, pause = world.clock.now() + wait, 1.0
    while not _shows(step, site):
        left = deadline - world.clock.now()
        if left <= 0:
            what = f"{step.package.ecosystem.label} took it, but does not show it yet: {step.package.name}: {step.what}."
            made.warnings.append(Finding("not-shown", what, "Run again later: what is done by then is left alone."))
            return LATE
        world.clock.sleep(min(pause, left))
        pause = min(2 * pause, _LONGEST_PAUSE)
    return DONE


def _shows(step: Step, site: Withdrawals) -> bool:
    """Whether the registry says that it is so."""
    try:
        standing = site.standing(step.package)
    except ReleaseError:
        return False
    if step.act is Act.POINT:
        return standing.pointers.get(step.tag, "") == step.target
    return step.package.version in standing.withdrawn


def _rewrite(pages: Pages, page: ReleasePage | None, world: World, made: RolledBack, stopped: bool) -> None:
    if world.pages is None or page is None:
        return
    if not pages.rewrites:
        made.lines.append(Line(page.tag, "GitHub Release", "mark as withdrawn", ALREADY if not made.errors else "not done"))
    for wanted in pages.rewrites:
        what = "mark as withdrawn" if wanted.tag == page.tag else "make it `latest`"
        result = WOULD if not made.errors else "not done"
        if not stopped:
            world.say(f"GitHub: {wanted.tag}: {what}")
            result = _written(wanted, world.pages, made)
        made.lines.append(Line(wanted.tag, "GitHub Release", what, result))


def _written(wanted: ReleasePage, pages: ReleasePages, made: RolledBack) -> str:
    try:
        pages.rewrite(wanted)
    except ReleaseError as error:
        made.errors += error.findings
        return FAILED
    return DONE


def _propose(change: Change | None, world: World, made: RolledBack, stopped: bool) -> None:
    if change is None or world.branch is None:
        return
    what, result = "pull request that retracts it", WOULD if not made.errors else "not done"
    if not stopped:
        world.say(f"GitHub: {what}")
        try:
            made.pull_request = world.branch.propose(change)
            result = DONE
        except ReleaseError as error:
            made.errors += error.findings
            result = FAILED
    made.lines.append(Line(", ".join(sorted(change.files)), "Go", what, result))


def _name_hands(made: RolledBack, world: World) -> None:
    """What only a person can do, with the page for it."""
    made.hands += [
        (step.package, world.withdrawals[step.package.ecosystem].page(step.package))
        for step in made.plan.steps
        if step.by_hand and not step.done
    ]
    made.warnings += list(_by_hand(made))


def _by_hand(made: RolledBack) -> Iterator[Finding]:
    for package, page in made.hands:
        yield Finding(
            "yank-by-hand",
            f"{package.name} {package.version} is still offered by {package.ecosystem.label}, which has no API to yank.",
            f"An owner opens {page} and chooses `Options`, `Yank`.",
        )


def _nothing(version: Version) -> Finding:
    return Finding(
        "rollback-unpublished",
        f"No registry has a package of {version}, and GitHub has no such release.",
        "Check the input `version`; with `only`, check that it names the right ecosystems.",
    )

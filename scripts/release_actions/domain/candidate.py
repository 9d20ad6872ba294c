"""The next right thing for a release train: cut, respin, hold, promote, refuse. Pure; the time is a fact among others.

Each step leaves what git and GitHub show in a state from which the next one follows. So whatever ends a run, the next
one goes on, and remembers nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from release_actions.domain import readiness
from release_actions.domain.readiness import Check
from release_actions.domain.train import DAY, Call, Candidate, Cut, Facts, Rules, Run, Train
from release_actions.domain.version import Level, Version
from release_actions.errors import Finding

_MOST_SHOWN = 10


class Kind(StrEnum):
    """What is to be done."""

    CUT = "cut"  # a release branch, with its first candidate
    HOTFIX = "hotfix"  # a hotfix branch
    CATCH_UP = "catch-up"  # merge what was released meanwhile into the branch
    RESPIN = "respin"  # the branch's next candidate
    DISPATCH = "dispatch"  # start a workflow for a tag
    PROMOTE = "promote"  # merge onto the stable branch, and tag
    TAG = "tag"  # what a pull request has brought onto the stable branch
    MERGE_BACK = "merge-back"  # into the development branch
    CLEAN_UP = "clean-up"  # delete the branch
    HOLD = "hold"
    REFUSE = "refuse"

    @property
    def is_act(self) -> bool:
        """Whether anything is to be changed."""
        return self not in {Kind.HOLD, Kind.REFUSE}


@dataclass(frozen=True)
class Step:
    """One thing to do, and why. `findings` say what a hold waits for, and why it is refused.

    `version` is the one that is made. `until` is when a hold may end at the earliest, in seconds since 1970-01-01 UTC.
    """

    kind: Kind
    reason: str
    train: Train | None = None
    version: Version | None = None
    findings: tuple[Finding, ...] = ()
    until: int | None = None
    run: Run | None = None

    @property
    def key(self) -> tuple[Kind, str]:
        """What it is about: the same as long as nothing of it has changed."""
        return self.kind, self.train.branch if self.train else ""


def decide(facts: Facts, rules: Rules) -> tuple[Step, ...]:
    """What every part of it needs next, the most urgent first: started workflows, hotfixes, the train, the way back, the next cut."""
    trains = sorted(facts.trains, key=lambda train: (not train.is_hotfix, train.version))
    steps = [_dispatch(run) for run in facts.waiting]
    steps += [step for train in trains if (step := _next(train, facts, rules))]
    if facts.unmerged:
        what = f"The development branch lacks {facts.released or 'what is on the stable one'}."
        steps.append(Step(Kind.MERGE_BACK, what, version=facts.released))
    return (*steps, *_beginning(facts, rules))


def _dispatch(run: Run) -> Step:
    what = f"{run.workflow} has not run for {run.tag}: a tag that a workflow's own token pushes starts nothing."
    return Step(Kind.DISPATCH, what, run=run)


def _next(train: Train, facts: Facts, rules: Rules) -> Step | None:
    """What the train needs; nothing when others have to go first."""
    if train.released:
        return _ended(train, facts)
    refused = tuple(_refusals(train, facts))
    if refused:
        return Step(Kind.REFUSE, f"{train.branch} can't go on.", train, findings=refused)
    if train.merged:
        return Step(Kind.TAG, f"A pull request has brought {train.version} onto the stable branch.", train, train.version)
    if train.behind:
        return Step(Kind.CATCH_UP, f"{train.branch} lacks some of what is released.", train, train.version)
    if not train.ahead:
        return Step(Kind.HOLD, f"{train.branch} has nothing yet that is not released.", train)
    if train.candidate is None:
        return Step(Kind.RESPIN, f"{train.branch} has no candidate yet.", train, train.next)
    if train.changed:
        return Step(Kind.RESPIN, f"Changed since {train.candidate.version.tag}: {_listed(train.changed)}.", train, train.next)
    return _judged(train, train.candidate, facts, rules)


def _ended(train: Train, facts: Facts) -> Step | None:
    tag = train.version.tag
    if train.stray:
        what = f"{tag} leads to {str(train.released)[:12]}, which is not where {train.branch} is released."
        remedy = f"Somebody else released {train.version}. Take over by hand what {train.branch} has besides, and delete it."
        return Step(Kind.REFUSE, what, train, findings=(Finding("candidate-stray", what, remedy),))
    if facts.unmerged:
        return None
    if train.late:
        what = f"{train.branch} has commits that are not in {train.version}, which is released."
        remedy = "Merge them into the development branch, or start a hotfix with them, and delete the branch."
        return Step(Kind.REFUSE, what, train, findings=(Finding("candidate-late", what, remedy),))
    return Step(Kind.CLEAN_UP, f"{train.version} is released and merged back.", train, train.version)


def _refusals(train: Train, facts: Facts) -> Iterator[Finding]:
    if facts.released and train.version <= facts.released:
        yield Finding(
            "candidate-behind",
            f"{train.branch} leads to {train.version}, but {facts.released} is released.",
            "Give the branch the name of a higher version. To patch an old line, tag its own branch by hand.",
        )
    for entry in train.offending[:_MOST_SHOWN]:
        yield Finding(
            "candidate-not-a-fix",
            f"{train.branch} has the commit {entry.name[:12]} “{entry.subject[:200]}”, which is no fix.",
            "Revert it there, or allow it by a label of its pull request (`fix-labels`), by its type (`fix-types`) or files (`fix-paths`).",
        )
    if len(train.offending) > _MOST_SHOWN:
        what = f"{train.branch} has {len(train.offending) - _MOST_SHOWN} more commits that are no fixes."
        yield Finding("candidate-not-a-fix", what, "Revert or allow them, too.")


def _judged(train: Train, candidate: Candidate, facts: Facts, rules: Rules) -> Step:
    until = candidate.date + (0 if train.is_hotfix else rules.soak_days * DAY)
    findings = (*_soaking(candidate, until, facts.now), *_unready(train, rules.checks), *_blocked(train))
    if not findings:
        soaked = "" if train.is_hotfix else f" since {when(candidate.date)}"
        return Step(Kind.PROMOTE, f"{candidate.version.tag} has stood the test{soaked}.", train, train.version)
    what = f"{candidate.version.tag} is not ready to become {train.version}."
    return Step(Kind.HOLD, what, train, findings=findings, until=until if until > facts.now else None)


def _soaking(candidate: Candidate, until: int, now: int) -> Iterator[Finding]:
    if now < until:
        what = f"{candidate.version.tag}, made {when(candidate.date)}, is tried out until {when(until)}."
        yield Finding("candidate-soaking", what, "Wait; to end it sooner, set `soak-days`.")


def _unready(train: Train, wanted: tuple[str, ...]) -> Iterator[Finding]:
    checks: tuple[Check, ...] = train.checks
    return readiness.unready(checks, wanted)


def _blocked(train: Train) -> Iterator[Finding]:
    for blocker in train.blockers:
        where = f" ({blocker.address})" if blocker.address else ""
        what = f"#{blocker.number} “{blocker.title[:200]}” blocks releases{where}."
        yield Finding("candidate-blocker", what, "Close it, or take its label away.")


def _beginning(facts: Facts, rules: Rules) -> Iterator[Step]:
    """Whether a branch is cut. Not while the development branch lacks what was released: the next release would lack it, too."""
    if rules.cut is Cut.HOTFIX:
        yield _hotfix(facts)
    if rules.cut is Cut.HOTFIX or facts.unmerged or any(train.is_under_way for train in facts.trains):
        return
    if rules.cut is Cut.NEVER:
        yield Step(Kind.HOLD, "No release branch is under way, and none is to be cut.")
        return
    call = facts.call or Call("The development branch was not looked at.")
    due = _due(facts.last_cut, rules.cadence_days)
    if rules.cut is Cut.AUTO and due is not None and facts.now < due:
        yield Step(Kind.HOLD, f"The next release branch is cut {when(due)}, {rules.cadence_days} days after the last.", until=due)
    elif call.version is None:
        yield Step(Kind.HOLD, f"There is nothing to cut a release branch for. {call.why}")
    elif rival := _leading_to(call.version.core, facts):
        yield Step(Kind.HOLD, f"{rival.branch} leads to {rival.version}, too, and goes first.", rival)
    else:
        yield Step(Kind.CUT, call.why, version=call.version)


def _due(last_cut: int | None, days: int) -> int | None:
    """When the next cut is due: by the day, so that a clock that strikes some minutes earlier does not put it off by one."""
    return None if last_cut is None else (last_cut // DAY + days) * DAY


def _hotfix(facts: Facts) -> Step:
    open_one = next((train for train in facts.trains if train.is_hotfix), None)
    if open_one:
        return Step(Kind.HOLD, f"{open_one.branch} is there already.", open_one)
    rival = _leading_to(facts.released.raised(Level.PATCH), facts) if facts.released else None
    if rival:
        what = f"{rival.branch} leads to {rival.version} already, which is the hotfix's version."
        remedy = "Push the fix onto that branch, and let it be released at once by `soak-days: 0`."
        return Step(Kind.REFUSE, what, findings=(Finding("candidate-hotfix", what, remedy),))
    if facts.released is None:
        what = "There is no release yet that a hotfix could mend."
        return Step(Kind.REFUSE, what, findings=(Finding("candidate-hotfix", what, "Release first, or set `cut` to `auto`."),))
    version = facts.released.raised(Level.PATCH)
    return Step(Kind.HOTFIX, f"A hotfix of {facts.released} was asked for.", version=version)


def _leading_to(version: Version, facts: Facts) -> Train | None:
    return next((train for train in facts.trains if train.version == version and not train.released), None)


def when(seconds: int) -> str:
    """The moment, for reading."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _MOST_SHOWN} more" if len(names) > _MOST_SHOWN else ""
    return ", ".join(names[:_MOST_SHOWN]) + more

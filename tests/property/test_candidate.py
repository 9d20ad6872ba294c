"""A year of a busy repository with a release train: whatever people, crashes and other runs do, it ends in order.

Each year is told by a seed, which a failure prints; `TRAIN_YEARS=200 python3 tests/run.py tests/property/test_candidate.py` tells more.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

import pytest
from hypothesis import Phase, event, given, settings
from hypothesis import strategies as st
from packaging.version import Version as PythonVersion
from semver import Version as SemVer
from tests.memory_git import MemoryClone
from tests.trains import GREEN, Yard

from release_actions.commands.candidate import Fixes, Options, Workflows
from release_actions.commands.ports.branching import Mark
from release_actions.domain import sequence
from release_actions.domain.readiness import Check, Verdict
from release_actions.domain.sequence import Past
from release_actions.domain.tagging import version_of
from release_actions.domain.train import DAY, Blocker, Branches, Cut, Rules
from release_actions.domain.version import Channel, Level, Scheme, Version
from release_actions.errors import Finding, RefusedError, ToolError

YEARS = int(os.environ.get("TRAIN_YEARS", "3"))
DAYS = 365
QUIET_DAYS = 60
FATES = (*["well"] * 6, "killed before", "killed after", "answer lost", "rival")
MANIFESTS = {"npm/package.json", "py/pyproject.toml"}


class CrashError(Exception):
    """The run ends here, as by `kill -9`."""


@dataclass
class Year:
    """A year, day by day, and what is found wrong on the way."""

    seed: int
    random: Random = field(init=False)
    yard: Yard = field(init=False)
    seen: dict[str, str] = field(default_factory=dict)
    merged: set[str] = field(default_factory=set)
    wrong: dict[str, str] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)
    told: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 - a story, no secret
        trunk = self.random.random() < 0.25
        branches = Branches("develop", "develop") if trunk else Branches()
        rules = Rules(self.random.choice([0, 3, 7]), self.random.choice([7, 14]), checks=("all",))
        options = Options(0, branches, rules, blocker="blocker", fixes=Fixes(labels=("ok",)), workflows=Workflows("release.yml"))
        self.yard = Yard(options=replace(options, by_request=self.random.random() < 0.2))
        if trunk:
            del self.yard.origin.branches["master"]
        self.note_tags()

    @property
    def branches(self) -> Branches:
        return self.yard.options.branches

    def trains(self) -> list[str]:
        return [name for name in self.yard.origin.branches if self.branches.version_of(name)]

    def chance(self, of: float) -> bool:
        return self.random.random() < of

    def day(self) -> None:
        """What people do, then what the clock starts."""
        self.yard.now += DAY + self.random.randint(-900, 900)
        for act, of in self.acts:
            if self.chance(of):
                act()
        self.run()

    @property
    def acts(self) -> tuple[tuple[Callable[[], None], float], ...]:
        return (
            (self.develop, 0.7),
            (self.fix, 0.2),
            (self.mistake, 0.03),
            (self.mend, 0.5),
            (self.hotfix, 0.02),
            (self.checks, 0.2),
            (self.blockers, 0.1),
            (self.protect, 0.05),
            (self.merge_requests, 0.4),
            (self.nightly, 0.3),
            (self.give_up, 0.005),
            (self.rescue, 0.3),
        )

    def edit(self) -> dict[str, bytes]:
        """A change of one of a few files, so that branches meet in them."""
        return {f"src/{self.random.choice('abcdefgh')}.py": f"{self.random.random()}\n".encode()}

    def develop(self) -> None:
        kind = self.random.choice(["feat", "fix", "docs", "chore", "fix", "feat!" if self.chance(0.1) else "test"])
        self.yard.commit(self.branches.development, f"{kind}: change", self.edit())

    def fix(self) -> None:
        for branch in self.trains():
            self.yard.commit(branch, "fix: a fault", self.edit())

    def mistake(self) -> None:
        for branch in self.trains()[:1]:
            name = self.yard.commit(branch, "feat: by mistake", self.edit())
            self.wrong[name] = branch

    def mend(self) -> None:
        """Revert what is no fix, or allow it by a label."""
        for name, branch in list(self.wrong.items()):
            del self.wrong[name]
            if branch in self.yard.origin.branches and self.chance(0.5):
                self.yard.commit(branch, f'Revert "feat: by mistake"\n\nThis reverts commit {name}.', self.edit())
            else:
                self.yard.forge.labelled[name] = frozenset({"ok"})

    def hotfix(self) -> None:
        self.run(cut=Cut.HOTFIX)
        for branch in [name for name in self.trains() if name.startswith("hotfix-")]:
            self.yard.commit(branch, "fix: at once", self.edit())

    def checks(self) -> None:
        self.yard.forge.otherwise = self.random.choice(
            [GREEN, GREEN, (), (Check("Tests", Verdict.FAILED),), (Check("Tests", Verdict.RUNNING),)]
        )

    def blockers(self) -> None:
        self.yard.forge.issues = [] if self.yard.forge.issues else [Blocker(1, "Everything burns")]

    def protect(self) -> None:
        branch = f"refs/heads/{self.random.choice([self.branches.stable, self.branches.development])}"
        self.yard.origin.locked ^= {branch}

    def merge_requests(self) -> None:
        """Merge what was asked for; whoever resolves conflicts takes the new side."""
        for (branch, base), _ in list(self.yard.requests.open.items()):
            del self.yard.requests.open[branch, base]
            tips = self.yard.origin.branches
            if branch in tips and base in tips and tips[branch] not in self.yard.origin.history(tips[base]):
                self.merged.add(self.yard.merge(base, branch and tips[branch]))

    def nightly(self) -> None:
        """A beta of what is developed, made of a commit on no branch, as the nightly numbers it."""
        tip, marks = self.yard.origin.branches[self.branches.development], self.versions()
        history = self.yard.origin.history(tip)
        past = tuple(Past(version, mark.source is not None, (mark.source or mark.commit) in history) for version, mark in marks.items())
        stable = max(version for version in marks if not version.is_prerelease)
        try:
            version = sequence.next_version(stable.raised(self.random.choice([Level.PATCH, Level.MINOR])), Channel.BETA, past)
        except RefusedError:
            return
        made = self.yard.origin.made(self.yard.origin.files(tip), [tip], f"Version {version}", self.yard.now)
        self.yard.origin.tags[version.tag] = Mark(version.tag, made, self.yard.now, "", tip)
        self.note_tags()

    def give_up(self) -> None:
        """Somebody deletes a release branch."""
        for branch in self.trains()[:1]:
            del self.yard.origin.branches[branch]

    def rescue(self) -> None:
        """Take over what came onto a branch after its release, as the report says."""
        for branch in self.late:
            if branch in self.yard.origin.branches:
                self.yard.merge(self.branches.development, self.yard.origin.branches.pop(branch))
        self.late.clear()

    def versions(self) -> dict[Version, Mark]:
        return {version: mark for name, mark in self.yard.origin.tags.items() if (version := version_of(name))}

    def run(self, cut: Cut = Cut.AUTO, fates: tuple[str, ...] = FATES) -> tuple[Finding, ...]:
        """One run, which may end anywhere, or meet another one; what it found wrong."""
        self.meet(self.random.choice(fates))
        errors: tuple[Finding, ...] = ()
        try:
            outcome = self.yard.run(rules=replace(self.yard.options.rules, cut=cut))
        except CrashError:
            self.told["killed"] += 1
        else:
            errors = outcome.errors
            self.told.update([outcome.outputs["step"], *(finding.rule for finding in errors)])
            self.late |= {one.what.split(" ")[0] for one in errors if one.rule in {"candidate-late", "candidate-behind"}}
        self.yard.origin.before_push = self.yard.origin.after_push = None
        self.check()
        return errors

    def meet(self, fate: str) -> None:
        def die() -> None:
            raise CrashError

        def lose() -> None:
            raise ToolError("push-failed", "No answer.", "Run again.")

        def rival() -> None:
            self.yard.run()

        hooks = {"killed before": (die, None), "killed after": (None, die), "answer lost": (None, lose), "rival": (rival, None)}
        self.yard.origin.before_push, self.yard.origin.after_push = hooks.get(fate, (None, None))

    def note_tags(self) -> None:
        """No tag ever moves, and none is taken twice."""
        for name, mark in self.yard.origin.tags.items():
            assert self.seen.setdefault(name, mark.commit) == mark.commit, f"{name} was moved"

    def check(self) -> None:
        """What must be so after every run, however it ended."""
        fresh = [name for name in self.yard.origin.tags if name not in self.seen]
        known = [version for name in self.seen if (version := version_of(name))]
        for version in sorted(version for name in fresh if (version := version_of(name))):
            self.check_order(version, known)
            if not version.is_prerelease:
                self.check_content(version)
            known.append(version)
        self.note_tags()
        if not self.branches.is_trunk:
            tip = self.yard.origin.branches["master"]
            finals = {mark.commit for version, mark in self.versions().items() if not version.is_prerelease}
            assert tip in finals | self.merged, "master is at no release"

    def check_order(self, version: Version, known: list[Version]) -> None:
        """A new candidate is above every release and every other candidate for it; so is a release."""
        for other in known:
            if not other.is_prerelease or other.core == version:
                assert other < version
                assert SemVer.parse(str(other)) < SemVer.parse(str(version))
                assert PythonVersion(other.spelt(Scheme.PEP440)) < PythonVersion(version.spelt(Scheme.PEP440))
            if other.core == version.core and other.channel is version.channel:
                assert other.number < version.number

    def check_content(self, version: Version) -> None:
        """A release is its last candidate, but for the version."""
        marks = self.versions()
        final = marks[version].commit
        history = self.yard.origin.history(final)
        candidate = max(one for one, mark in marks.items() if one.core == version and one.channel is Channel.RC and mark.commit in history)
        before, after = self.yard.origin.files(marks[candidate].commit), self.yard.origin.files(final)
        clone = MemoryClone(self.yard.origin)
        assert set(clone.differing(marks[candidate].commit, final)) <= MANIFESTS
        for path in MANIFESTS:
            assert plain(before[path]) == plain(after[path])
        assert self.yard.version(final) == (str(version), version.spelt(Scheme.PEP440))

    def calm(self) -> None:
        """Everybody helps, and nothing new happens: then everything comes to its end."""
        self.yard.forge.otherwise, self.yard.forge.issues = GREEN, []
        self.yard.origin.locked.clear()
        for _ in range(QUIET_DAYS):
            self.yard.now += DAY
            for _ in range(3):
                self.mend()
                self.rescue()
                self.merge_requests()
            for branch in self.trains():
                if self.yard.origin.branches[branch] in self.yard.origin.history(self.yard.origin.branches[self.branches.stable]):
                    del self.yard.origin.branches[branch]  # nothing came onto it
            errors = self.run(Cut.NEVER, ("well",))
        assert not errors
        assert not self.trains()
        assert self.branches.is_trunk or self.yard.origin.branches["master"] in self.yard.origin.history(
            self.yard.origin.branches["develop"]
        )


def plain(data: bytes) -> bytes:
    """A manifest without its version."""
    return re.sub(rb'(version"?(?: =|:) ")[^"]+', rb"\1", data)


@given(seed=st.integers(0, 2**32))
@settings(max_examples=YEARS, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate), database=None)
def test_a_year_ends_in_order(seed: int) -> None:
    year = Year(seed)
    print(f"seed {seed}")
    for _ in range(DAYS):
        year.day()
    year.calm()
    finals = [version for version in year.versions() if not version.is_prerelease]
    for step, count in year.told.items():
        event(f"{step}: {'often' if count > 5 else 'seldom'}")
    assert len(finals) > 2, year.told


def test_a_check_of_a_year_can_fail() -> None:
    year = next(year for year in map(Year, range(99)) if not year.branches.is_trunk)
    year.yard.run()
    year.yard.commit("master", "feat: straight onto it")
    with pytest.raises(AssertionError, match="master is at no release"):
        year.check()

"""Whatever happens to a repository, its nightlies are in order: no number twice, ever increasing, below the release to come."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st
from packaging.version import Version as PythonVersion
from semver import Version as SemVer

from release_actions.domain import nightly, sequence
from release_actions.domain.nightly import Decision, Facts, Last, Turn
from release_actions.domain.package import Ecosystem
from release_actions.domain.sequence import Past
from release_actions.domain.version import Channel, Level, Scheme, Version
from release_actions.errors import RefusedError

_LEVELS = (None, Level.PATCH, Level.MINOR, Level.MAJOR)
BRANCH = -1


@dataclass(frozen=True)
class Tag:
    """What a tag leads to: which content, and which commit of the main branch, or one of another branch."""

    content: int
    at: int
    nightly: bool = False


@dataclass
class Repository:
    """A repository in numbers: `commits` are the main branch's, each what it changes by name and the content that ships."""

    commits: list[tuple[Level | None, int]] = field(default_factory=lambda: [(None, 0)])
    tags: dict[Version, Tag] = field(default_factory=lambda: {Version(1, 0, 0): Tag(0, 0)})
    registries: dict[Ecosystem, set[Version]] = field(default_factory=lambda: {one: {Version(1, 0, 0)} for one in Ecosystem})
    claimed: list[tuple[Version, Tag]] = field(default_factory=list)
    candidate: tuple[Version, int, int] | None = None
    contents: int = 0
    links: int = 0

    @property
    def head(self) -> int:
        return len(self.commits) - 1

    def reached(self, at: int, head: int) -> bool:
        return BRANCH < at <= head

    def wanted(self, head: int) -> Version:
        """What Conventional Commits call for."""
        version, since = max(
            (version, tag.at) for version, tag in self.tags.items() if not version.is_prerelease and self.reached(tag.at, head)
        )
        found = [level for level, _ in self.commits[since + 1 : head + 1] if level]
        return version.raised(max(found, key=_LEVELS.index) if found else Level.PATCH)

    def past(self, head: int) -> tuple[Past, ...]:
        return tuple(Past(version, tag.nightly, self.reached(tag.at, head)) for version, tag in self.tags.items())

    def facts(self, head: int) -> Facts:
        """What a run sees that has this commit checked out."""
        past = self.past(head)
        found = sequence.last(past)
        assert found is not None
        tag = self.tags[found.version]
        changed = ("file",) if tag.content != self.commits[head][1] else ()
        missing = tuple(str(one) for one, versions in self.registries.items() if found.version not in versions) if found.nightly else ()
        held = frozenset(version for versions in self.registries.values() for version in versions)
        return Facts(self.wanted(head), "", past, held, Last(found, changed, missing, tag.at > head))

    def claim(self, version: Version, head: int, links: int) -> bool:
        """Push the tag and the next link of the chain, of which the run saw so many."""
        mine = Tag(self.commits[head][1], head, nightly=True)
        if version not in self.tags and links == self.links:
            self.tags[version] = mine
            self.claimed.append((version, mine))
            self.links += 1
        return self.tags.get(version) == mine

    def publish(self, version: Version, count: int) -> None:
        for ecosystem in list(Ecosystem)[:count]:
            self.registries[ecosystem].add(version)

    def release_to_come(self) -> Version:
        """The next stable release of the main branch: what the commits call for, and not below what led to it."""
        floor = sequence.last(self.past(self.head))
        assert floor is not None
        stable = max(version for version in self.tags if not version.is_prerelease)
        core = max(self.wanted(self.head), floor.version.core)
        return core if core > stable else stable.raised(Level.PATCH)


@dataclass
class History:
    """A history that is told event by event, and what is found wrong on the way."""

    repository: Repository = field(default_factory=Repository)
    forced: set[Version] = field(default_factory=set)

    def commit(self, level: Level | None, kind: str) -> None:
        """A commit that changes what ships, or words only, or undoes everything."""
        at = self.repository
        if kind == "change":
            at.contents += 1
        content = {"change": at.contents, "words": at.commits[-1][1], "undo": at.commits[max(0, at.head - 1)][1]}[kind]
        at.commits.append((level, content))

    def nightly(self, runs: list[dict[str, Any]]) -> None:
        """Runs that look at the same time, and go on one after the other, each as far as it comes."""
        links = self.repository.links
        seen = [(run, max(0, self.repository.head - run["behind"])) for run in runs]
        decided = [self.decided(run, head) for run, head in seen]
        for (run, head), decision in zip(seen, decided, strict=True):
            self.go_on(run, head, decision, links)

    def decided(self, run: dict[str, Any], head: int) -> Decision | None:
        try:
            return nightly.decide(self.repository.facts(head), run["channel"], force=run["force"])
        except RefusedError as error:
            event(f"refused: {error.findings[0].rule}")
            if run["channel"] is not Channel.DEV and head == self.repository.head:
                raise
            return None

    def go_on(self, run: dict[str, Any], head: int, decision: Decision | None, links: int) -> None:
        while decision and decision.version and decision.is_due and run["ends"] != "before the tag":
            event(decision.turn)
            before = max((version for version, tag in self.repository.tags.items() if tag.nightly), default=None)
            if decision.turn is Turn.COMPLETE or self.repository.claim(decision.version, head, links):
                if decision.turn is Turn.MAKE and decision.version != before and run["force"]:
                    self.forced.add(decision.version)
                return self.repository.publish(decision.version, {"after the tag": 0, "half way": 2}.get(run["ends"], 3))
            event("taken")
            links, decision = self.repository.links, self.decided(run, head)
        return None

    def beta(self, on_main: bool) -> None:
        """A person tags a beta, as the tool would number it."""
        at = self.repository
        core = at.release_to_come()
        number = 1 + max((one.number for one in at.tags if one.core == core and one.channel is Channel.BETA), default=0)
        version = Version(core.major, core.minor, core.patch, Channel.BETA, number)
        if at.candidate is None and all(one <= version for one in at.tags if one.core == core) and version not in at.tags:
            at.tags[version] = Tag(at.commits[-1][1], at.head if on_main else BRANCH)
            at.publish(version, 3)

    def stable(self) -> None:
        """A stable release of the main branch."""
        at = self.repository
        if at.candidate is None:
            version = at.release_to_come()
            assert all(one < version for one, _ in at.claimed)
            at.tags[version] = Tag(at.commits[-1][1], at.head)
            at.publish(version, 3)

    def train(self) -> None:
        """The next station of a release branch: cut, released, merged back."""
        at = self.repository
        if at.candidate is None:
            core = at.release_to_come()
            at.candidate = (core, at.head, len(at.claimed))
            at.tags[Version(core.major, core.minor, core.patch, Channel.RC, 1)] = Tag(at.commits[-1][1], BRANCH)
        elif at.candidate[0] not in at.tags:
            core, cut, claimed = at.candidate
            assert all(version < core for version, _ in at.claimed[:claimed])
            at.tags[core] = Tag(at.commits[cut][1], BRANCH)
            at.publish(core, 3)
        else:
            core, *_ = at.candidate
            at.commits.append((None, at.commits[-1][1]))
            for version in [one for one in at.tags if one.core == core and one.channel >= Channel.RC]:
                at.tags[version] = Tag(at.tags[version].content, at.head)
            at.candidate = None

    def forget(self) -> None:
        """Somebody deletes the tag of an older nightly that is everywhere."""
        at = self.repository
        old = sorted(
            version for version, tag in at.tags.items() if tag.nightly and all(version in there for there in at.registries.values())
        )
        if len(old) > 1:
            del at.tags[old[0]]

    def check(self) -> None:
        """What must be so at any time."""
        claimed = [version for version, _ in self.repository.claimed]
        assert len(claimed) == len(set(claimed))
        for (lower, before), (higher, after) in pairwise(self.repository.claimed):
            assert lower < higher
            assert PythonVersion(lower.spelt(Scheme.PEP440)) < PythonVersion(higher.spelt(Scheme.PEP440))
            assert SemVer.parse(str(lower)) < SemVer.parse(str(higher))
            assert before.content != after.content or higher in self.forced or self.came_between(lower, higher)

    def came_between(self, lower: Version, higher: Version) -> bool:
        """Whether a release that is no nightly was the last one when `higher` was made."""
        return any(lower < version < higher for version, tag in self.repository.tags.items() if not tag.nightly)


RUN = st.fixed_dictionaries(
    {
        "channel": st.sampled_from([Channel.BETA, Channel.BETA, Channel.BETA, Channel.DEV]),
        "force": st.sampled_from([False, False, False, True]),
        "ends": st.sampled_from(["well", "well", "before the tag", "after the tag", "half way"]),
        "behind": st.sampled_from([0, 0, 0, 1, 3]),
    }
)
EVENTS = st.one_of(
    st.tuples(st.just("commit"), st.sampled_from(_LEVELS), st.sampled_from(["change", "change", "words", "undo"])),
    st.tuples(st.just("nightly"), st.lists(RUN, min_size=1, max_size=3)),
    st.tuples(st.just("beta"), st.booleans()),
    st.tuples(st.just("stable")),
    st.tuples(st.just("train")),
    st.tuples(st.just("forget")),
)


@settings(max_examples=300, deadline=None, print_blob=True)
@given(st.lists(EVENTS, min_size=1, max_size=40))
def test_any_history_of_nightlies_is_in_order(events: list[tuple[Any, ...]]) -> None:
    history = History()
    for name, *arguments in events:
        getattr(history, name)(*arguments)
        history.check()


@settings(max_examples=100, deadline=None)
@given(st.lists(EVENTS, max_size=20), st.integers(0, 3))
def test_unchanged_files_make_no_further_nightly(events: list[tuple[Any, ...]], words: int) -> None:
    history = History()
    for name, *arguments in events:
        getattr(history, name)(*arguments)
    run = {"channel": Channel.BETA, "force": False, "ends": "well", "behind": 0}
    history.nightly([run])
    made = list(history.repository.claimed)
    for _ in range(words):
        history.commit(Level.MINOR, "words")
    history.nightly([run, run])
    assert history.repository.claimed == made

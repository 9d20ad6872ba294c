"""How a release is taken back: what each registry allows, in which order, and what only a person can do.

Nothing that was published can be made unpublished. What can be done is to keep new users from it: unlist it (NuGet),
move the dist-tags back and deprecate it (npm), yank it by hand (PyPI). Then a higher version follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from release_actions.domain import pointers
from release_actions.domain.graph import waves
from release_actions.domain.package import Ecosystem
from release_actions.domain.plan import Key
from release_actions.domain.release import BuiltPackage
from release_actions.domain.rollback_record import Record
from release_actions.domain.standing import Standing, before, known, parsed
from release_actions.domain.version import Level, Version
from release_actions.errors import Finding

#: What is said of a withdrawn version when nobody gives a reason.
WITHDRAWN = "This version was withdrawn."
_LONGEST_REASON = 300


class Act(StrEnum):
    """What is done to a version, or to a pointer, of one package."""

    UNLIST = "unlist"
    POINT = "dist-tag"
    DEPRECATE = "deprecate"
    YANK = "yank"


@dataclass(frozen=True)
class Step:
    """One thing to do for one package; `done` when the registry says that it is so already.

    Of `Act.POINT`, `tag` goes to the version `target`, or away when that is empty. `words` are those of `Act.DEPRECATE`.
    """

    package: BuiltPackage
    act: Act
    done: bool = False
    tag: str = ""
    target: str = ""
    words: str = ""

    @property
    def by_hand(self) -> bool:
        """Whether only a person can do it: PyPI has no API to yank."""
        return self.act is Act.YANK

    @property
    def what(self) -> str:
        """What it comes to, for people."""
        match self.act:
            case Act.POINT if self.target:
                return f"move `{self.tag}` to {self.target}"
            case Act.POINT:
                return f"remove `{self.tag}`, which was nowhere before"
            case Act.DEPRECATE:
                return "deprecate"
            case Act.UNLIST:
                return "unlist"
            case Act.YANK:
                return "yank, by hand"


@dataclass(frozen=True)
class Plan:
    """The steps in their order; what forbids all of them; what a person should know; the version to release next."""

    steps: tuple[Step, ...] = ()
    conflicts: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    forward: Version | None = field(default=None)

    @property
    def due(self) -> tuple[Step, ...]:
        """What is left to do, and can be done."""
        return tuple(step for step in self.steps if not step.done and not step.by_hand)


def one_line(reason: str) -> str:
    """The reason as users will read it on a registry: one line of bounded length, never empty."""
    text = " ".join(reason.split())
    return text[:_LONGEST_REASON] or WITHDRAWN


def make(
    version: Version,
    packages: Sequence[BuiltPackage],
    standings: Mapping[Key, Standing],
    record: Record | None = None,
    previous: Version | None = None,
    reason: str = "",
) -> Plan:
    """The plan to take back `version` of `packages`, given how each stands.

    `record` is what was noted when the release was published; `previous` overrides where pointers go back to.
    Dependents are taken back before what they depend on.
    """
    steps: list[Step] = []
    conflicts: list[Finding] = []
    warnings: list[Finding] = []
    for package in _dependents_first(packages):
        standing = standings[package.key]
        if package.version not in standing.versions:
            continue
        match package.ecosystem:
            case Ecosystem.NUGET:
                steps.append(Step(package, Act.UNLIST, done=package.version in standing.withdrawn))
            case Ecosystem.PYPI:
                steps.append(Step(package, Act.YANK, done=package.version in standing.withdrawn))
            case Ecosystem.NPM:
                moves = list(_moves(package, version, standing, record, previous))
                conflicts += [one for one in moves if isinstance(one, Finding) and one.rule != "rollback-first"]
                warnings += [one for one in moves if isinstance(one, Finding) and one.rule == "rollback-first"]
                points = [one for one in moves if isinstance(one, Step)]
                words = _advice(package, standing, points, reason)
                steps += [*points, Step(package, Act.DEPRECATE, done=package.version in standing.withdrawn, words=words)]
    return Plan(tuple(steps), tuple(conflicts), tuple(warnings), forward(version, standings))


def forward(version: Version, standings: Mapping[Key, Standing]) -> Version:
    """The version to follow: the next of the same line, or of the same channel, that no registry has."""
    there = {one for (ecosystem, _), standing in standings.items() for one in known(ecosystem, standing.versions)} | {version}
    if version.is_prerelease:
        highest = max(one for one in there if one.core == version.core and one.channel is version.channel)
        return replace(highest, number=highest.number + 1)
    return max(one for one in there if one.line == version.line and not one.is_prerelease).raised(Level.PATCH)


def _dependents_first(packages: Iterable[BuiltPackage]) -> Iterator[BuiltPackage]:
    packages = tuple(packages)
    for ecosystem in Ecosystem:
        for wave in reversed(waves(package for package in packages if package.ecosystem is ecosystem)):
            yield from wave


def _moves(
    package: BuiltPackage, version: Version, standing: Standing, record: Record | None, previous: Version | None
) -> Iterator[Step | Finding]:
    """The dist-tags that are at the version, each with where it goes; or why it can't."""
    noted = record.pointers(package) if record else {}
    for tag in sorted(standing.pointers):
        if standing.pointers[tag] != package.version:
            if tag in noted:
                yield Step(package, Act.POINT, done=True, tag=tag, target=standing.pointers[tag])
            continue
        target = _target(package, version, tag, standing, noted, previous)
        if not target and tag == pointers.LATEST:
            yield Finding(
                "rollback-first",
                f"{package.name} has no other version for `latest`, which npm never removes: it stays at {package.version}, deprecated.",
                "Release a higher version: it takes `latest`.",
            )
        elif target and target not in standing.versions:
            yield _refusal("rollback-target-missing", package, tag, f"{target}, which is not on npm")
        elif target and target in standing.withdrawn:
            yield _refusal("rollback-target-withdrawn", package, tag, f"{target}, which is itself deprecated")
        else:
            yield Step(package, Act.POINT, tag=tag, target=target)


def _target(
    package: BuiltPackage, version: Version, tag: str, standing: Standing, noted: Mapping[str, str], previous: Version | None
) -> str:
    """Where the tag goes: where the user says, where it was before the release, or where it would be without it."""
    if tag == pointers.STAGED:
        return ""
    if previous:
        return previous.spelt(package.ecosystem.scheme)
    if noted.get(tag):
        return noted[tag]
    offered = known(package.ecosystem, (one for one in standing.versions if standing.offers(one)))
    found = before(version, offered, tag)
    return found.spelt(package.ecosystem.scheme) if found else ""


def _refusal(rule: str, package: BuiltPackage, tag: str, target: str) -> Finding:
    return Finding(
        rule,
        f"`{tag}` of {package.name} would go back to {target}.",
        "Nothing was done. Set the input `previous` to a version that is there and good, or release a higher version instead.",
    )


def _advice(package: BuiltPackage, standing: Standing, points: Sequence[Step], reason: str) -> str:
    """What npm shows to whoever installs the version."""
    targets = [step.target for step in points if step.target and standing.offers(step.target)]
    found = parsed(package.ecosystem, package.version)
    if not targets and found:
        offered = known(package.ecosystem, (one for one in standing.versions if standing.offers(one)))
        other = before(found, offered)
        targets = [other.spelt(package.ecosystem.scheme)] if other else []
    return f"{one_line(reason)} Use {package.name}@{targets[0]} instead." if targets else one_line(reason)

"""The last wave: when everything is uploaded, npm's dist-tags go where they belong.

As with uploads, no answer is believed: after every move the registry is asked. So of two releases at once the one that
ends last sees both, and leaves each tag at the right one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from release_actions.commands.ports.registries import Pointers
from release_actions.commands.site import Site, in_parallel
from release_actions.commands.uploads import Result, State
from release_actions.domain import plan as planning
from release_actions.domain import pointers
from release_actions.domain.plan import Key, Plan, Pointer
from release_actions.domain.release import BuiltPackage, OnRegistry
from release_actions.domain.version import Version
from release_actions.errors import Finding, ReleaseError

_LONGEST_PAUSE = 30.0


@dataclass(frozen=True)
class _Charge:
    """A package, the dist-tags to look after, and what its registry held when it was last asked."""

    package: BuiltPackage
    tags: tuple[str, ...]
    found: OnRegistry | None


@dataclass(frozen=True)
class Settled:
    """What could not be put right, and what the registries held of the packages at the end."""

    errors: tuple[Finding, ...] = ()
    found: Mapping[Key, OnRegistry] = field(default_factory=dict)


def settle(version: Version, plan: Plan, results: Sequence[Result], before: Mapping[Key, OnRegistry], site: Site, wait: float) -> Settled:
    """Move the pointers of a release of `version` whose uploads are done, and try for `wait` seconds to see them where they belong."""
    uploaded = [
        _Charge(result.upload.package, result.upload.tags, result.found)
        for result in results
        if result.upload.tags and (result.state is State.VISIBLE or result.upload.dist_tag == pointers.STAGED)
    ]
    keys = {charge.package.key for charge in uploaded}
    tags: dict[BuiltPackage, list[str]] = {}
    for pointer in plan.pointers:
        if pointer.package.key not in keys:
            tags.setdefault(pointer.package, []).append(pointer.tag)
    there = [_Charge(package, tuple(some), before[package.key]) for package, some in tags.items()]
    charges = [*uploaded, *there]
    ends = in_parallel(lambda charge: _settle(version, charge, site, wait), charges)
    found = {charge.package.key: end for charge, (_, end) in zip(charges, ends, strict=True) if end}
    return Settled(tuple(finding for findings, _ in ends for finding in findings), found)


def _settle(version: Version, charge: _Charge, site: Site, wait: float) -> tuple[tuple[Finding, ...], OnRegistry | None]:
    registry, package = site.registry(charge.package), charge.package
    if not isinstance(registry, Pointers):
        return (), charge.found
    deadline, pause, found, refusals, attempt = site.clock.now() + wait, 1.0, charge.found, 0, 0
    while True:
        found = found or _look_up(package, site)
        wrong = planning.moves(version, package, found, *charge.tags) if found else ()
        if found and not wrong:
            return (), found
        attempt += 1
        problem = _move(registry, wrong, site)
        refusals += problem is not None
        found = _look_up(package, site)
        if found and not planning.moves(version, package, found, *charge.tags):
            return (), found
        if refusals == site.patience.tries or (attempt >= site.patience.tries and site.clock.now() >= deadline):
            unseen = problem is None and not wait
            return () if unseen else _unsettled(package, wrong, problem), found
        site.clock.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _move(registry: Pointers, wrong: Sequence[Pointer], site: Site) -> ReleaseError | None:
    for pointer in wrong:
        site.say(f"npm: moving `{pointer.tag}` of {pointer.package.name} to {pointer.version}")
        try:
            registry.point(pointer.package, pointer.tag, pointer.version)
        except ReleaseError as error:
            return error
    return None


def _look_up(package: BuiltPackage, site: Site) -> OnRegistry | None:
    """What the registry holds, or None when it can't be asked just now."""
    try:
        return site.registry(package).look_up(package)
    except ReleaseError:
        return None


def _unsettled(package: BuiltPackage, wrong: Sequence[Pointer], problem: ReleaseError | None) -> tuple[Finding, ...]:
    why = problem.findings[0].what if problem else "npm does not show it."
    if not wrong:
        return (Finding("dist-tag", f"npm can't be asked where the dist-tags of {package.name} are.", "Run again: it looks after them."),)
    return tuple(
        Finding(
            "dist-tag",
            f"All packages are uploaded, but `{pointer.tag}` of {package.name} could not be moved to {pointer.version}: {why}",
            f"Run again, or run: npm dist-tag add {package.name}@{pointer.version} {pointer.tag}. "
            "Where the token may never move dist-tags, set `npm-latest: at-once`.",
        )
        for pointer in wrong
    )

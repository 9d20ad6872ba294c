"""Old nightlies withdrawn, as far as each registry allows: unlisted, deprecated, named for a person; and off GitHub.

Their tags stay. A tag costs some bytes, and a number whose tag is gone looks free to people and to other tools.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from release_actions.commands.nightly_site import Options, Site, World, asked
from release_actions.domain import retention
from release_actions.domain.package import Ecosystem, Package
from release_actions.domain.release import BuiltPackage
from release_actions.domain.standing import Standing, known
from release_actions.domain.version import Version
from release_actions.errors import Finding, ReleaseError

#: Of one package in one run: registries limit how much may be withdrawn in an hour. The rest waits for the next run.
_MOST = 50
_MOST_SHOWN = 3
_WORDS = "This is an old nightly; use a newer one."


@dataclass(frozen=True)
class Pruned:
    """What became of old nightlies at one place, or would."""

    versions: str
    place: str
    result: str
    warning: Finding | None = None


def prune(options: Options, world: World, site: Site) -> tuple[Pruned, ...]:
    """Withdraw what is old, or say what would be; what can't be done is a warning, for the nightly itself is done."""
    versions = old(options, site)
    if not versions:
        return ()
    found = [one for package, standing in site.standings.items() for one in _package(options, world, package, standing, versions)]
    return (*found, *_pages(options, world, versions))


def old(options: Options, site: Site) -> tuple[Version, ...]:
    """The nightlies that may go and that somebody still offers or shows."""
    made = [(version, tagged.date) for version, tagged in site.tags.items() if tagged.source]
    pointed = {version for package, standing in site.standings.items() for version in known(package.ecosystem, standing.pointers.values())}
    return retention.old(made, options.now, options.retention, pointed)


def _package(options: Options, world: World, package: Package, standing: Standing, versions: Sequence[Version]) -> Iterator[Pruned]:
    withdrawals, place = world.withdrawals[package.ecosystem], f"{package.ecosystem.label} {package.name}"
    offered = [wanted for wanted in (asked(package, version) for version in versions) if standing.offers(wanted.version)]
    if not offered:
        return
    unable = withdrawals.check(offered)
    if package.ecosystem is Ecosystem.PYPI:
        yield Pruned(_some(offered), place, f"to be deleted by hand where room is needed, such as {withdrawals.page(offered[0])}")
    elif unable:
        yield Pruned(_some(offered), place, f"left: {unable[0].what} By hand: {withdrawals.page(offered[0])}")
    else:
        verb = "unlisted" if package.ecosystem is Ecosystem.NUGET else "deprecated"
        for wanted in offered[:_MOST]:
            yield _done(options, wanted.version, place, verb, partial(withdrawals.withdraw, wanted, _WORDS))


def _some(offered: Sequence[BuiltPackage]) -> str:
    more = f" and {len(offered) - _MOST_SHOWN} more" if len(offered) > _MOST_SHOWN else ""
    return f"{', '.join(one.version for one in offered[:_MOST_SHOWN])}{more}"


def _pages(options: Options, world: World, versions: Sequence[Version]) -> Iterator[Pruned]:
    if world.pages is None:
        return
    there = {page.tag for page in world.pages.pages()}
    for version in [one for one in versions if one.tag in there][:_MOST]:
        yield _done(options, str(version), "GitHub", "removed; the tag stays", partial(world.pages.remove, version.tag))


def _done(options: Options, version: str, place: str, result: str, act: Callable[[], None]) -> Pruned:
    if options.dry_run:
        return Pruned(version, place, f"would be {result}")
    try:
        act()
    except ReleaseError as error:
        return Pruned(version, place, "left: it was refused", error.findings[0])
    return Pruned(version, place, result)

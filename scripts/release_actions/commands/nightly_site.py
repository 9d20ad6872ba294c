"""What a nightly is decided by: the commit that is checked out, the tags of `origin`, what the registries and GitHub have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from release_actions.commands import bump
from release_actions.commands.ports.git import Git
from release_actions.commands.ports.github import GitHub, ReleasePages
from release_actions.commands.ports.registries import Registry, Withdrawals
from release_actions.commands.ports.tools import Archives, Toolchain
from release_actions.commands.ports.tree import Tree
from release_actions.commands.ports.waiting import Clock, Progress
from release_actions.commands.ports.workbench import Tagged, Workbench
from release_actions.commands.raising import from_commits
from release_actions.commands.site import in_parallel
from release_actions.domain import artifacts, sequence, shipping, tagging
from release_actions.domain.nightly import Facts, Last
from release_actions.domain.package import Ecosystem, Package
from release_actions.domain.patience import Patience
from release_actions.domain.release import BuiltPackage
from release_actions.domain.retention import Rules
from release_actions.domain.sequence import Past
from release_actions.domain.standing import Standing, known
from release_actions.domain.version import Channel, Level, Version
from release_actions.errors import Finding, RefusedError
from release_actions.manifests.workspace import Workspace


@dataclass(frozen=True)
class Options:
    """What to make and how.

    `top` is the repository, `folder` an empty one for what is built; both are absolute. `base` says which
    release is under way, seen from the last stable one; None lets the commits decide. `paths` are patterns of the files
    that ship; without them they are found. `address` is the repository's address on GitHub, for links; it may be empty.
    `now` is the time, in seconds since 1970-01-01 UTC, by which old nightlies are told.
    """

    top: Path
    folder: Path
    channel: Channel = Channel.BETA
    base: Level | None = None
    force: bool = False
    dist_tag: str = "nightly"
    only: tuple[Ecosystem, ...] = ()
    paths: tuple[str, ...] = ()
    dry_run: bool = False
    wait: float = 900
    address: str = ""
    attach: bool = True
    patience: Patience = field(default_factory=Patience)
    retention: Rules = field(default_factory=Rules)
    now: int = 0


@dataclass(frozen=True)
class World:
    """Everything that a nightly touches; without `github` and `pages` there is no prerelease on GitHub."""

    git: Git
    tree: Tree
    bench: Workbench
    workspace: Callable[[], Workspace]
    toolchains: Mapping[Ecosystem, Toolchain]
    archives: Archives
    registries: Mapping[Ecosystem, Registry]
    withdrawals: Mapping[Ecosystem, Withdrawals]
    github: GitHub | None
    pages: ReleasePages | None
    clock: Clock
    say: Progress


@dataclass(frozen=True)
class Site:
    """What there is: the commit that is checked out, its packages, the release tags, how each package stands.

    `packages` are those that are published, `shipped` those and the private ones that they may need.
    """

    head: str
    workspace: Workspace
    packages: tuple[Package, ...]
    shipped: tuple[Package, ...]
    tags: Mapping[Version, Tagged]
    standings: Mapping[Package, Standing]

    def past(self, dist_tag: str) -> tuple[Past, ...]:
        """The releases so far: the tags, and where npm's dist-tag is, should its tag be gone."""
        tagged = [Past(version, one.source is not None, one.reached) for version, one in self.tags.items()]
        pointed = known(Ecosystem.NPM, (standing.pointers.get(dist_tag, "") for standing in self.standings.values()))
        return (*tagged, *(Past(version, nightly=True) for version in dict.fromkeys(pointed) if version not in self.tags))


def observe(options: Options, world: World) -> Site:
    """Look at everything, and change nothing.

    Raises:
        RefusedError: the checkout is no whole one (rules `no-commit`, `nightly-history`, `dirty-tree`), or there is
            nothing to publish (`no-packages`).
        ToolError, RegistryError: `origin` or a registry can't be asked.
    """
    head = _require_whole(world.git)
    found = world.workspace()
    shipped = tuple(one for one in found.packages if one.private or not options.only or one.ecosystem in options.only)
    packages = tuple(one for one in shipped if not one.private)
    if not packages:
        raise RefusedError("no-packages", "The repository has no package to publish.", "Commit one that is not private, or correct `only`.")
    world.say("Asking `origin` for its tags, and every registry what it holds")
    tags = {version: one for one in world.bench.tags() if (version := tagging.version_of(one.name))}
    standings = in_parallel(lambda package: world.withdrawals[package.ecosystem].standing(asked(package)), packages)
    return Site(head, found, packages, shipped, tags, dict(zip(packages, standings, strict=True)))


def _require_whole(git: Git) -> str:
    """The commit that is checked out, if nothing of it or of its history is lacking."""
    head = git.commit("HEAD")
    if head is None:
        raise RefusedError("no-commit", "The repository has no commit that could be released.", "Commit what is to be released.")
    findings = []
    if git.is_shallow():
        what = "The checkout is shallow: what came before can't be compared."
        findings.append(Finding("nightly-history", what, "Give the step with actions/checkout `with: {fetch-depth: 0}`."))
    changed = git.changed()
    if changed:
        what = f"Files differ from the commit that is checked out: {', '.join(changed[:5])}."
        findings.append(Finding("dirty-tree", what, "Commit or undo these changes: a nightly is made of a commit."))
    if findings:
        raise RefusedError.of(findings)
    return head


def facts(options: Options, world: World, site: Site) -> Facts:
    """What the decision rests on."""
    past = site.past(options.dist_tag)
    held = {version for package, standing in site.standings.items() for version in known(package.ecosystem, standing.versions)}
    wanted, why = _wanted(options, world.git, site.workspace)
    found = sequence.last(past)
    return Facts(wanted, why, past, frozenset(held), _compared(options, world, site, found) if found else None)


def _wanted(options: Options, git: Git, workspace: Workspace) -> tuple[Version, str]:
    """The release under way, and why it is that one."""
    raised = from_commits(git, workspace)
    since = tagging.version_of(raised.since) if raised.since else None
    if since is None:
        return raised.version.core, raised.words()
    if options.base:
        return since.raised(options.base), f"The base is set: the {options.base} release after {since.tag}."
    if raised.is_due:
        return raised.version.core, raised.words()
    return since.raised(Level.PATCH), f"{raised.words()} What ships counts: a patch."


def _compared(options: Options, world: World, site: Site, past: Past) -> Last:
    """The last release, held against what is checked out, as it would be with that release's version in its manifests."""
    tagged = site.tags.get(past.version)
    if tagged is None:
        return Last(past, ("its tag is gone",))
    differing = world.bench.differing(tagged.commit, bumped(world, site, past.version))
    changed = shipping.changed(differing, site.shipped, options.paths)
    made_of = tagged.source or tagged.commit
    ahead = made_of != site.head and world.git.descends(made_of, site.head)
    missing = _missing(world, site, past.version) if past.nightly and not changed else ()
    return Last(past, changed, missing, ahead)


def bumped(world: World, site: Site, version: Version) -> str:
    """A commit, on no branch, of what is checked out with this version in every manifest."""
    return world.bench.commit(site.head, bump.versioned(site.workspace, version, world.tree), f"Version {version}")


def _missing(world: World, site: Site, version: Version) -> tuple[str, ...]:
    """Where the version is not, or not whole, by what the registries and GitHub say."""
    lacking = [package for package in site.packages if _lacks(world, package, site.standings[package], version)]
    missing = [f"{package.name} is not on {package.ecosystem.label}" for package in lacking]
    if world.pages and not missing and all(page.tag != version.tag for page in world.pages.pages()):
        missing.append("there is no prerelease on GitHub")
    return tuple(missing)


def _lacks(world: World, package: Package, standing: Standing, version: Version) -> bool:
    wanted = asked(package, version)
    if wanted.version not in standing.versions:
        return True
    if package.ecosystem is not Ecosystem.PYPI:
        return False
    files = world.registries[package.ecosystem].look_up(wanted).files
    return any(artifacts.missing_kinds(package, list(files)))


def asked(package: Package, version: Version | None = None) -> BuiltPackage:
    """The package as registries are asked about it."""
    return BuiltPackage(package.ecosystem, package.name, version.spelt(package.ecosystem.scheme) if version else package.version, ())

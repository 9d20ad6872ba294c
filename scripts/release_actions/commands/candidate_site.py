"""What a release train is decided by: the branches and tags of `origin`, and what GitHub says of candidates."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from release_actions.commands import bump
from release_actions.commands.ports.branching import Branching, Mark, Refs
from release_actions.commands.ports.forge import Forge
from release_actions.commands.ports.git import Git
from release_actions.commands.ports.github import PullRequests
from release_actions.commands.ports.tree import Tree
from release_actions.commands.ports.waiting import Progress
from release_actions.domain import changelog, tagging
from release_actions.domain.train import Branches, Rules
from release_actions.domain.version import Level, Version
from release_actions.errors import Finding, RefusedError
from release_actions.manifests.workspace import Workspace

#: The lines of a tag's annotation by which its train, and a cut, are known again.
TRAIN, CUT_FROM = "Train: ", "Cut-from: "


@dataclass(frozen=True)
class Fixes:
    """What may come onto a release branch: commits of these types, that touch these files alone, or of a pull request with such a label."""

    kinds: tuple[str, ...] = ("fix", "revert", "docs", "test", "ci", "build", "chore", "deps")
    paths: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workflows:
    """The workflows that are started for tags, by the names of their files: for every release, and for candidates alone."""

    release: str = ""
    downstream: str = ""


@dataclass(frozen=True)
class Options:
    """How trains run. `now` is the time, in seconds since 1970-01-01 UTC; nothing here looks at a clock.

    `base` says which release is under way, seen from the last one; None lets the commits decide. `projects` have to build with a
    candidate: folders of this repository, or `owner/name@latest` and `owner/name@ref`; `repository` is this one's name.
    `by_request` merges by pull requests alone. `changelog` is the one whose Unreleased section a release closes, if any.
    """

    now: int
    branches: Branches = field(default_factory=Branches)
    rules: Rules = field(default_factory=Rules)
    base: Level | None = None
    blocker: str = ""
    fixes: Fixes = field(default_factory=Fixes)
    workflows: Workflows = field(default_factory=Workflows)
    projects: tuple[str, ...] = ()
    repository: str = ""
    by_request: bool = False
    changelog: str = ""
    dry_run: bool = False


@dataclass(frozen=True)
class World:
    """Everything that a train touches; without `forge` and `requests` nobody is asked, told or started on GitHub.

    `tree` gives the files of whatever is checked out at that moment, and is asked anew after each checkout.
    """

    git: Git
    branching: Branching
    tree: Callable[[], Tree]
    workspace: Callable[[Tree], Workspace]
    forge: Forge | None
    requests: PullRequests | None
    say: Progress


@dataclass
class Site:
    """The branches and tags of `origin` at one moment, and what follows from them."""

    options: Options
    world: World
    refs: Refs

    @cached_property
    def marks(self) -> Mapping[Version, Mark]:
        """The release tags."""
        return {version: mark for name, mark in self.refs.tags.items() if (version := tagging.version_of(name))}

    @property
    def stable(self) -> str:
        """The commit of the stable branch."""
        return self.tip(self.options.branches.stable)

    @property
    def development(self) -> str:
        """The commit of the development branch."""
        return self.tip(self.options.branches.development)

    def tip(self, branch: str) -> str:
        """The commit of a branch of `origin`. Raises RefusedError when there is none (rule `candidate-branch`)."""
        if branch not in self.refs.branches:
            known = ", ".join(f"`{tagging.shown(name)}`" for name in list(self.refs.branches)[:10]) or "none"
            what = f"`origin` has no branch `{tagging.shown(branch)}`; it has {known}."
            raise RefusedError(
                "candidate-branch", what, "Push it, or set `stable-branch` and `development-branch` to your branches' names."
            )
        return self.refs.branches[branch]

    def has(self, revision: str, commit: str) -> bool:
        """Whether `revision` has `commit` in its history."""
        return revision == commit or self.world.git.descends(revision, commit)

    @cached_property
    def released(self) -> tuple[Version, Mark] | None:
        """The highest release: on the stable branch, or made by a train and still to be merged."""
        finals = sorted((version for version in self.marks if not version.is_prerelease), reverse=True)
        found = (version for version in finals if train_of(self.marks[version]) or self.has(self.stable, self.marks[version].commit))
        return next(((version, self.marks[version]) for version in found), None)

    @property
    def base(self) -> str | None:
        """What every train has to have in its history: the commit of the stable branch or, without one of its own, of the last release."""
        if not self.options.branches.is_trunk:
            return self.stable
        return self.released[1].commit if self.released else None

    @cached_property
    def unmerged(self) -> str | None:
        """What the development branch lacks of what is released."""
        return None if self.base is None or self.has(self.development, self.base) else self.base

    def versioned(self, commit: str, version: Version) -> Mapping[str, bytes]:
        """The manifests of the commit with this version in them; only those that change.

        Raises:
            RefusedError, ManifestError: a manifest can't bear it, or can't be read.
        """
        with self.world.branching.checked_out(commit):
            tree = self.world.tree()
            workspace = self.world.workspace(tree)
            if not any(manifest.versions or manifest.dependencies for manifest in workspace.manifests):
                return {}
            return bump.versioned(workspace, version, tree)

    def promoted(self, commit: str, version: Version) -> Mapping[str, bytes]:
        """What becomes of a candidate's files by its promotion: manifests with the release's version, and the changelog closed today."""
        return {**self.versioned(commit, version), **self.closed(commit, version)}

    def closed(self, commit: str, version: Version) -> Mapping[str, bytes]:
        """The changelog of the commit, if there is one to be closed, with what is unreleased under the version.

        Raises:
            RefusedError, ManifestError: it can't be closed (rules of `changelog.closed`), or can't be read.
        """
        path = self.options.changelog
        if not path:
            return {}
        with self.world.branching.checked_out(commit):
            date = datetime.fromtimestamp(self.options.now, UTC).date().isoformat()
            return {path: changelog.closed(self.world.tree().read(path), path, str(version), date, version.tag)}


def train_of(mark: Mark) -> str:
    """The branch whose train made the tag; empty when somebody else did."""
    found = re.search(rf"^{TRAIN}(\S+)$", mark.words, re.MULTILINE)
    return found[1] if found else ""


def observe(options: Options, world: World) -> Site:
    """Look at `origin`, and change nothing.

    Raises:
        RefusedError: the checkout is no whole one (rules `candidate-history`, `dirty-tree`), or a branch is missing
            (`candidate-branch`).
        ToolError: `origin` can't be asked.
    """
    findings = []
    if world.git.is_shallow():
        what = "The checkout is shallow: branches can't be compared."
        findings.append(Finding("candidate-history", what, "Give the step with actions/checkout `with: {fetch-depth: 0}`."))
    changed = world.git.changed()
    if changed:
        what = f"Files differ from the commit that is checked out: {', '.join(changed[:5])}."
        findings.append(Finding("dirty-tree", what, "Commit or undo these changes: other commits are checked out meanwhile."))
    if findings:
        raise RefusedError.of(findings)
    site = Site(options, world, world.branching.refs())
    _ = site.stable, site.development
    return site

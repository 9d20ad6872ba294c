"""A bump handed over: committed, tagged or proposed where the checkout came from; or nothing is changed anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from release_actions.commands.ports.git import Git
from release_actions.commands.ports.github import PullRequests
from release_actions.commands.ports.tree import Tree
from release_actions.commands.ports.upstream import NewCommit, Person, Upstream
from release_actions.domain import commits, handing
from release_actions.domain.handing import TRAILER, HandOver, State
from release_actions.errors import Finding, RefusedError, ReleaseError

BOT = "github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>"


@dataclass(frozen=True)
class Options:
    """How to hand over; `message` may hold `{version}`, `branch` is that of the pull request."""

    how: HandOver = HandOver.NONE
    author: Person = field(default_factory=lambda: Person(*handing.person(BOT, "author")))
    committer: Person = field(default_factory=lambda: Person(*handing.person(BOT, "committer")))
    message: str = "Version {version}"
    branch: str = "release-actions/bump"


@dataclass(frozen=True)
class World:
    """What is written to; None where it is not asked for."""

    upstream: Upstream | None = None
    pull_requests: PullRequests | None = None


@dataclass(frozen=True)
class HandedOver:
    """What there is now: the branch of `origin`, its new commit, and the tag or the pull request's address."""

    branch: str = ""
    commit: str = ""
    tag: str = ""
    pull_request: str = ""

    def words(self) -> str:
        """It, in a sentence."""
        if not self.commit:
            return "Nothing was handed over."
        tagged = f", with the tag {self.tag}" if self.tag else ""
        proposed = f", proposed as {self.pull_request}" if self.pull_request else ""
        return f"Commit {self.commit[:12]} is on `{self.branch}` of `origin`{tagged}{proposed}."


def refusals(options: Options, files: Sequence[str], tag: str, git: Git) -> tuple[Finding, ...]:
    """What is known to stand in the way."""
    tags = {one.name for one in (*git.tags(), *git.origin_tags())} if options.how is HandOver.COMMIT_AND_TAG else set()
    state = State(git.branch(), git.commit("HEAD"), git.origin_branches(), tags, git.changed())
    return tuple(handing.refusals(state, options.how, files, tag, options.branch))


@dataclass(frozen=True)
class Bumped:
    """What is handed over: the new contents of files, the version, its tag, and words for a pull request, in Markdown."""

    contents: Mapping[str, bytes]
    version: str
    tag: str
    words: str


def hand_over(options: Options, git: Git, tree: Tree, world: World, bumped: Bumped) -> HandedOver:
    """Write the files, and hand them over; when that fails, the work tree is as it was.

    A pull request leaves it as it was too: the files are on its branch.
    """
    if world.upstream is None:
        raise ValueError("there is nobody to hand over to")
    wanted = _wanted(options, git, world.upstream, bumped)
    old = tree.replace(bumped.contents)
    try:
        commit = world.upstream.hand_over(wanted)
    except BaseException:
        tree.replace(old)
        raise
    if options.how is HandOver.PULL_REQUEST:
        tree.replace(old)
        return _proposed(git, world, wanted, commit, bumped.words)
    _adopt(world.upstream, commit, wanted)
    return HandedOver(wanted.branch, commit, wanted.tag or "")


def _wanted(options: Options, git: Git, upstream: Upstream, bumped: Bumped) -> NewCommit:
    message, head, base = handing.message(options.message, bumped.version), git.commit("HEAD") or "", git.branch() or ""
    if options.how is not HandOver.PULL_REQUEST:
        tagged = bumped.tag if options.how is HandOver.COMMIT_AND_TAG else None
        return NewCommit(base, (head,), message, bumped.contents, options.author, options.committer, tagged)
    other = git.origin_branches().get(options.branch)
    if other:
        upstream.fetch(options.branch)
        _require_own(git, options.branch, head, other)
    parents = (head, other) if other and not git.descends(head, other) else (head,)
    return NewCommit(options.branch, parents, f"{message}\n\n{TRAILER}", bumped.contents, options.author, options.committer)


def _require_own(git: Git, branch: str, base: str, head: str) -> None:
    """Refuse to write over somebody's work on the branch of the pull request."""
    for commit in git.commits(base, head):
        if TRAILER not in commit.body.split("\n") and not commits.is_merge(commit.subject):
            what = f"`{branch}` holds the commit {commit.name[:12]} by somebody else."
            raise RefusedError("branch-taken", what, "Merge or delete that branch, or give another `branch`.")


def _adopt(upstream: Upstream, commit: str, wanted: NewCommit) -> None:
    try:
        upstream.adopt(commit, wanted)
    except ReleaseError as error:
        there = f"Commit {commit[:12]} is on `{wanted.branch}` of `origin`" + (f", with the tag {wanted.tag}" if wanted.tag else "")
        what = f"{there}, but the checkout could not follow: {error.findings[0].what}"
        raise RefusedError("hand-over-checkout", what, "Pull in this checkout before anything else; do not bump again.") from None


def _proposed(git: Git, world: World, wanted: NewCommit, commit: str, words: str) -> HandedOver:
    if world.pull_requests is None:
        raise ValueError("there is nowhere to open a pull request")
    try:
        address = world.pull_requests.propose(wanted.branch, git.branch() or "", wanted.message.partition("\n")[0], words)
    except ReleaseError as error:
        there = Finding(
            "hand-over-proposal",
            f"Commit {commit[:12]} is on `{wanted.branch}` of `origin`, but there is no pull request.",
            "Run again once the reason is gone, or open the pull request by hand.",
        )
        raise ReleaseError.of((*error.findings, there)) from None
    return HandedOver(wanted.branch, commit, pull_request=address)

"""The repository that the checkout came from, written to by git: commits made aside, pushed, and only then adopted.

Until `origin` has taken everything, nothing in the checkout leads to a new commit: its branch, index and tags stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from release_actions.adapters import process
from release_actions.adapters.git import GitRepository
from release_actions.adapters.git_objects import GitObjects
from release_actions.adapters.git_trees import tree_with
from release_actions.commands.ports.upstream import NewCommit, Person
from release_actions.errors import RefusedError, ToolError

_MOVED = ("fetch first", "non-fast-forward", "already exists", "stale info", "cannot lock ref", "failed to update ref")


class GitUpstream(GitObjects):
    """`origin` of the repository `git`."""

    def __init__(self, git: GitRepository) -> None:
        super().__init__(git)
        self._tags: dict[tuple[str, str], str] = {}

    def fetch(self, branch: str) -> None:
        """See `ports.Upstream`."""
        self._reach("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "origin", f"refs/heads/{branch}")

    def hand_over(self, wanted: NewCommit) -> str:
        """See `ports.Upstream`."""
        tree = self.tree(wanted)
        if self.holds(wanted, tree):
            return wanted.parents[1]
        commit = self._made(wanted, tree)
        refs = [f"{commit}:refs/heads/{wanted.branch}"]
        if wanted.tag:
            refs.append(f"{self._made_tag(commit, wanted.tag, wanted)}:refs/tags/{wanted.tag}")
        pushed = self._try("push", "--porcelain", "--atomic", "--no-verify", "--no-follow-tags", "--no-signed", "origin", *refs)
        if pushed.code != 0:
            raise refusal(pushed, wanted.branch)
        return commit

    def adopt(self, commit: str, wanted: NewCommit) -> None:
        """See `ports.Upstream`."""
        if wanted.tag:
            self._git.run("update-ref", f"refs/tags/{wanted.tag}", self._made_tag(commit, wanted.tag, wanted), "")
        self._follow(commit, wanted)

    def _follow(self, commit: str, wanted: NewCommit) -> None:
        self._git.run("update-ref", "-m", "bump: handed over", f"refs/heads/{wanted.branch}", commit, wanted.parents[0])
        self._git.run("update-index", "-z", "--stdin", text=_listed(wanted.contents))

    def tree(self, wanted: NewCommit) -> str:
        """The tree of the commit: that of its first parent, with its contents, through git's filters."""
        return tree_with(self._git, wanted.parents[0], wanted.contents)

    def holds(self, wanted: NewCommit, tree: str) -> bool:
        """Whether the branch leads to these very files already, on top of the same commit."""
        base, *others = wanted.parents
        return bool(others) and self._git.descends(others[0], base) and self.tree_of(others[0]) == tree

    def _made(self, wanted: NewCommit, tree: str) -> str:
        parents = [word for parent in wanted.parents for word in ("-p", parent)]
        people = _people(wanted.author, wanted.committer)
        return self._git.run("commit-tree", tree, *parents, "-F", "-", text=f"{wanted.message}\n", added=people).stdout.strip()

    def _made_tag(self, commit: str, name: str, wanted: NewCommit) -> str:
        """An annotated tag, made once: a second one could have another second in it."""
        if (commit, name) not in self._tags:
            tagger = self._git.run("var", "GIT_COMMITTER_IDENT", added=_people(wanted.author, wanted.committer)).stdout.strip()
            subject = wanted.message.partition("\n")[0]
            text = f"object {commit}\ntype commit\ntag {name}\ntagger {tagger}\n\n{subject}\n"
            self._tags[commit, name] = self._git.run("mktag", text=text).stdout.strip()
        return self._tags[commit, name]


def _listed(files: Iterable[str]) -> str:
    return "".join(f"{path}\0" for path in files)


def _people(author: Person, committer: Person) -> dict[str, str]:
    return {
        "GIT_AUTHOR_NAME": author.name,
        "GIT_AUTHOR_EMAIL": author.email,
        "GIT_COMMITTER_NAME": committer.name,
        "GIT_COMMITTER_EMAIL": committer.email,
    }


def refusal(pushed: process.Result, branch: str) -> RefusedError | ToolError:
    """What git's `push --porcelain` says of the refs that it did not take."""
    refused = re.findall(r"^!\t\S+?:(\S+)\t\[(.*)\] ?(.*)$", pushed.stdout, re.MULTILINE)
    told = [(ref, f"{kind} {reason}".strip()) for ref, kind, reason in refused if "atomic" not in reason and "atomic" not in kind]
    words = "; ".join(f"{ref}: {reason}" for ref, reason in told) or pushed.output[-1000:]
    if any(moved in words for moved in _MOVED):
        what = f"`origin` moved while this ran ({words})."
        return RefusedError("remote-moved", what, "Nothing was pushed or changed. Run again on the newest commit.")
    if told:
        what = f"`origin` does not take the commit ({words})."
        remedy = f"Nothing was pushed or changed. If a rule protects `{branch}`, use `hand-over: pull-request`, or a token that may pass."
        return RefusedError("push-refused", what, remedy)
    remedy = (
        "Nothing was pushed or changed. Set `github-token`, or let actions/checkout keep its credentials; the job needs `contents: write`."
    )
    return ToolError("push-failed", f"`git push` failed: {words}.", remedy)

"""Commits that are on no branch and tags that lead to them, through git: what a nightly is made of.

A commit is made of nothing but its source, its files and its subject, so that two runs that make the same one make it
with the same name. A number is claimed by its tag and, in the same push, by the next link of a chain of commits that no
branch and no checkout sees: a link fits only onto the one that the run saw, so that of two runs that looked at the
same time one goes on, whatever numbers they came to. The chain is a lock and no state: without it all goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from release_actions.adapters.git import GitRepository
from release_actions.adapters.git_objects import PEELED, SOURCE, TAGS, GitObjects
from release_actions.adapters.git_trees import tree_with
from release_actions.commands.ports.workbench import Tagged
from release_actions.errors import ToolError

_CHAIN = "refs/release-actions/nightly"
_PUSH = ("push", "--porcelain", "--atomic", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no", "origin")


class GitWorkbench(GitObjects):
    """The repository `git`, and its `origin`."""

    def __init__(self, git: GitRepository) -> None:
        super().__init__(git)
        self._link: str | None = None

    def tags(self) -> Sequence[Tagged]:
        """See `ports.Workbench`. `origin` is asked each time."""
        objects = self.at_origin(f"{TAGS}*", _CHAIN)
        self._link = objects.pop(_CHAIN, None)
        leads = {name: objects.get(name + PEELED, value) for name, value in objects.items() if not name.endswith(PEELED)}
        self.fetch_missing([*leads.values(), *([self._link] if self._link else [])])
        described = self.described(set(leads.values()))
        history = set(self._git.run("rev-list", "HEAD").stdout.split())
        tagged = []
        for name, commit in leads.items():
            if commit in described:
                source, date = described[commit]
                tagged.append(Tagged(name.removeprefix(TAGS), commit, source, (source or commit) in history, date))
        return tagged

    def commit(self, source: str, contents: Mapping[str, bytes], subject: str) -> str:
        """See `ports.Workbench`."""
        return self._commit(tree_with(self._git, source, contents), [source], f"{subject}\n\n{SOURCE}{source}\n", source)

    def _commit(self, tree: str, parents: Sequence[str], message: str, like: str) -> str:
        """A commit that bears the date of the commit `like`."""
        return self.commit_tree(tree, parents, message, self._git.committed_at(like))

    def claim(self, tag: str, commit: str) -> bool:
        """See `ports.Workbench`. Nothing is forced: git makes a tag only where there is none, and lets a chain only grow."""
        link = self._commit(self.tree_of(commit), [self._link] if self._link else [], f"{tag}\n", commit)
        pushed = self._try(*_PUSH, f"{commit}:{TAGS}{tag}", f"{link}:{_CHAIN}")
        if pushed.code == 0:
            return True
        objects = self.at_origin(f"{TAGS}{tag}", f"{TAGS}{tag}{PEELED}", _CHAIN)
        if objects.get(f"{TAGS}{tag}") == commit:  # the answer got lost, or another run made the very same
            return True
        if f"{TAGS}{tag}" in objects or objects.get(_CHAIN) != self._link:
            return False
        raise ToolError(
            "tag-push",
            f"`origin` does not take the tag `{tag}`: {pushed.output[-1000:]}.",
            "Give the job `permissions: contents: write`, and set `github-token` or let actions/checkout keep its credentials;"
            " if a rule protects tags, let the token's owner pass.",
        )

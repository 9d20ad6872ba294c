"""Commits that are on no branch and tags that lead to them, through git: what a nightly is made of.

A commit is made of nothing but its source, its files and its subject, so that two runs that make the same one make it
with the same name. A number is claimed by its tag and, in the same push, by the next link of a chain of commits that no
branch and no checkout sees: a link fits only onto the one that the run saw, so that of two runs that looked at the
same time one goes on, whatever numbers they came to. The chain is a lock and no state: without it all goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from release_actions.adapters.git import GitRepository
from release_actions.adapters.git_trees import tree_with
from release_actions.adapters.upstream import GitUpstream
from release_actions.commands.ports import Tagged
from release_actions.errors import ToolError

_TAGS, _PEELED = "refs/tags/", "^{}"
_CHAIN = "refs/release-actions/nightly"
#: The line of a commit's message by which it is known again; it names the commit's one parent.
_SOURCE = "Made-of: "
_PERSON = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "github-actions[bot]"), ("EMAIL", "41898282+github-actions[bot]@users.noreply.github.com"))
}
_PUSH = ("push", "--porcelain", "--atomic", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no", "origin")
_FETCH = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--recurse-submodules=no", "origin")


class GitWorkbench(GitUpstream):
    """The repository `git`, and its `origin`."""

    def __init__(self, git: GitRepository) -> None:
        super().__init__(git)
        self._git = git
        self._link: str | None = None

    def tags(self) -> Sequence[Tagged]:
        """See `ports.Workbench`. `origin` is asked each time."""
        objects = self._at_origin(f"{_TAGS}*", _CHAIN)
        self._link = objects.pop(_CHAIN, None)
        leads = {name: objects.get(name + _PEELED, value) for name, value in objects.items() if not name.endswith(_PEELED)}
        self._fetch_missing([*leads.values(), *([self._link] if self._link else [])])
        described = self._described(set(leads.values()))
        history = set(self._git.run("rev-list", "HEAD").stdout.split())
        tagged = []
        for name, commit in leads.items():
            if commit in described:
                source, date = described[commit]
                tagged.append(Tagged(name.removeprefix(_TAGS), commit, source, (source or commit) in history, date))
        return tagged

    def commit(self, source: str, contents: Mapping[str, bytes], subject: str) -> str:
        """See `ports.Workbench`."""
        return self._commit(tree_with(self._git, source, contents), [source], f"{subject}\n\n{_SOURCE}{source}\n", source)

    def _commit(self, tree: str, parents: Sequence[str], message: str, like: str) -> str:
        """A commit that bears the date of the commit `like`."""
        date = f"@{self._git.committed_at(like)} +0000"
        added = _PERSON | {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        words = [word for parent in parents for word in ("-p", parent)]
        command = ("-c", "i18n.commitEncoding=UTF-8", "commit-tree", tree, *words, "-F", "-")
        return self._git.run(*command, text=message, added=added).stdout.strip()

    def differing(self, one: str, other: str) -> Sequence[str]:
        """See `ports.Workbench`."""
        return self._git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", one, other).stdout.split("\0")[:-1]

    def claim(self, tag: str, commit: str) -> bool:
        """See `ports.Workbench`. Nothing is forced: git makes a tag only where there is none, and lets a chain only grow."""
        link = self._commit(self.tree_of(commit), [self._link] if self._link else [], f"{tag}\n", commit)
        pushed = self._try(*_PUSH, f"{commit}:{_TAGS}{tag}", f"{link}:{_CHAIN}")
        if pushed.code == 0:
            return True
        objects = self._at_origin(f"{_TAGS}{tag}", f"{_TAGS}{tag}{_PEELED}", _CHAIN)
        if objects.get(f"{_TAGS}{tag}") == commit:  # the answer got lost, or another run made the very same
            return True
        if f"{_TAGS}{tag}" in objects or objects.get(_CHAIN) != self._link:
            return False
        raise ToolError(
            "tag-push",
            f"`origin` does not take the tag `{tag}`: {pushed.output[-1000:]}.",
            "Give the job `permissions: contents: write`, and set `github-token` or let actions/checkout keep its credentials;"
            " if a rule protects tags, let the token's owner pass.",
        )

    @contextmanager
    def checked_out(self, commit: str) -> Iterator[None]:
        """See `ports.Workbench`. What a build changes in tracked files is undone at the end, since nothing was changed before."""
        before = self._git.branch() or self._git.run("rev-parse", "HEAD").stdout.strip()
        self._git.run("checkout", "--quiet", "--detach", commit)
        try:
            yield
        finally:
            self._git.run("checkout", "--quiet", "--force", before, "--")

    def _at_origin(self, *patterns: str) -> dict[str, str]:
        """The objects that the refs of these patterns name; those of annotated tags also by the commit that they lead to."""
        asked = self._try("ls-remote", "--quiet", "origin", *patterns)
        if asked.code != 0:
            raise ToolError(
                "origin-unreachable",
                f"`git ls-remote` can't reach `origin`: {asked.output[-1000:]}",
                "Check the network, and that the token or the checkout's credentials may read the repository.",
            )
        lines = asked.stdout.split("\n")[:-1]
        return {name: value for value, _, name in (line.partition("\t") for line in lines) if name.startswith((_TAGS, _CHAIN))}

    def _fetch_missing(self, names: Iterable[str]) -> None:
        """Fetch those objects that the checkout lacks, as when a tag was made since it was."""
        wanted = sorted(set(names))
        listed = self._git.run("cat-file", "--batch-check=%(objectname)", text=_lines(wanted)).stdout.split("\n")
        missing = [line.removesuffix(" missing") for line in listed if line.endswith(" missing")]
        if missing:
            self._reach(*_FETCH, *missing)

    def _described(self, commits: set[str]) -> dict[str, tuple[str | None, int]]:
        """Of each of `commits` that is one: the commit that it was made of, if that is how it was made; and its date."""
        kinds = self._git.run(
            "cat-file", "--batch-check=%(objectname) %(objecttype)", text="".join(f"{name}\n" for name in sorted(commits))
        )
        real = [line.split(" ")[0] for line in kinds.stdout.split("\n") if line.endswith(" commit")]
        if not real:
            return {}
        form = "--format=tformat:%H%x00%P%x00%ct%x00%B"
        printed = self._git.run(
            "log", "--no-walk=unsorted", "-z", "--no-patch", form, "--stdin", text="".join(f"{name}\n" for name in real)
        )
        parts = printed.stdout.split("\0")[:-1]
        return {
            name: (_source(parents, message), int(date))
            for name, parents, date, message in zip(parts[::4], parts[1::4], parts[2::4], parts[3::4], strict=True)
        }


def _lines(names: Iterable[str]) -> str:
    return "".join(f"{name}\n" for name in names)


def _source(parents: str, message: str) -> str | None:
    """The one parent, if the message says that the commit was made of it."""
    found = re.search(rf"^{_SOURCE}([0-9a-f]{{40,64}})$", message, re.MULTILINE)
    return parents if found and found[1] == parents else None

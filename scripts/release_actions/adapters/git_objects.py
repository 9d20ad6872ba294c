"""git's objects made and fetched without touching what is checked out: trees, commits on no branch, what `origin` names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from release_actions.adapters import process
from release_actions.adapters.git import GitRepository
from release_actions.errors import ToolError

TAGS, PEELED = "refs/tags/", "^{}"
#: The line of a commit's message by which it is known again; it names the commit's one parent.
SOURCE = "Made-of: "
_PERSON = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "github-actions[bot]"), ("EMAIL", "41898282+github-actions[bot]@users.noreply.github.com"))
}
_FETCH = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance", "--recurse-submodules=no", "origin")


class GitObjects:
    """The objects of the repository `git`, and the refs of its `origin`."""

    def __init__(self, git: GitRepository) -> None:
        self._git = git

    def tree_of(self, commit: str) -> str:
        """The tree of a commit."""
        return self._git.run("rev-parse", "--verify", "--end-of-options", f"{commit}^{{tree}}").stdout.strip()

    def differing(self, one: str, other: str) -> Sequence[str]:
        """See `ports.Workbench`."""
        return self._git.run("diff-tree", "-r", "-z", "--name-only", "--no-renames", one, other).stdout.split("\0")[:-1]

    @contextmanager
    def checked_out(self, commit: str) -> Iterator[None]:
        """See `ports.Workbench`. What a build changes in tracked files is undone at the end, since nothing was changed before."""
        before = self._git.branch() or self._git.run("rev-parse", "HEAD").stdout.strip()
        self._git.run("checkout", "--quiet", "--detach", commit)
        try:
            yield
        finally:
            self._git.run("checkout", "--quiet", "--force", before, "--")

    def commit_tree(self, tree: str, parents: Sequence[str], message: str, date: int) -> str:
        """A commit on no branch, the same one for the same arguments; `date` is in seconds since 1970-01-01 UTC."""
        added = {**people(date), "GIT_AUTHOR_DATE": f"@{date} +0000"}
        words = [word for parent in parents for word in ("-p", parent)]
        command = ("-c", "i18n.commitEncoding=UTF-8", "commit-tree", tree, *words, "-F", "-")
        return self._git.run(*command, text=message, added=added).stdout.strip()

    def at_origin(self, *patterns: str) -> dict[str, str]:
        """The objects that the refs of these patterns, whole or with `*` at the end, name; of annotated tags also the commits."""
        asked = self._try("ls-remote", "--quiet", "origin", *patterns)
        if asked.code != 0:
            raise ToolError(
                "origin-unreachable",
                f"`git ls-remote` can't reach `origin`: {asked.output[-1000:]}",
                "Check the network, and that the token or the checkout's credentials may read the repository.",
            )
        starts = tuple(pattern.removesuffix("*") for pattern in patterns)  # git would match a pattern at the end of any ref, too
        lines = asked.stdout.split("\n")[:-1]
        return {name: value for value, _, name in (line.partition("\t") for line in lines) if name.startswith(starts)}

    def fetch_missing(self, names: Iterable[str]) -> None:
        """Fetch those objects that the checkout lacks, as when a tag was made since it was."""
        wanted = sorted(set(names))
        listed = self._git.run("cat-file", "--batch-check=%(objectname)", text=lines(wanted)).stdout.split("\n")
        missing = [line.removesuffix(" missing") for line in listed if line.endswith(" missing")]
        if missing:
            self._reach(*_FETCH, *missing)

    def described(self, commits: set[str]) -> dict[str, tuple[str | None, int]]:
        """Of each of `commits` that is one: the commit that it was made of, if that is how it was made; and its date."""
        kinds = self._git.run("cat-file", "--batch-check=%(objectname) %(objecttype)", text=lines(sorted(commits)))
        real = [line.split(" ")[0] for line in kinds.stdout.split("\n") if line.endswith(" commit")]
        if not real:
            return {}
        form = "--format=tformat:%H%x00%P%x00%ct%x00%B"
        printed = self._git.run("log", "--no-walk=unsorted", "-z", "--no-patch", form, "--stdin", text=lines(real))
        parts = printed.stdout.split("\0")[:-1]
        return {
            name: (_source(parents, message), int(date))
            for name, parents, date, message in zip(parts[::4], parts[1::4], parts[2::4], parts[3::4], strict=True)
        }

    def _reach(self, *words: str) -> None:
        answer = self._try(*words)
        if answer.code != 0:
            remedy = "Check the network, and that the token or the checkout's credentials may read the repository."
            raise ToolError("origin-unreachable", f"`git {words[0]}` can't reach `origin`: {answer.output[-1000:]}.", remedy)

    def _try(self, *words: str) -> process.Result:
        return self._git.run(*words, added=self._git.reach, check=False)


def lines(names: Iterable[str]) -> str:
    """Names, each on a line of its own, as git reads them."""
    return "".join(f"{name}\n" for name in names)


def people(date: int) -> dict[str, str]:
    """The variables that make the workflow's own user the author and committer, at this time."""
    return _PERSON | {"GIT_COMMITTER_DATE": f"@{date} +0000"}


def _source(parents: str, message: str) -> str | None:
    """The one parent, if the message says that the commit was made of it."""
    found = re.search(rf"^{SOURCE}([0-9a-f]{{40,64}})$", message, re.MULTILINE)
    return parents if found and found[1] == parents else None

"""Branches and tags of `origin`, through git, as release trains move them: all at once, never by force, one run at a time.

Every push carries the next link of a chain of commits that no branch and no checkout sees. A link fits only onto the one
that the run saw, so that of two runs that looked at the same time one goes on, and the other looks again. The chain is a
lock and no state: without it all goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from release_actions.adapters.git import GitRepository
from release_actions.adapters.git_objects import PEELED, TAGS, GitObjects, people
from release_actions.adapters.git_trees import tree_with
from release_actions.adapters.upstream import refusal
from release_actions.commands.ports.branching import Mark, Merge, Move, Refs
from release_actions.errors import ToolError

_HEADS = "refs/heads/"
_CHAIN = "refs/release-actions/candidate"
_PUSH = ("push", "--porcelain", "--atomic", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no")
#: What `git merge-tree --write-tree` came with (git 2.38, release notes).
_MERGES_SINCE = (2, 38)


class GitBranching(GitObjects):
    """The repository `git`, and its `origin`."""

    def __init__(self, git: GitRepository) -> None:
        super().__init__(git)
        self._link: str | None = None

    def refs(self) -> Refs:
        """See `ports.Branching`."""
        objects = self.at_origin(f"{_HEADS}*", f"{TAGS}*", _CHAIN)
        self._link = objects.pop(_CHAIN, None)
        self.fetch_missing([*objects.values(), *([self._link] if self._link else [])])
        branches = {name.removeprefix(_HEADS): value for name, value in objects.items() if name.startswith(_HEADS)}
        tags = {name: value for name, value in objects.items() if name.startswith(TAGS) and not name.endswith(PEELED)}
        commits = {name: objects.get(name + PEELED, value) for name, value in tags.items()}
        known = self.described(set(commits.values()))
        annotations = self._annotations(value for name, value in tags.items() if value != commits[name])
        marks = {}
        for name, value in tags.items():
            if commits[name] in known:
                source, committed = known[commits[name]]
                date, words = annotations.get(value, (committed, ""))
                marks[name.removeprefix(TAGS)] = Mark(name.removeprefix(TAGS), commits[name], date, words, source)
        return Refs(branches, marks)

    def _annotations(self, objects: Iterable[str]) -> Mapping[str, tuple[int, str]]:
        """When each of these tag objects was made, and what it says."""
        names = sorted(set(objects))
        contents = (data.decode("utf-8", "replace") for data in self._git.blobs(names)) if names else ()
        found = {}
        for name, content in zip(names, contents, strict=bool(names)):
            header, _, words = content.partition("\n\n")
            made = re.search(r"^tagger .*> ([0-9]{1,11}) [+-][0-9]{4}$", header, re.MULTILINE)
            if made:
                found[name] = (int(made[1]), words.strip())
        return found

    def tree(self, source: str, contents: Mapping[str, bytes]) -> str:
        """See `ports.Branching`."""
        return tree_with(self._git, source, contents) if contents else self.tree_of(source)

    def commit(self, tree: str, parents: Sequence[str], message: str, date: int) -> str:
        """See `ports.Branching`."""
        return self.commit_tree(tree, parents, message, date)

    def merge(self, ours: str, theirs: str) -> Merge:
        """See `ports.Branching`. Renames and line-wise merges are git's own.

        Raises:
            ToolError: git is older than 2.38 (rule `git-version`), or the two have no history in common (`git-merge`).
        """
        words = ("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs)
        done = self._git.run(*words, check=False)
        tree, *files = done.stdout.split("\0")[:-1] or [""]
        if done.code not in {0, 1} or not tree:
            self._require_merges()
            remedy = "Check that both branches have a common history, and merge them by hand."
            raise ToolError("git-merge", f"git can't merge {theirs[:12]} into {ours[:12]}: {done.output[-500:]}.", remedy)
        return Merge(tree, tuple(dict.fromkeys(name for name in files if name)) if done.code else ())

    def _require_merges(self) -> None:
        said = self._git.run("version").stdout
        found = re.search(r"([0-9]+)\.([0-9]+)", said)
        if found and (int(found[1]), int(found[2])) < _MERGES_SINCE:
            raise ToolError("git-version", f"git {found[0]} can't merge without a work tree.", "Install git 2.38 or newer.")

    def annotate(self, tag: str, commit: str, words: str, date: int) -> str:
        """See `ports.Branching`."""
        tagger = self._git.run("var", "GIT_COMMITTER_IDENT", added=people(date)).stdout.strip()
        text = f"object {commit}\ntype commit\ntag {tag}\ntagger {tagger}\n\n{words}\n"
        return self._git.run("mktag", text=text).stdout.strip()

    def push(self, moves: Sequence[Move]) -> bool:
        """See `ports.Branching`. Each ref has to be where it was seen; a new commit descends from it, so nothing is lost."""
        made = [move.new for move in moves if move.new]
        like = made[0] if made else moves[0].old or ""
        parents = [self._link] if self._link else []
        link = self.commit_tree(self.tree_of(like), parents, "\n".join(move.ref for move in moves) + "\n", self._git.committed_at(like))
        leases = [f"--force-with-lease={move.ref}:{move.old or ''}" for move in moves]
        self._require_forward(moves)
        pushed = self._try(*_PUSH, *leases, "origin", *(f"{move.new or ''}:{move.ref}" for move in moves), f"{link}:{_CHAIN}")
        if pushed.code == 0:
            return True
        refused = refusal(pushed, ", ".join(move.ref.removeprefix(_HEADS) for move in moves))
        if refused.findings[0].rule != "remote-moved":
            raise refused
        return False

    def _require_forward(self, moves: Sequence[Move]) -> None:
        """A lease lets git force what it guards; so that this can't lose a commit, every branch has to go forward."""
        for move in moves:
            if move.ref.startswith(_HEADS) and move.old and move.new and not self._git.descends(move.new, move.old):
                raise ValueError(f"{move.ref} would go back")

    def changed_by(self, commit: str) -> Sequence[str]:
        """See `ports.Branching`."""
        parents = self._git.run("rev-list", "--parents", "--max-count=1", commit).stdout.split()[1:]
        if parents:
            return self.differing(parents[0], commit)
        return self._git.run("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit).stdout.split("\0")[:-1]

    def trail(self, since: str, until: str) -> Sequence[str]:
        """See `ports.Branching`."""
        return self._git.run("rev-list", "--first-parent", until, f"^{since}").stdout.split()

    def folders(self, commit: str) -> Sequence[str]:
        """See `ports.Branching`."""
        return self._git.run("ls-tree", "-r", "-d", "-z", "--name-only", "--full-tree", commit).stdout.split("\0")[:-1]

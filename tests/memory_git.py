"""A repository in memory, with the rules of git's history: commits, three-way merges by file, refs that move together or not at all.

What it does alike with git, `tests/contract/test_branching.py` says of both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from release_actions.commands.ports.branching import Mark, Merge, Move, Refs
from release_actions.commands.ports.git import Changes, Commit, Signature, Tag
from release_actions.errors import Finding, ManifestError, RefusedError

_HEADS, _TAGS = "refs/heads/", "refs/tags/"
Files = Mapping[str, bytes]
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Made:
    """A commit: its parents, files, message and date."""

    parents: tuple[str, ...]
    files: Files
    message: str
    date: int


@dataclass
class MemoryOrigin:
    """What clones share.

    `locked` are refs that a rule protects; `before_push` and `after_push` are called once, at the next
    push, before it arrives and when it took effect.
    """

    commits: dict[str, Made] = field(default_factory=dict)
    trees: dict[str, Files] = field(default_factory=dict)
    annotations: dict[str, Mark] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, Mark] = field(default_factory=dict)
    link: int = 0
    locked: set[str] = field(default_factory=set)
    before_push: Callable[[], None] | None = None
    after_push: Callable[[], None] | None = None
    _histories: dict[str, frozenset[str]] = field(default_factory=dict)

    def made(self, files: Files, parents: Sequence[str], message: str, date: int) -> str:
        """A commit that no ref leads to; the same one for the same arguments."""
        what = Made(tuple(parents), dict(files), message, date)
        name = _name("commit", repr((what.parents, sorted(what.files.items()), message, date)))
        self.commits[name] = what
        return name

    def history(self, commit: str) -> frozenset[str]:
        """The commit and all that it comes from."""
        if commit not in self._histories:
            above = (self.history(parent) for parent in self.commits[commit].parents)
            self._histories[commit] = frozenset([commit]).union(*above)
        return self._histories[commit]

    def files(self, thing: str) -> Files:
        """The files of a commit or of a tree."""
        return self.commits[thing].files if thing in self.commits else self.trees[thing]


def _name(kind: str, text: str) -> str:
    return hashlib.sha1(f"{kind} {text}".encode(), usedforsecurity=False).hexdigest()


class MemoryClone:
    """A clone of `origin`: fits `ports.Branching` and `ports.Tree`."""

    def __init__(self, origin: MemoryOrigin, head: str = "") -> None:
        self.origin = origin
        self.head = head or next(iter(origin.branches.values()), "")
        self._link = origin.link

    def refs(self) -> Refs:
        self._link = self.origin.link
        return Refs(dict(self.origin.branches), dict(self.origin.tags))

    def tree(self, source: str, contents: Files) -> str:
        files = {**self.origin.files(source), **contents}
        name = _name("tree", repr(sorted(files.items())))
        self.origin.trees[name] = files
        return name

    def commit(self, tree: str, parents: Sequence[str], message: str, date: int) -> str:
        return self.origin.made(self.origin.files(tree), parents, message, date)

    def merge(self, ours: str, theirs: str) -> Merge:
        base = self._base(ours, theirs)
        sides = (self.origin.files(base) if base else {}, self.origin.files(ours), self.origin.files(theirs))
        merged: dict[str, bytes] = {}
        conflicts = []
        for path in sorted(set().union(*sides)):
            was, mine, yours = (side.get(path) for side in sides)
            if mine not in (yours, was) and yours != was:
                conflicts.append(path)
            kept = yours if mine == was else mine
            if kept is not None:
                merged[path] = kept
        name = _name("tree", repr(sorted(merged.items())))
        self.origin.trees[name] = merged
        return Merge(name, tuple(conflicts))

    def _base(self, ours: str, theirs: str) -> str | None:
        common = self.origin.history(ours) & self.origin.history(theirs)
        above = {parent for name in common for parent in self.origin.commits[name].parents}
        return max(common - above, key=lambda name: self.origin.commits[name].date, default=None)

    def annotate(self, tag: str, commit: str, words: str, date: int) -> str:
        name = _name("tag", repr((tag, commit, words, date)))
        self.origin.annotations[name] = Mark(tag, commit, date, words)
        return name

    def push(self, moves: Sequence[Move]) -> bool:
        before, self.origin.before_push = self.origin.before_push, None
        if before:
            before()
        if self.origin.link != self._link or any(self._at(move.ref) != move.old for move in moves):
            return False
        refused = [move.ref for move in moves if move.ref in self.origin.locked]
        if refused:
            raise RefusedError("push-refused", f"A rule protects {', '.join(refused)}.", "Use a pull request.")
        for move in moves:
            self._move(move)
        self.origin.link += 1
        after, self.origin.after_push = self.origin.after_push, None
        if after:
            after()
        return True

    def _at(self, ref: str) -> str | None:
        if ref.startswith(_HEADS):
            return self.origin.branches.get(ref.removeprefix(_HEADS))
        mark = self.origin.tags.get(ref.removeprefix(_TAGS))
        return mark.commit if mark else None

    def _move(self, move: Move) -> None:
        name = move.ref.removeprefix(_HEADS).removeprefix(_TAGS)
        if move.ref.startswith(_TAGS):
            assert move.new
            self.origin.tags[name] = self.origin.annotations.get(move.new) or Mark(name, move.new, self.origin.commits[move.new].date)
        elif move.new is None:
            del self.origin.branches[name]
        else:
            if move.old and move.old not in self.origin.history(move.new):
                raise ValueError(f"{move.ref} would go back")
            self.origin.branches[name] = move.new

    def differing(self, one: str, other: str) -> Sequence[str]:
        ours, theirs = self.origin.files(one), self.origin.files(other)
        return sorted(path for path in {*ours, *theirs} if ours.get(path) != theirs.get(path))

    def changed_by(self, commit: str) -> Sequence[str]:
        parents, files = self.origin.commits[commit].parents, self.origin.files(commit)
        return self.differing(parents[0], commit) if parents else sorted(files)

    def trail(self, since: str, until: str) -> Sequence[str]:
        apart, found, at = self.origin.history(since), [], until
        while at not in apart:
            found.append(at)
            parents = self.origin.commits[at].parents
            if not parents:
                break
            at = parents[0]
        return found

    def folders(self, commit: str) -> Sequence[str]:
        parts = (path.split("/")[:-1] for path in self.origin.files(commit))
        return sorted({"/".join(part[: depth + 1]) for part in parts for depth in range(len(part))})

    @contextmanager
    def checked_out(self, commit: str) -> Iterator[None]:
        before, self.head = self.head, commit
        try:
            yield
        finally:
            self.head = before

    def read(self, path: str) -> bytes:
        try:
            return self.origin.files(self.head)[path]
        except KeyError:
            raise ManifestError("file-missing", f"There is no file {path}.", "Add it.") from None

    def each(self, paths: Sequence[str], use: Callable[[str, bytes], _Result]) -> Sequence[_Result | tuple[Finding, ...]]:
        def used(path: str) -> _Result | tuple[Finding, ...]:
            try:
                return use(path, self.read(path))
            except ManifestError as error:
                return error.findings

        return [used(path) for path in paths]

    def replace(self, contents: Files) -> Files:
        raise AssertionError("a release train writes nothing into the work tree")


class MemoryGit:
    """The same clone, as `ports.Git` sees it."""

    def __init__(self, clone: MemoryClone) -> None:
        self._clone = clone

    def is_shallow(self) -> bool:
        return False

    def commit(self, revision: str) -> str | None:
        return self._clone.head if revision == "HEAD" else revision if revision in self._clone.origin.commits else None

    def committed_at(self, revision: str) -> int:
        return self._clone.origin.commits[revision].date

    def tags(self) -> Sequence[Tag]:
        return [Tag(name, mark.commit, annotated=bool(mark.words)) for name, mark in self._clone.origin.tags.items()]

    origin_tags = tags

    def signature(self, tag: str) -> Signature:
        return Signature(good=False, detail="there are no signatures in memory")

    def branches_with(self, commit: str, patterns: Sequence[str]) -> Sequence[str]:
        return [name for name, tip in self._clone.origin.branches.items() if commit in self._clone.origin.history(tip)]

    def commits(self, since: str | None, until: str, paths: Sequence[str] = ()) -> Sequence[Commit]:
        apart = self._clone.origin.history(since) if since else set()
        names = self._clone.origin.history(self._clone.head if until == "HEAD" else until) - apart
        newest_first = sorted(
            names, key=lambda name: (self._clone.origin.commits[name].date, len(self._clone.origin.history(name))), reverse=True
        )
        return [Commit(name, *self._message(name)) for name in newest_first]

    def _message(self, name: str) -> tuple[str, str]:
        subject, _, body = self._clone.origin.commits[name].message.partition("\n")
        return subject, body.strip("\n")

    def descends(self, revision: str, commit: str) -> bool:
        return commit in self._clone.origin.history(self._clone.head if revision == "HEAD" else revision)

    def branch(self) -> str | None:
        return None

    def origin_branches(self) -> Mapping[str, str]:
        return self._clone.origin.branches

    def files(self) -> Sequence[str]:
        return sorted(self._clone.origin.files(self._clone.head))

    def files_with(self, text: str) -> Sequence[str]:
        return [path for path, data in self._clone.origin.files(self._clone.head).items() if text.encode() in data]

    def changed(self) -> Sequence[str]:
        return []

    def changes(self) -> Changes:
        return Changes()

"""Branches and tags that release trains move: in real repositories, and in the double in memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from tests import repositories
from tests.memory_git import MemoryClone, MemoryOrigin
from tests.repositories import Repository

from release_actions.adapters.branching import GitBranching
from release_actions.adapters.git import GitRepository
from release_actions.commands.ports.branching import Branching, Move
from release_actions.errors import RefusedError, ToolError

pytestmark = pytest.mark.contract

DATE = 1_767_614_400
FIRST = {"a.txt": b"1\n", "sub/b.txt": b"1\n", "sub/deep/c.txt": b"1\n"}


class Place(ABC):
    """An origin, and clones of it."""

    @abstractmethod
    def clone(self) -> Branching:
        """A clone of what is there now."""

    @abstractmethod
    def protect(self, ref: str) -> None:
        """Let nobody move the ref."""

    @abstractmethod
    def lightweight(self, name: str, commit: str) -> None:
        """Put a lightweight tag there."""

    def commit(self, parents: Sequence[str], files: Mapping[str, bytes], message: str = "Change", date: int = DATE) -> str:
        """A commit that only a clone has."""
        branching = self.clone()
        return branching.commit(branching.tree(parents[0], files), parents, message, date)

    def lead(self, branch: str, commit: str) -> None:
        """Let a branch lead to the commit."""
        clone = self.clone()
        assert clone.push([Move(f"refs/heads/{branch}", clone.refs().branches.get(branch), commit)])


class RealPlace(Place):
    """A bare repository; clones share its objects, so that what one makes another finds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        seed = repositories.made(folder / "seed")
        for path, data in FIRST.items():
            seed.write(path, data.decode())
        seed.commit("feat: begin")
        self.origin = seed.cloned(folder / "origin.git", "--bare")
        self._clone = self.origin.cloned(folder / "clone")

    def clone(self) -> Branching:
        made = GitBranching(GitRepository(self._clone.folder))
        made.refs()
        return made

    def protect(self, ref: str) -> None:
        hook = self.origin.folder / "hooks" / "update"
        hook.write_text(f'#!/bin/sh\n[ "$1" != "{ref}" ]\n', encoding="utf-8")
        hook.chmod(0o755)

    def lightweight(self, name: str, commit: str) -> None:
        self._clone.git("push", "--quiet", "origin", f"{commit}:refs/tags/{name}")


class MemoryPlace(Place):
    """The same in memory."""

    def __init__(self) -> None:
        self._origin = MemoryOrigin()
        self._origin.branches["main"] = self._origin.made(FIRST, (), "feat: begin", DATE)

    def clone(self) -> Branching:
        made = MemoryClone(self._origin)
        made.refs()
        return made

    def protect(self, ref: str) -> None:
        self._origin.locked.add(ref)

    def lightweight(self, name: str, commit: str) -> None:
        clone = MemoryClone(self._origin)
        assert clone.push([Move(f"refs/tags/{name}", None, commit)])


@pytest.fixture(params=["git", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return RealPlace(tmp_path) if request.param == "git" else MemoryPlace()


def head(place: Place) -> str:
    return place.clone().refs().branches["main"]


def test_branches_and_tags_are_those_of_origin_with_words_and_dates(place: Place) -> None:
    first, clone = head(place), place.clone()
    other = place.commit([first], {"a.txt": b"2\n"}, date=DATE + 60)
    assert clone.push(
        [
            Move("refs/heads/release-1.0.0", None, other),
            Move("refs/tags/v1.0.0-rc.1", None, clone.annotate("v1.0.0-rc.1", other, "Candidate 1\n\nTrain: release-1.0.0", DATE + 99)),
        ]
    )
    place.lightweight("v0.9.0", first)
    refs = place.clone().refs()
    assert refs.branches == {"main": first, "release-1.0.0": other}
    assert {name: (mark.commit, mark.words) for name, mark in refs.tags.items()} == {
        "v0.9.0": (first, ""),
        "v1.0.0-rc.1": (other, "Candidate 1\n\nTrain: release-1.0.0"),
    }
    assert (refs.tags["v0.9.0"].date, refs.tags["v1.0.0-rc.1"].date) == (DATE, DATE + 99)


def test_a_commit_is_the_same_for_the_same_arguments(place: Place) -> None:
    first = head(place)
    made = place.commit([first], {"a.txt": b"2\n"}, "One")
    assert place.commit([first], {"a.txt": b"2\n"}, "One") == made
    assert made not in {place.commit([first], {"a.txt": b"2\n"}, "Two"), place.commit([first], {"a.txt": b"2\n"}, "One", DATE + 1)}


def test_files_that_differ_are_told_of_commits_and_trees(place: Place) -> None:
    first, clone = head(place), place.clone()
    made = place.commit([first], {"a.txt": b"2\n", "sub/b.txt": b"2\n"})
    assert list(clone.differing(first, made)) == ["a.txt", "sub/b.txt"]
    assert list(clone.differing(made, clone.tree(first, {"a.txt": b"2\n"}))) == ["sub/b.txt"]
    assert list(clone.changed_by(made)) == ["a.txt", "sub/b.txt"]
    assert list(clone.changed_by(first)) == sorted(FIRST)


def test_a_merge_brings_both_sides_together(place: Place) -> None:
    first, clone = head(place), place.clone()
    ours, theirs = place.commit([first], {"a.txt": b"2\n"}), place.commit([first], {"sub/b.txt": b"3\n"})
    merged = clone.merge(ours, theirs)
    assert merged.conflicts == ()
    commit = clone.commit(merged.tree, [ours, theirs], "Merge", DATE)
    assert (list(clone.differing(ours, commit)), list(clone.differing(theirs, commit))) == (["sub/b.txt"], ["a.txt"])
    assert list(clone.changed_by(commit)) == ["sub/b.txt"]


def test_a_conflict_names_the_files(place: Place) -> None:
    first, clone = head(place), place.clone()
    ours = place.commit([first], {"a.txt": b"2\n", "sub/b.txt": b"2\n"})
    theirs = place.commit([first], {"a.txt": b"3\n", "sub/b.txt": b"3\n", "sub/deep/c.txt": b"3\n"})
    assert clone.merge(ours, theirs).conflicts == ("a.txt", "sub/b.txt")
    assert clone.merge(ours, place.commit([first], {"a.txt": b"2\n"})).conflicts == ()


def test_all_moves_are_made_or_none(place: Place) -> None:
    first, clone = head(place), place.clone()
    made = place.commit([first], {"a.txt": b"2\n"})
    assert not clone.push([Move("refs/heads/next", None, made), Move("refs/heads/main", None, made)])
    assert place.clone().refs().branches == {"main": first}
    assert place.clone().push([Move("refs/heads/main", first, made), Move("refs/heads/next", None, made)])
    assert place.clone().refs().branches == {"main": made, "next": made}
    assert place.clone().push([Move("refs/heads/next", made, None)])
    assert place.clone().refs().branches == {"main": made}


def test_a_tag_that_is_there_is_not_moved(place: Place) -> None:
    first = head(place)
    place.lightweight("v1.0.0", first)
    made = place.commit([first], {"a.txt": b"2\n"})
    assert not place.clone().push([Move("refs/tags/v1.0.0", None, made), Move("refs/heads/main", first, made)])
    assert (place.clone().refs().tags["v1.0.0"].commit, head(place)) == (first, first)


def test_a_branch_with_a_new_commit_is_not_deleted(place: Place) -> None:
    first = head(place)
    place.lead("next", first)
    made = place.commit([first], {"a.txt": b"2\n"})
    place.lead("next", made)
    assert not place.clone().push([Move("refs/heads/next", first, None)])
    assert place.clone().refs().branches["next"] == made


def test_of_two_that_looked_at_the_same_time_one_goes_on(place: Place) -> None:
    first = head(place)
    one = place.commit([first], {"a.txt": b"2\n"})
    other = place.commit([first], {"a.txt": b"3\n"})
    clones = rivals(place)
    assert clones[0].push([Move("refs/heads/release-1.0.0", None, one)])
    assert not clones[1].push([Move("refs/heads/release-2.0.0", None, other)])
    assert "release-2.0.0" not in place.clone().refs().branches
    clones[1].refs()
    assert clones[1].push([Move("refs/heads/release-2.0.0", None, other)])


def rivals(place: Place) -> list[Branching]:
    return [place.clone(), place.clone()]


def test_a_protected_ref_refuses_all(place: Place) -> None:
    first = head(place)
    made = place.commit([first], {"a.txt": b"2\n"})
    place.protect("refs/heads/main")
    with pytest.raises(RefusedError, match="push-refused"):
        place.clone().push([Move("refs/heads/main", first, made), Move("refs/tags/v1.0.0", None, made)])
    refs = place.clone().refs()
    assert (refs.branches, dict(refs.tags)) == ({"main": first}, {})


def test_a_branch_never_goes_back(place: Place) -> None:
    first = head(place)
    made = place.commit([first], {"a.txt": b"2\n"})
    place.lead("main", made)
    with pytest.raises(ValueError, match="would go back"):
        place.clone().push([Move("refs/heads/main", made, first)])


def test_the_trail_is_where_a_branch_was(place: Place) -> None:
    first, clone = head(place), place.clone()
    side = place.commit([first], {"a.txt": b"2\n"})
    second = place.commit([first], {"sub/b.txt": b"2\n"})
    merge = place.commit([second, side], {"a.txt": b"2\n"})
    assert list(clone.trail(first, merge)) == [merge, second]
    assert list(clone.trail(merge, first)) == []


def test_folders_are_all_that_hold_files(place: Place) -> None:
    assert set(place.clone().folders(head(place))) == {"sub", "sub/deep"}


def test_what_a_checkout_lacks_is_fetched(tmp_path: Path) -> None:
    place = RealPlace(tmp_path)
    stale = place.origin.cloned(tmp_path / "stale")
    made = place.commit([head(place)], {"a.txt": b"2\n"})
    place.lead("release-1.0.0", made)
    refs = GitBranching(GitRepository(stale.folder)).refs()
    assert refs.branches["release-1.0.0"] == made
    assert stale.git("cat-file", "-t", made) == "commit"
    assert stale.git("for-each-ref", "--format=%(refname)", "refs/remotes/origin/release-1.0.0") == ""


def test_a_git_that_has_no_merge_of_trees_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = RealPlace(tmp_path)
    branching = place.clone()
    monkeypatch.setattr("release_actions.adapters.branching._MERGES_SINCE", (99, 0))
    with pytest.raises(ToolError, match="git-version"):
        branching.merge(head(place), "0" * 40)
    monkeypatch.setattr("release_actions.adapters.branching._MERGES_SINCE", (2, 38))
    with pytest.raises(ToolError, match="git-merge"):
        branching.merge(head(place), "0" * 40)


def test_an_origin_that_does_not_answer_is_an_error(tmp_path: Path) -> None:
    place = RealPlace(tmp_path)
    clone = Repository(tmp_path / "clone")
    clone.git("remote", "set-url", "origin", str(tmp_path / "nowhere"))
    with pytest.raises(ToolError, match="origin-unreachable"):
        GitBranching(GitRepository(clone.folder)).refs()
    assert place

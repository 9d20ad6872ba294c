"""A bump handed over to a real origin: committed, tagged or proposed; or nothing is changed anywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from tests import repositories
from tests.repositories import Repository

from release_actions.adapters.git import GitRepository
from release_actions.adapters.tree import WorkTree
from release_actions.adapters.upstream import GitUpstream
from release_actions.commands import bump, handing
from release_actions.commands.bump import Options
from release_actions.commands.handing import World
from release_actions.commands.ports.upstream import NewCommit, Person
from release_actions.domain.config import Config
from release_actions.domain.handing import HandOver
from release_actions.domain.report import Outcome
from release_actions.errors import RefusedError, RegistryError, ReleaseError, ToolError

ADA = Person("Ada Ünlü", "ada@example.invalid")


@dataclass
class Proposals:
    """Pull requests, remembered."""

    made: list[tuple[str, str, str, str]] = field(default_factory=list)
    broken: bool = False

    def propose(self, branch: str, base: str, title: str, body: str) -> str:
        if self.broken:
            raise RegistryError("github-pull-request", "GitHub makes no pull request.", "Allow it.")
        self.made.append((branch, base, title, body))
        return "memory:pull/1"


@dataclass
class Place:
    """An origin, a clone of it, and what is proposed there."""

    origin: Repository
    clone: Repository
    proposals: Proposals = field(default_factory=Proposals)

    def bump(self, how: str, version: str = "1.5.0", **settings: object) -> Outcome:
        git = GitRepository(self.clone.folder)
        wanted = replace(handing.Options(HandOver(how), ADA, ADA), **settings)  # type: ignore[arg-type]
        world = World(GitUpstream(git), self.proposals)
        return bump.run(Options(version, hand_over=wanted), git, WorkTree(git.top), Config(), world)

    def state(self) -> Mapping[str, str]:
        """Everything that a failed bump must leave as it was."""
        return {
            "origin": self.origin.git("for-each-ref"),
            "refs": self.clone.git("for-each-ref", "refs/heads", "refs/tags"),
            "status": self.clone.git("status", "--porcelain=v1"),
            "file": self.clone.folder.joinpath("package.json").read_text(),
        }


@pytest.fixture
def place(tmp_path: Path) -> Place:
    seed = repositories.made(tmp_path / "seed")
    seed.write("package.json", json.dumps({"name": "a", "version": "1.4.0"}))
    seed.write("py/pyproject.toml", '[project]\r\nname = "a"\r\nversion = "1.4.0"')
    seed.write("other.txt", "1.4.0")
    seed.commit("feat: all of it")
    origin = seed.cloned(tmp_path / "origin", "--bare")
    return Place(origin, origin.cloned(tmp_path / "clone"))


def test_a_commit_is_pushed_and_the_checkout_follows(place: Place) -> None:
    before = place.clone.git("rev-parse", "HEAD")
    outcome = place.bump("commit")
    commit = place.origin.git("rev-parse", "main")
    assert (outcome.outputs["commit"], outcome.outputs["branch"], outcome.outputs["tag"]) == (commit, "main", "")
    assert place.origin.git("show", "--no-patch", "--format=%P|%an|%ae|%cn|%ce|%B", "main") == (
        f"{before}|Ada Ünlü|ada@example.invalid|Ada Ünlü|ada@example.invalid|Version 1.5.0"
    )
    assert place.origin.git("diff", "--name-only", "main~", "main") == "package.json\npy/pyproject.toml"
    assert place.origin.git("show", "main:py/pyproject.toml").endswith('version = "1.5.0"')
    assert place.clone.git("rev-parse", "HEAD") == commit
    assert place.clone.git("status", "--porcelain") == ""
    assert f"Commit {commit[:12]} is on `main` of `origin`." in outcome.report.blocks
    assert place.origin.git("tag") == ""


def test_a_tag_goes_with_the_commit_annotated(place: Place) -> None:
    outcome = place.bump("commit-and-tag", "1.5.0-rc.1", message="Release {version}\n\nWith a body.")
    assert outcome.outputs["tag"] == "v1.5.0-rc.1"
    for repository in (place.origin, place.clone):
        assert repository.git("cat-file", "-t", "v1.5.0-rc.1") == "tag"
        assert repository.git("rev-parse", "v1.5.0-rc.1^{commit}") == outcome.outputs["commit"]
    assert place.origin.git("for-each-ref", "--format=%(contents:subject)|%(taggeremail)", "refs/tags") == (
        "Release 1.5.0-rc.1|<ada@example.invalid>"
    )
    assert place.clone.git("status", "--porcelain=v1", "--branch") == "## main...origin/main"


def test_a_bump_that_changes_nothing_hands_over_nothing(place: Place) -> None:
    before = place.state()
    for how in ("commit", "commit-and-tag", "pull-request"):
        outcome = place.bump(how, "1.4.0")
        assert (outcome.errors, outcome.outputs["commit"], outcome.outputs["changed"]) == ((), "", "false")
    assert place.state() == before
    assert place.proposals.made == []


def test_what_else_is_changed_or_staged_is_not_committed(place: Place) -> None:
    place.clone.folder.joinpath("other.txt").write_text("changed")
    place.clone.write("staged.txt", "staged")
    place.bump("commit")
    assert place.origin.git("diff", "--name-only", "main~", "main") == "package.json\npy/pyproject.toml"
    assert place.clone.git("status", "--porcelain").split("\n") == ["M other.txt", "A  staged.txt"]


def test_a_file_with_changes_of_its_own_is_refused(place: Place) -> None:
    place.clone.folder.joinpath("package.json").write_text('{"name": "b", "version": "1.4.0"}')
    before = place.state()
    (finding,) = place.bump("commit").errors
    assert (finding.rule, "`package.json`" in finding.what) == ("hand-over-changes", True)
    assert place.state() == before


def test_an_origin_that_moved_before_is_refused(place: Place, tmp_path: Path) -> None:
    moved(place, tmp_path)
    before = place.state()
    assert {finding.rule for finding in place.bump("commit").errors} == {"remote-moved"}
    assert place.state() == before


@pytest.mark.parametrize("how", ["commit", "commit-and-tag"])
def test_an_origin_that_moves_meanwhile_is_refused_and_everything_is_as_it_was(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    moves_during(place, monkeypatch, lambda: moved(place, tmp_path))
    before = place.state()
    with pytest.raises(RefusedError, match="remote-moved"):
        place.bump(how)
    assert place.state() == {**before, "origin": place.origin.git("for-each-ref")}
    assert place.origin.git("log", "-1", "--format=%s", "main") == "Somebody else's"
    assert place.origin.git("tag") == ""


def test_a_tag_that_appears_meanwhile_holds_back_the_commit_too(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    moves_during(place, monkeypatch, lambda: place.origin.git("tag", "v1.5.0", "main"))
    before = place.state()
    with pytest.raises(RefusedError, match="remote-moved"):
        place.bump("commit-and-tag")
    assert place.origin.git("rev-parse", "main") == place.origin.git("rev-parse", "v1.5.0")
    assert place.state() == {**before, "origin": place.origin.git("for-each-ref")}


def test_a_tag_that_exists_is_refused(place: Place) -> None:
    place.origin.git("tag", "v1.5.0", "main")
    assert {finding.rule for finding in place.bump("commit-and-tag").errors} == {"tag-exists"}


def test_a_rule_of_the_origin_is_told_in_its_words(place: Place) -> None:
    hook = place.origin.folder / "hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho Protected. >&2\nexit 1\n")
    hook.chmod(0o755)
    before = place.state()
    with pytest.raises(RefusedError, match=r"hook declined.*push-refused"):
        place.bump("commit")
    assert place.state() == before


def test_an_origin_out_of_reach_is_told(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    moves_during(place, monkeypatch, lambda: place.origin.folder.rename(place.origin.folder.with_name("gone")))
    file = place.clone.folder.joinpath("package.json").read_text()
    with pytest.raises(ToolError, match="push-failed"):
        place.bump("commit")
    assert place.clone.folder.joinpath("package.json").read_text() == file


def test_a_detached_head_is_refused(place: Place) -> None:
    place.clone.git("switch", "--quiet", "--detach")
    assert {finding.rule for finding in place.bump("commit").errors} == {"hand-over-branch"}


def test_hooks_and_signing_of_whoever_runs_it_stay_out(place: Place) -> None:
    for name in ("pre-push", "pre-commit", "reference-transaction"):
        hook = place.clone.folder / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\nexit 1\n")
        hook.chmod(0o755)
    for setting in ("commit.gpgSign", "tag.gpgSign"):
        place.clone.git("config", setting, "true")
    assert place.bump("commit-and-tag").errors == ()


def test_a_shallow_checkout_can_hand_over(place: Place, tmp_path: Path) -> None:
    place.clone.commit("fix: more")
    place.clone.git("push", "--quiet", "origin", "main")
    place.clone = place.origin.cloned(tmp_path / "shallow", "--depth=1")
    assert place.bump("commit-and-tag").outputs["commit"] == place.origin.git("rev-parse", "main")


def test_a_proposal_leaves_the_checkout_as_it_was(place: Place) -> None:
    before = place.state()
    outcome = place.bump("pull-request")
    assert outcome.outputs["pull-request"] == "memory:pull/1"
    assert place.state() == {**before, "origin": place.origin.git("for-each-ref")}
    ((branch, base, title, body),) = place.proposals.made
    assert (branch, base, title) == ("release-actions/bump", "main", "Version 1.5.0")
    assert "tag the merged commit v1.5.0" in body
    assert r"| package.json | 1 | 1\.4.0 | 1\.5.0 | version |" in body
    assert place.origin.git("rev-list", "--count", "main..release-actions/bump") == "1"
    assert '"1.5.0"' in place.origin.git("show", "release-actions/bump:package.json")


def test_a_second_proposal_of_the_same_makes_no_other_commit(place: Place) -> None:
    first = place.bump("pull-request").outputs["commit"]
    assert place.bump("pull-request").outputs["commit"] == first
    assert len(place.proposals.made) == 2


def test_a_proposal_is_brought_up_to_date_without_force(place: Place, tmp_path: Path) -> None:
    first = place.bump("pull-request").outputs["commit"]
    moved(place, tmp_path)
    place.clone.git("pull", "--quiet")
    second = place.bump("pull-request", "1.6.0").outputs["commit"]
    assert place.origin.git("rev-parse", "release-actions/bump") == second
    assert place.origin.git("merge-base", first, second) == first
    assert place.origin.git("diff", "--name-only", "main", "release-actions/bump") == "package.json\npy/pyproject.toml"
    assert '"1.6.0"' in place.origin.git("show", "release-actions/bump:package.json")


def test_work_of_others_on_the_branch_is_not_overwritten(place: Place, tmp_path: Path) -> None:
    place.bump("pull-request")
    other = place.origin.cloned(tmp_path / "other", "--branch=release-actions/bump")
    other.write("notes.txt", "mine")
    other.commit("Notes")
    other.git("push", "--quiet", "origin", "HEAD")
    before = place.state()
    with pytest.raises(RefusedError, match="branch-taken"):
        place.bump("pull-request", "1.6.0")
    assert place.state() == before


def test_a_proposal_that_github_refuses_says_what_is_there(place: Place) -> None:
    place.proposals.broken = True
    before = place.state()
    with pytest.raises(ReleaseError, match=r"(?s)github-pull-request.*is on `release-actions/bump`.*hand-over-proposal"):
        place.bump("pull-request")
    assert place.state() == {**before, "origin": place.origin.git("for-each-ref")}


def test_the_branch_that_is_checked_out_is_no_place_for_a_proposal(place: Place) -> None:
    assert {finding.rule for finding in place.bump("pull-request", branch="main").errors} == {"hand-over-same-branch"}


def test_a_checkout_that_can_not_follow_says_what_is_there(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    adopt = GitUpstream.adopt

    def late(self: GitUpstream, commit: str, wanted: NewCommit) -> None:
        place.clone.folder.joinpath(".git/refs/heads/main.lock").touch()
        adopt(self, commit, wanted)

    monkeypatch.setattr(GitUpstream, "adopt", late)
    with pytest.raises(RefusedError, match=r"(?s)is on `main` of `origin`, but the checkout could not follow.*hand-over-checkout"):
        place.bump("commit")
    assert '"1.5.0"' in place.origin.git("show", "main:package.json")


def moved(place: Place, tmp_path: Path) -> None:
    other = place.origin.cloned(tmp_path / "somebody")
    other.commit("Somebody else's")
    other.git("push", "--quiet", "origin", "main")


def moves_during(place: Place, monkeypatch: pytest.MonkeyPatch, move: object) -> None:
    """Let `move` happen after all is checked, right before the push."""
    hand_over = GitUpstream.hand_over

    def late(self: GitUpstream, wanted: NewCommit) -> str:
        move()  # type: ignore[operator]
        return hand_over(self, wanted)

    monkeypatch.setattr(GitUpstream, "hand_over", late)


def test_the_changelog_is_closed_with_the_bump(place: Place) -> None:
    place.clone.write("CHANGELOG.md", "## [Unreleased]\n\n- Rain.\n")
    place.clone.commit("docs: rain")
    place.clone.git("push", "--quiet", "origin", "main")
    git = GitRepository(place.clone.folder)
    wanted = Options("1.5.0", hand_over=handing.Options(HandOver.COMMIT), changelog="CHANGELOG.md", date="2026-11-21")
    outcome = bump.run(wanted, git, WorkTree(git.top), Config(), World(GitUpstream(git)))
    assert "The changes in CHANGELOG.md are under 1.5.0 now." in outcome.report.blocks
    assert outcome.outputs["changed-files"] == '["CHANGELOG.md", "package.json", "py/pyproject.toml"]'
    assert place.origin.git("show", "main:CHANGELOG.md") == "## [Unreleased]\n\n## [1.5.0] - 2026-11-21\n\n- Rain."
    assert place.origin.git("show", "--no-patch", "--format=%an", "main") == "github-actions[bot]"


def test_a_changelog_that_can_not_be_closed_changes_nothing(place: Place) -> None:
    before = place.state()
    place.clone.folder.joinpath("CHANGELOG.md").write_text("## [Unreleased]\n")
    for path, rule in (("CHANGELOG.md", "changelog-empty"), ("MISSING.md", "file-missing")):
        git = GitRepository(place.clone.folder)
        with pytest.raises(ReleaseError, match=rule):
            bump.run(Options("1.5.0", changelog=path, date="2026-11-21"), git, WorkTree(git.top), Config())
    place.clone.folder.joinpath("CHANGELOG.md").unlink()
    assert place.state() == before


def test_a_prerelease_leaves_the_changelog_open(place: Place) -> None:
    git = GitRepository(place.clone.folder)
    outcome = bump.run(Options("1.5.0-rc.1", changelog="MISSING.md", date="2026-11-21"), git, WorkTree(git.top), Config())
    assert outcome.outputs["changed"] == "true"

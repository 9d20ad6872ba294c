"""Signed commits and pull requests, on a double that keeps to GitHub's description of its API and to a real repository."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests import emulated, repositories
from tests.fakes import FakeClock
from tests.github_api import READER, WRITER, Fault, serving
from tests.github_git import GitDouble
from tests.openapi import Description
from tests.repositories import Repository

from release_actions.adapters.git import GitRepository
from release_actions.adapters.github import GitHubRepository
from release_actions.adapters.github_commits import GitHubPullRequests, SignedUpstream
from release_actions.adapters.tree import WorkTree
from release_actions.commands import bump, handing
from release_actions.commands.bump import Options
from release_actions.commands.handing import World
from release_actions.domain.config import Config
from release_actions.domain.handing import HandOver
from release_actions.domain.report import Outcome
from release_actions.errors import RefusedError, RegistryError, ReleaseError

pytestmark = [pytest.mark.contract, pytest.mark.xdist_group("github")]

UTF_16 = "<Project><PropertyGroup><Version>1.4.0</Version><PackageId>A</PackageId></PropertyGroup></Project>\r\n"


@pytest.fixture(scope="session")
def description(toolchains: dict[str, str]) -> Description:
    return Description(emulated.description(emulated.installed(toolchains)), "/repos/{owner}/{repo}/")


@pytest.fixture
def double(description: Description, tmp_path: Path) -> Iterator[GitDouble]:
    seed = repositories.made(tmp_path / "seed")
    seed.write("package.json", json.dumps({"name": "a", "version": "1.4.0"}) + "\r\n")
    seed.write("bin/package.json", '\ufeff{"name": "b",\t"version": "1.4.0", "description": "Größe"}')
    seed.folder.joinpath("bin/package.json").chmod(0o755)
    seed.write("a.csproj", "")
    seed.folder.joinpath("a.csproj").write_bytes(UTF_16.encode("utf-16"))
    seed.write("other/deep.txt", "1.4.0")
    seed.git("add", ".")
    seed.commit("feat: all of it")
    double = GitDouble(description, bare=seed.cloned(tmp_path / "origin", "--bare"))
    with serving(double):
        yield double


@pytest.fixture
def clone(double: GitDouble, tmp_path: Path) -> Repository:
    return double.bare.cloned(tmp_path / "clone")


def run(double: GitDouble, clone: Repository, how: str, version: str = "1.5.0", token: str = WRITER) -> Outcome:
    git = GitRepository(clone.folder)
    github = GitHubRepository(double.name, token, double.address, FakeClock())
    world = World(SignedUpstream(git, github), GitHubPullRequests(double.name, github))
    options = Options(version, hand_over=handing.Options(HandOver(how)))
    return bump.run(options, git, WorkTree(git.top), Config(), world)


def state(clone: Repository) -> tuple[str, str, str]:
    return clone.git("for-each-ref", "refs/heads", "refs/tags"), clone.git("status", "--porcelain"), clone.git("diff")


def test_github_makes_and_signs_the_very_files_that_git_would_commit(double: GitDouble, clone: Repository) -> None:
    outcome = run(double, clone, "commit-and-tag")
    commit = outcome.outputs["commit"]
    assert double.bare.git("rev-parse", "main", "v1.5.0^{commit}").split() == [commit, commit]
    assert double.bare.git("cat-file", "-t", "v1.5.0") == "tag"
    assert double.bare.git("diff", "--name-only", "main~", "main").split() == ["a.csproj", "bin/package.json", "package.json"]
    assert double.bare.git("ls-tree", "main", "bin/package.json").startswith("100755 ")
    assert clone.git("rev-parse", "HEAD", "v1.5.0^{commit}").split() == [commit, commit]
    assert clone.git("status", "--porcelain") == ""
    assert clone.folder.joinpath("a.csproj").read_bytes() == UTF_16.replace("1.4.0", "1.5.0").encode("utf-16")


def test_a_commit_that_is_not_signed_moves_nothing(double: GitDouble, clone: Repository) -> None:
    double.signs = False
    before, refs = state(clone), double.bare.git("for-each-ref")
    with pytest.raises(RefusedError, match="commit-unsigned"):
        run(double, clone, "commit-and-tag")
    assert (state(clone), double.bare.git("for-each-ref")) == (before, refs)


def test_a_protected_branch_moves_nothing(double: GitDouble, clone: Repository) -> None:
    double.protected = "heads/main"
    before, refs = state(clone), double.bare.git("for-each-ref")
    with pytest.raises(RefusedError, match=r"rule violations.*push-refused"):
        run(double, clone, "commit")
    assert (state(clone), double.bare.git("for-each-ref")) == (before, refs)


def test_a_tag_that_is_refused_says_that_the_commit_is_there(double: GitDouble, clone: Repository) -> None:
    double.protected = "tags/"
    with pytest.raises(RefusedError, match=r"is on `main` of `origin`, but the tag `v1.5.0` is not.*git tag --annotate.*hand-over-tag"):
        run(double, clone, "commit-and-tag")
    assert double.bare.git("log", "-1", "--format=%s", "main") == "Version 1.5.0"


def test_a_branch_that_moves_meanwhile_stays(double: GitDouble, clone: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    make = GitDouble._make_commit
    rival = double.bare.git("commit-tree", "main^{tree}", "-p", "main", "-m", "Somebody else's")

    def late(self: GitDouble, **words: object) -> tuple[int, object]:
        self.bare.git("update-ref", "refs/heads/main", rival)
        return make(self, **words)  # type: ignore[arg-type]

    monkeypatch.setattr(GitDouble, "_make_commit", late)
    before = state(clone)
    with pytest.raises(RefusedError, match="remote-moved"):
        run(double, clone, "commit")
    assert (state(clone), double.bare.git("rev-parse", "main")) == (before, rival)


@pytest.mark.parametrize(
    "fault", [Fault("POST", "git/commits", 502), Fault("PATCH", "git/refs", 502, after=True), Fault("POST", "git/tags", 0)]
)
def test_answers_that_get_lost_repeat_nothing(double: GitDouble, clone: Repository, fault: Fault) -> None:
    double.faults = [fault]
    outcome = run(double, clone, "commit-and-tag")
    assert double.bare.git("rev-parse", "main", "v1.5.0^{commit}").split() == [outcome.outputs["commit"]] * 2
    assert double.bare.git("rev-list", "--count", "main") == "2"


def test_a_token_that_may_only_read_changes_nothing(double: GitDouble, clone: Repository) -> None:
    before = state(clone)
    with pytest.raises(RegistryError, match="github-permission"):
        run(double, clone, "commit", token=READER)
    assert state(clone) == before


def test_a_pull_request_is_opened_once_and_then_brought_up_to_date(double: GitDouble, clone: Repository) -> None:
    before = state(clone)
    first = run(double, clone, "pull-request")
    assert first.outputs["pull-request"] == "https://github.example/pull/1"
    assert run(double, clone, "pull-request").outputs["commit"] == first.outputs["commit"]
    second = run(double, clone, "pull-request", "1.6.0")
    (pull,) = double.pulls
    assert (pull["title"], pull["base"]["ref"], pull["head"]["ref"]) == ("Version 1.6.0", "main", "release-actions/bump")
    assert "tag the merged commit v1.6.0" in pull["body"]
    assert double.bare.git("rev-parse", "release-actions/bump") == second.outputs["commit"]
    assert state(clone) == before


def test_a_repository_that_allows_no_proposals_says_where_to_allow_them(double: GitDouble, clone: Repository) -> None:
    double.protected = "pulls"
    with pytest.raises(
        ReleaseError, match=r"(?s)not permitted to create.*allow GitHub Actions to create pull requests.*hand-over-proposal"
    ):
        run(double, clone, "pull-request")


def test_files_that_github_made_otherwise_than_git_are_not_committed(
    double: GitDouble, clone: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state(clone)
    made = double._make_blob

    def other(*, body: dict[str, Any], **named: Any) -> tuple[int, Any]:
        return made(body={**body, "content": body["content"][:-8]}, **named)

    monkeypatch.setattr(double, "_make_blob", other)
    with pytest.raises(RefusedError, match="commit-differs"):
        run(double, clone, "commit")
    assert state(clone) == before

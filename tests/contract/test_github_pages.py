"""Published releases on GitHub, and changes proposed to the default branch, on doubles that keep to GitHub's description."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests import emulated, repositories
from tests.fakes import FakeClock
from tests.github_api import READER, WRITER, Fault, GitHubDouble, RefusedError, serving
from tests.github_git import GitDouble
from tests.openapi import Description

from release_actions.adapters.github import GitHubRepository
from release_actions.adapters.github_pages import GitHubDefaultBranch, GitHubPages
from release_actions.commands.ports.github import Change
from release_actions.errors import RegistryError

pytestmark = [pytest.mark.contract, pytest.mark.xdist_group("github")]

NAME = "acme/sdk"
GO_MOD = b"module example.com/sdk\r\n"


class _WithoutRepository(Description):
    """The description, without what it says of answers that hold whole repositories, people and commits."""

    def faults_of_answer(self, method: str, path: str, status: int, body: Any) -> list[str]:
        whole = path == f"/repos/{NAME}" or "/contents/" in path or "/pulls" in path
        return [] if whole else super().faults_of_answer(method, path, status, body)


class ContentsDouble(GitDouble):
    """The repository itself, and the contents of its files, over the same bare repository."""

    def __post_init__(self) -> None:
        """Keep the description as it was given."""

    def answer(self, method: str, path: str, query: Any, body: Any, token: str) -> tuple[int, Any]:
        if path == f"/repos/{self.name}" and method == "GET":
            return 200, {"name": "sdk", "full_name": self.name, "default_branch": "main", "url": f"{self.address}{path}"}
        return super().answer(method, path, query, body, token)

    def _routes(self) -> list[tuple[str, str, Any]]:
        contents: list[tuple[str, str, Any]] = [(r"contents/(.+)", "GET", self._read_file), (r"contents/(.+)", "PUT", self._write_file)]
        return [*contents, *super()._routes()]

    def _read_file(self, path: str, *, query: dict[str, str], **_: Any) -> tuple[int, Any]:
        branch = query.get("ref", "main")
        listed = self.bare.git("ls-tree", branch, path)
        if not listed:
            raise RefusedError(404, "Not Found")
        sha = listed.split()[2]
        content = base64.b64encode((self.bare.git("cat-file", "blob", sha) + "\n").replace("\n", "\r\n").encode()).decode()
        return 200, {
            "type": "file",
            "encoding": "base64",
            "path": path,
            "sha": sha,
            "content": content,
            "url": self._url(f"contents/{path}"),
        }

    def _write_file(self, path: str, *, body: dict[str, Any], **_: Any) -> tuple[int, Any]:
        self._require_open(f"refs/heads/{body['branch']}")
        head = self.bare.git("rev-parse", f"refs/heads/{body['branch']}")
        if self.bare.git("ls-tree", head, path).split()[2] != body["sha"]:
            raise RefusedError(409, f"{path} does not match {body['sha']}")
        blob = self._make_blob(body={"content": body["content"], "encoding": "base64"})[1]
        entry = {"path": path, "mode": "100644", "sha": blob["sha"]}
        tree = self._make_tree(body={"base_tree": head, "tree": [entry]})[1]
        commit = self._make_commit(body={"tree": tree["sha"], "parents": [head], "message": body["message"]})[1]
        self.bare.git("update-ref", f"refs/heads/{body['branch']}", commit["sha"])
        return 200, {"content": {"path": path, "sha": blob["sha"]}, "commit": {"sha": commit["sha"]}}


@pytest.fixture(scope="session")
def path(toolchains: dict[str, str]) -> Path:
    return emulated.description(emulated.installed(toolchains))


@pytest.fixture
def double(path: Path) -> Iterator[GitHubDouble]:
    with serving(GitHubDouble(Description(path, "/repos/{owner}/{repo}/"), NAME)) as double:
        yield double


@pytest.fixture
def git_double(path: Path, tmp_path: Path) -> Iterator[ContentsDouble]:
    seed = repositories.made(tmp_path / "seed")
    (seed.folder / "go.mod").write_bytes(GO_MOD)
    seed.git("add", ".")
    seed.commit("feat: begin")
    bare = seed.cloned(tmp_path / "origin", "--bare")
    with serving(ContentsDouble(_WithoutRepository(path, "/repos/{owner}/{repo}"), NAME, bare=bare)) as double:
        yield double  # type: ignore[misc]


def pages(double: GitHubDouble, token: str = WRITER) -> GitHubPages:
    return GitHubPages(GitHubRepository(NAME, token, double.address, FakeClock()))


def branch(double: GitHubDouble, token: str = WRITER) -> GitHubDefaultBranch:
    return GitHubDefaultBranch(NAME, GitHubRepository(NAME, token, double.address, FakeClock()))


class TestPages:
    """Releases that everybody sees."""

    def test_published_releases_are_listed_newest_first_and_drafts_are_not(self, double: GitHubDouble) -> None:
        double.release("v1.0.0", name="First", body="a\r\nb")
        double.latest = double.release("v1.1.0")["id"]
        double.release("v1.2.0", draft=True)
        found = pages(double).pages()
        assert [(page.tag, page.title, page.notes, page.latest) for page in found] == [
            ("v1.1.0", "v1.1.0", "", True),
            ("v1.0.0", "First", "a\nb", False),
        ]

    def test_without_any_release_there_is_no_page(self, double: GitHubDouble) -> None:
        assert pages(double).pages() == ()

    def test_an_attached_file_is_read_and_a_broken_or_absent_one_is_not(self, double: GitHubDouble) -> None:
        release = double.release("v1.0.0")
        double.asset(release, "release.json", b"{}")
        double.asset(release, "rollback.json", b"{", state="open")
        reader = pages(double, READER)
        assert [reader.file("v1.0.0", name) for name in ("release.json", "rollback.json", "other")] == [b"{}", None, None]

    def test_a_file_that_is_too_large_for_a_record_is_refused(self, double: GitHubDouble) -> None:
        double.asset(double.release("v1.0.0"), "release.json", b"{}")["size"] = 1 << 30
        with pytest.raises(RegistryError, match="github-asset"):
            pages(double).file("v1.0.0", "release.json")

    def test_a_page_is_rewritten_and_latest_moves(self, double: GitHubDouble) -> None:
        first, second = double.release("v1.0.0", body="a"), double.release("v1.1.0", body="b")
        double.latest = second["id"]
        bad, good = pages(double).pages()
        pages(double).rewrite(replace(good, latest=True))
        assert double.latest == first["id"]
        pages(double).rewrite(replace(bad, title="v1.1.0 (withdrawn)", notes="no", prerelease=True, latest=False))
        assert (second["name"], second["body"], second["prerelease"], double.latest) == ("v1.1.0 (withdrawn)", "no", True, first["id"])
        assert (first["body"], first["prerelease"]) == ("a", False)

    def test_a_lost_answer_repeats_no_more_than_it_must(self, double: GitHubDouble) -> None:
        release = double.release("v1.0.0")
        double.faults = [Fault("PATCH", "/releases/", 502, after=True)]
        (page,) = pages(double).pages()
        pages(double).rewrite(replace(page, title="v1.0.0 (withdrawn)", prerelease=True))
        assert release["name"] == "v1.0.0 (withdrawn)"

    def test_a_release_is_removed_once_and_its_tag_stays(self, double: GitHubDouble) -> None:
        double.tags["v1.0.0-beta.1"] = "0" * 40
        double.release("v1.0.0-beta.1", prerelease=True)
        double.release("v1.0.0")
        double.faults = [Fault("DELETE", "/releases/", 502, after=True)]
        pages(double).remove("v1.0.0-beta.1")
        assert [page.tag for page in pages(double).pages()] == ["v1.0.0"]
        assert "v1.0.0-beta.1" in double.tags
        with pytest.raises(RegistryError, match="contents: write"):
            pages(double, READER).remove("v1.0.0")

    def test_a_token_that_may_only_read_is_told_what_it_lacks(self, double: GitHubDouble) -> None:
        double.release("v1.0.0")
        (page,) = pages(double, READER).pages()
        with pytest.raises(RegistryError, match="contents: write"):
            pages(double, READER).rewrite(replace(page, prerelease=True))

    def test_no_token_and_no_repository_are_told_beforehand(self, double: GitHubDouble) -> None:
        assert pages(double).check() == ()
        assert [finding.rule for finding in pages(double, "").check()] == ["github-token"]
        nameless = GitHubPages(GitHubRepository("", WRITER, double.address, FakeClock()))
        assert [finding.rule for finding in nameless.check()] == ["github-repository"]


class TestDefaultBranch:
    """A change becomes a branch and a pull request."""

    CHANGE = Change("retract-v1.3.0", "Retract v1.3.0", "Why", {"go.mod": GO_MOD + b"\r\nretract v1.3.0 // why\r\n"})

    def test_a_file_is_read_as_it_is_and_an_absent_one_is_none(self, git_double: ContentsDouble) -> None:
        assert branch(git_double).read("go.mod") == GO_MOD
        assert branch(git_double).read("other/go.mod") is None

    def test_the_change_is_on_a_branch_of_its_own_and_proposed(self, git_double: ContentsDouble) -> None:
        assert branch(git_double).propose(self.CHANGE) == "https://github.example/pull/1"
        assert "retract v1.3.0 // why" in git_double.bare.git("show", "retract-v1.3.0:go.mod")
        assert "retract" not in git_double.bare.git("show", "main:go.mod")
        (pull,) = git_double.pulls
        assert (pull["title"], pull["head"]["ref"], pull["base"]["ref"]) == ("Retract v1.3.0", "retract-v1.3.0", "main")

    def test_proposing_again_makes_no_second_commit_and_no_second_pull_request(self, git_double: ContentsDouble) -> None:
        branch(git_double).propose(self.CHANGE)
        head = git_double.bare.git("rev-parse", "retract-v1.3.0")
        branch(git_double).propose(self.CHANGE)
        assert (git_double.bare.git("rev-parse", "retract-v1.3.0"), len(git_double.pulls)) == (head, 1)

    def test_a_run_that_broke_off_after_the_branch_is_continued(self, git_double: ContentsDouble) -> None:
        git_double.bare.git("branch", "retract-v1.3.0", "main")
        branch(git_double).propose(self.CHANGE)
        assert len(git_double.pulls) == 1
        assert "retract v1.3.0" in git_double.bare.git("show", "retract-v1.3.0:go.mod")

    def test_a_workflow_that_may_open_no_pull_request_is_told_where_that_is_allowed(self, git_double: ContentsDouble) -> None:
        git_double.protected = "pulls"
        with pytest.raises(RegistryError, match="allow GitHub Actions to create pull requests"):
            branch(git_double).propose(self.CHANGE)

"""Releases on GitHub: in memory, on the double that keeps to GitHub's own description of its API, and on an emulator."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import emulated
from tests.fakes import FakeClock, FakeGitHub
from tests.github_api import READER, WRITER, Fault, GitHubDouble, serving
from tests.openapi import Description

from release_actions.adapters.github import GitHubRepository
from release_actions.commands.ports.github import GitHub, GitHubRelease
from release_actions.errors import RegistryError

pytestmark = [pytest.mark.contract, pytest.mark.xdist_group("github")]

NAME = "acme/sdk"
COMMIT = "c" * 40
FAULTS = st.builds(
    Fault,
    st.sampled_from(["GET", "POST", "PATCH", "DELETE"]),
    st.sampled_from(["/releases", "/assets", "/git/ref/", ""]),
    st.sampled_from([0, 500, 502]),
    st.booleans(),
    st.booleans(),
)


@pytest.fixture(scope="session")
def tools(toolchains: dict[str, str]) -> Path:
    return emulated.installed(toolchains)


@pytest.fixture(scope="session")
def description(tools: Path) -> Description:
    return Description(emulated.description(tools), "/repos/{owner}/{repo}/")


@dataclass
class World:
    """One implementation of the port, and a look at what it did."""

    github: GitHub
    commit: str
    look: Callable[[str], dict[str, Any] | None]
    stranger: GitHub


@contextmanager
def in_memory() -> Iterator[World]:
    fake = FakeGitHub(tags={"v1.2.0": COMMIT, "v1.3.0-beta.1": COMMIT})
    stranger = FakeGitHub(tags=fake.tags, faults=["draft"])

    def look(tag: str) -> dict[str, Any] | None:
        release = fake.releases.get(tag)
        return shown(release.title, release.notes, tag in fake.drafts, release.prerelease, fake.files[tag]) if release else None

    yield World(fake, COMMIT, look, stranger)


@contextmanager
def on_the_double(description: Description) -> Iterator[World]:
    with serving(GitHubDouble(description, NAME, {"v1.2.0": COMMIT, "v1.3.0-beta.1": COMMIT})) as double:

        def look(tag: str) -> dict[str, Any] | None:
            found = [release for release in double.releases.values() if release["tag_name"] == tag]
            assert len(found) <= 1
            return (
                shown(found[0]["name"], found[0]["body"], found[0]["draft"], found[0]["prerelease"], double.files(found[0]))
                if found
                else None
            )

        yield World(client(double), COMMIT, look, client(double, READER))


@contextmanager
def on_the_emulator(tools: Path, folder: Path, toolchains: Mapping[str, str]) -> Iterator[World]:
    people = {WRITER: {"login": "acme", "scopes": ["repo"]}, READER: {"login": "someone", "scopes": ["repo"]}}
    repository = {"owner": "acme", "name": "sdk", "auto_init": True}
    seed = {"tokens": people, "github": {"users": [{"login": "acme"}, {"login": "someone"}], "repos": [repository]}}
    with emulated.emulate(tools, folder, toolchains, seed) as address:

        def ask(path: str, body: Mapping[str, Any] | None = None) -> Any:
            headers = {"Authorization": f"Bearer {WRITER}", "Content-Type": "application/json"}
            request = urllib.request.Request(f"{address}/repos/{NAME}/{path}", json.dumps(body).encode() if body else None, headers)
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)

        def look(tag: str) -> dict[str, Any] | None:
            found = [release for release in ask("releases") if release["tag_name"] == tag]
            return (
                shown(
                    found[0]["name"],
                    found[0]["body"],
                    found[0]["draft"],
                    found[0]["prerelease"],
                    [one["name"] for one in found[0]["assets"]],
                )
                if found
                else None
            )

        commit = ask("git/ref/heads/main")["object"]["sha"]
        for tag in ("v1.2.0", "v1.3.0-beta.1"):
            ask("git/refs", {"ref": f"refs/tags/{tag}", "sha": commit})
        clients = [GitHubRepository(NAME, token, address, FakeClock()) for token in (WRITER, READER)]
        yield World(clients[0], commit, look, clients[1])


def shown(title: str, notes: str, draft: bool, prerelease: bool, files: Any) -> dict[str, Any]:
    return {"title": title, "notes": notes, "draft": draft, "prerelease": prerelease, "files": sorted(files)}


@pytest.fixture(params=["memory", "double", "emulator"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    match request.param:
        case "memory":
            made = in_memory()
        case "double":
            made = on_the_double(request.getfixturevalue("description"))
        case _:
            made = on_the_emulator(request.getfixturevalue("tools"), tmp_path, request.getfixturevalue("toolchains"))
    with made as world:
        yield world


@pytest.fixture
def double(description: Description) -> Iterator[GitHubDouble]:
    with serving(GitHubDouble(description, NAME, {"v1.2.0": COMMIT})) as double:
        yield double


@pytest.fixture
def release(tmp_path: Path) -> GitHubRelease:
    folder = tmp_path / "built"
    folder.mkdir()
    for name in ("release.json", "SHA256SUMS", "acme-sdk-1.2.0.tgz"):
        (folder / name).write_bytes(f"{name}\n".encode())
    assets = (folder / "release.json", folder / "SHA256SUMS", folder / "acme-sdk-1.2.0.tgz")
    return GitHubRelease("v1.2.0", COMMIT, "v1.2.0", "## Fixes\n\n- a\n", prerelease=False, latest=True, assets=assets)


def client(double: GitHubDouble, token: str = WRITER, clock: FakeClock | None = None) -> GitHubRepository:
    return GitHubRepository(NAME, token, double.address, clock or FakeClock())


def refusal(work: Callable[[], object]) -> RegistryError:
    with pytest.raises(RegistryError) as caught:
        work()
    return caught.value


def rules(error: RegistryError) -> list[str]:
    return [finding.rule for finding in error.findings]


class TestEveryImplementation:
    """What holds in memory, on the double and on the emulator alike."""

    def test_a_draft_is_complete_and_not_published(self, world: World, release: GitHubRelease) -> None:
        world.github.draft_release(replace(release, commit=world.commit))
        assert world.look("v1.2.0") == shown("v1.2.0", release.notes, True, False, ["SHA256SUMS", "acme-sdk-1.2.0.tgz", "release.json"])

    def test_a_release_is_published_with_its_files(self, world: World, release: GitHubRelease) -> None:
        address = world.github.publish_release(replace(release, commit=world.commit))
        assert address.endswith("v1.2.0")
        assert world.look("v1.2.0") == shown("v1.2.0", release.notes, False, False, ["SHA256SUMS", "acme-sdk-1.2.0.tgz", "release.json"])

    def test_a_prerelease_is_one(self, world: World, release: GitHubRelease) -> None:
        beta = replace(release, tag="v1.3.0-beta.1", commit=world.commit, title="Beta", prerelease=True, latest=False)
        world.github.publish_release(beta)
        assert world.look("v1.3.0-beta.1") == shown(
            "Beta", release.notes, False, True, ["SHA256SUMS", "acme-sdk-1.2.0.tgz", "release.json"]
        )

    def test_a_published_release_takes_new_words(self, world: World, release: GitHubRelease) -> None:
        bare = replace(release, commit=world.commit, assets=())
        first = world.github.publish_release(bare)
        assert world.github.publish_release(replace(bare, notes="Other words", prerelease=True, latest=False)) == first
        assert world.look("v1.2.0") == shown("v1.2.0", "Other words", False, True, [])

    def test_a_tag_that_is_not_there_is_refused_and_not_made(self, world: World, release: GitHubRelease) -> None:
        lost = replace(release, tag="v9.9.9", commit=world.commit)
        assert rules(refusal(lambda: world.github.publish_release(lost))) == ["github-tag"]
        assert [finding.rule for finding in world.github.check(lost)] == ["github-tag"]
        assert world.look("v9.9.9") is None

    def test_a_tag_that_leads_elsewhere_is_refused(self, world: World, release: GitHubRelease) -> None:
        moved = replace(release, commit="d" * 40)
        assert rules(refusal(lambda: world.github.draft_release(moved))) == ["github-tag-moved"]
        assert [finding.rule for finding in world.github.check(moved)] == ["github-tag-moved"]
        assert world.look("v1.2.0") is None

    @pytest.mark.parametrize("world", ["memory", "double"], indirect=True)  # on the emulator everybody may write to what is public
    def test_a_token_that_may_not_write_is_told_what_it_lacks(self, world: World, release: GitHubRelease) -> None:
        error = refusal(lambda: world.stranger.draft_release(replace(release, commit=world.commit)))
        assert rules(error) == ["github-permission"]
        assert "permissions: contents: write" in str(error)
        assert world.look("v1.2.0") is None

    def test_nothing_stands_in_the_way(self, world: World, release: GitHubRelease) -> None:
        assert list(world.github.check(replace(release, commit=world.commit))) == []
        assert world.look("v1.2.0") is None


class TestAgain:
    """A second run."""

    def test_a_second_run_changes_nothing(self, double: GitHubDouble, release: GitHubRelease) -> None:
        first = client(double).publish_release(release)
        before = len(double.writes)
        client(double).draft_release(release)
        assert client(double).publish_release(release) == first
        assert len(double.writes) == before

    def test_a_draft_is_completed_and_published(self, double: GitHubDouble, release: GitHubRelease) -> None:
        client(double).draft_release(replace(release, assets=release.assets[:1]))
        client(double).publish_release(release)
        [made] = double.releases.values()
        assert not made["draft"]
        assert len(double.files(made)) == 3

    def test_what_was_noted_first_stays_in_the_draft_and_after_it(self, double: GitHubDouble, release: GitHubRelease) -> None:
        noted = release.assets[0].with_name("rollback.json")
        noted.write_bytes(b"before the release")
        kept = replace(release, kept=(noted,))
        client(double).draft_release(kept)
        noted.write_bytes(b"after the release")
        client(double).draft_release(kept)
        client(double).publish_release(kept)
        before = len(double.writes)
        client(double).publish_release(kept)
        [made] = double.published()
        assert double.files(made)["rollback.json"] == b"before the release"
        assert len(double.writes) == before

    def test_a_published_release_is_given_no_note_after_the_fact(self, double: GitHubDouble, release: GitHubRelease) -> None:
        double.immutable = True
        client(double).publish_release(release)
        noted = release.assets[0].with_name("rollback.json")
        noted.write_bytes(b"after the release")
        client(double).publish_release(replace(release, kept=(noted,)))
        [made] = double.published()
        assert "rollback.json" not in double.files(made)

    def test_a_withdrawn_release_is_not_brought_back(self, double: GitHubDouble, release: GitHubRelease) -> None:
        client(double).publish_release(release)
        [made] = double.published()
        made.update(name="v1.2.0 (withdrawn)", prerelease=True)
        assert [finding.rule for finding in client(double).check(release)] == ["github-withdrawn"]
        assert rules(refusal(lambda: client(double).publish_release(release))) == ["github-withdrawn"]
        assert made["prerelease"]

    def test_a_draft_takes_the_bytes_of_the_last_build(self, double: GitHubDouble, release: GitHubRelease) -> None:
        client(double).draft_release(release)
        release.assets[0].write_bytes(b"built again")
        client(double).publish_release(release)
        [made] = double.published()
        assert double.files(made)["release.json"] == b"built again"

    def test_a_draft_is_found_among_hundreds_of_releases(self, double: GitHubDouble, release: GitHubRelease) -> None:
        draft = double.release("v1.2.0", draft=True, published_at=None)
        for number in range(250):
            double.release(f"v0.{number}.0")
        client(double).publish_release(release)
        assert not draft["draft"]
        assert len(double.releases) == 251

    def test_missing_files_of_a_published_release_are_attached(self, double: GitHubDouble, release: GitHubRelease) -> None:
        there = double.release("v1.2.0", name="v1.2.0", body=release.notes)
        double.asset(there, "release.json", b"release.json\n")
        client(double).publish_release(release)
        assert sorted(double.files(there)) == ["SHA256SUMS", "acme-sdk-1.2.0.tgz", "release.json"]

    @pytest.mark.parametrize("digests", [True, False], ids=["with digests", "a server that tells no digests"])
    def test_other_bytes_in_a_published_release_are_refused_before_any_write(
        self, double: GitHubDouble, release: GitHubRelease, digests: bool
    ) -> None:
        double.digests = digests
        there = double.release("v1.2.0", name="Old", body="Old")
        double.asset(there, "SHA256SUMS", b"of somebody else\n")
        works: list[Callable[[GitHubRelease], object]] = [client(double).publish_release, client(double).draft_release]
        for work in works:
            error = refusal(partial(work, release))
            assert rules(error) == ["github-asset-conflict"]
            assert "SHA256SUMS" in str(error)
        assert [finding.rule for finding in client(double).check(release)] == ["github-asset-conflict"]
        assert double.writes == []

    def test_a_server_without_digests_is_asked_for_the_bytes(self, double: GitHubDouble, release: GitHubRelease) -> None:
        double.digests = False
        client(double).publish_release(release)
        before = len(double.writes)
        client(double).publish_release(release)
        assert len(double.writes) == before

    def test_line_ends_that_were_changed_are_no_change(self, double: GitHubDouble, release: GitHubRelease) -> None:
        client(double).publish_release(release)
        [made] = double.published()
        made["body"] = made["body"].replace("\n", "\r\n")
        before = len(double.writes)
        client(double).publish_release(release)
        assert len(double.writes) == before

    def test_somebody_elses_draft_of_another_tag_is_left_alone(self, double: GitHubDouble, release: GitHubRelease) -> None:
        other = double.release("v2.0.0", draft=True, name="Mine", published_at=None)
        before = dict(other)
        client(double).publish_release(release)
        assert other == before


class TestLatest:
    """Which release GitHub calls the latest."""

    def test_the_latest_release_becomes_it(self, double: GitHubDouble, release: GitHubRelease) -> None:
        client(double).publish_release(release)
        assert double.latest == double.published()[0]["id"]

    def test_a_patch_to_an_old_line_leaves_the_latest_alone(self, double: GitHubDouble, release: GitHubRelease) -> None:
        newer = double.release("v2.0.0")
        double.latest = newer["id"]
        client(double).publish_release(replace(release, latest=False))
        assert double.latest == newer["id"]

    def test_a_release_that_should_be_the_latest_becomes_it_on_a_second_run(self, double: GitHubDouble, release: GitHubRelease) -> None:
        client(double).publish_release(replace(release, latest=False))
        assert double.latest is None
        client(double).publish_release(release)
        assert double.latest == double.published()[0]["id"]

    def test_a_prerelease_never_is(self, double: GitHubDouble, release: GitHubRelease) -> None:
        client(double).publish_release(replace(release, prerelease=True, latest=True))
        assert double.latest is None


class TestImmutable:
    """Releases that can't be changed once they are published."""

    def test_files_are_attached_before_it_is_published(self, double: GitHubDouble, release: GitHubRelease) -> None:
        double.immutable = True
        client(double).publish_release(release)
        [made] = double.published()
        assert made["immutable"]
        assert len(double.files(made)) == 3

    def test_a_complete_one_is_left_alone(self, double: GitHubDouble, release: GitHubRelease) -> None:
        double.immutable = True
        client(double).publish_release(release)
        before = len(double.writes)
        client(double).publish_release(release)
        assert len(double.writes) == before

    def test_one_that_lacks_files_is_refused_with_the_only_remedy(self, double: GitHubDouble, release: GitHubRelease) -> None:
        double.release("v1.2.0", immutable=True)
        error = refusal(lambda: client(double).publish_release(release))
        assert rules(error) == ["github-immutable"]
        assert "next version" in str(error)
        assert double.writes == []


class TestFaults:
    """Answers that get lost, and limits of the rate."""

    @pytest.mark.parametrize("after", [False, True], ids=["before its effect", "after its effect"])
    @pytest.mark.parametrize("status", [0, 500, 502, 503])
    @pytest.mark.parametrize(
        ("method", "path"), [("POST", "/releases$"), ("POST", "/assets$"), ("PATCH", "/releases/"), ("GET", "/releases$")]
    )
    def test_a_lost_answer_repeats_nothing(
        self, double: GitHubDouble, release: GitHubRelease, method: str, path: str, status: int, after: bool
    ) -> None:
        double.faults.append(Fault(method, path, status, after))
        client(double).publish_release(release)
        [made] = double.releases.values()
        assert not made["draft"]
        assert sorted(double.files(made)) == ["SHA256SUMS", "acme-sdk-1.2.0.tgz", "release.json"]
        assert len(double.assets) == 3
        assert double.faults == []

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(faults=st.lists(FAULTS, max_size=12))
    def test_whatever_fails_running_again_ends_with_one_complete_release(
        self, description: Description, release: GitHubRelease, faults: list[Fault]
    ) -> None:
        with serving(GitHubDouble(description, NAME, {"v1.2.0": COMMIT}, faults=[replace(fault) for fault in faults])) as double:
            for _ in range(len(faults) + 1):
                with suppress(RegistryError):
                    client(double).publish_release(release)
            [made] = double.releases.values()
            assert not made["draft"]
            assert double.files(made) == {path.name: path.read_bytes() for path in release.assets}
            assert len(double.assets) == 3
            assert double.latest == made["id"]
            before = len(double.writes)
            double.faults.clear()
            client(double).publish_release(release)
            assert len(double.writes) == before

    def test_what_a_broken_upload_left_is_replaced(self, double: GitHubDouble, release: GitHubRelease) -> None:
        double.faults.append(Fault("POST", "/assets$", 502, after=True, broken=True))
        client(double).publish_release(release)
        [made] = double.published()
        assert len(double.files(made)) == 3
        assert {asset["state"] for asset in double.assets.values()} == {"uploaded"}
        assert len([call for call in double.calls if call[0] == "DELETE"]) == 1

    def test_a_broken_upload_to_a_published_release_is_replaced_too(self, double: GitHubDouble, release: GitHubRelease) -> None:
        there = double.release("v1.2.0", name="v1.2.0", body=release.notes)
        double.asset(there, "SHA256SUMS", b"", state="open")
        client(double).publish_release(release)
        assert double.files(there)["SHA256SUMS"] == b"SHA256SUMS\n"

    def test_it_gives_up_after_a_few_tries(self, double: GitHubDouble, release: GitHubRelease) -> None:
        double.faults += [Fault("GET", "/git/ref/", 503) for _ in range(20)]
        clock = FakeClock()
        error = refusal(lambda: client(double, clock=clock).publish_release(release))
        assert rules(error) == ["github-busy"]
        assert len(double.calls) == 5
        assert clock.now() == 2 + 4 + 8 + 16

    @pytest.mark.parametrize(
        ("status", "headers", "message"),
        [
            (403, {"Retry-After": "7"}, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."),
            (429, {"Retry-After": "7"}, "Too many requests"),
            (403, {"Retry-After": "7"}, "API rate limit exceeded for installation."),
        ],
    )
    def test_a_rate_limit_is_waited_for_as_long_as_is_said(
        self, double: GitHubDouble, release: GitHubRelease, status: int, headers: dict[str, str], message: str
    ) -> None:
        double.faults.append(Fault("POST", "/releases$", status, headers=headers, message=message))
        clock = FakeClock()
        client(double, clock=clock).publish_release(release)
        assert clock.now() == 7
        assert len(double.published()) == 1

    def test_an_hour_is_not_waited_for(self, double: GitHubDouble, release: GitHubRelease) -> None:
        headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "99999999999"}
        double.faults.append(Fault("GET", "/git/ref/", 403, headers=headers, message="API rate limit exceeded for installation."))
        error = refusal(lambda: client(double).publish_release(release))
        assert rules(error) == ["github-busy"]
        assert len(double.calls) == 1


class TestRefusals:
    """What GitHub says no to, and what a person is told."""

    def test_a_token_that_may_only_read_can_check_and_not_write(self, double: GitHubDouble, release: GitHubRelease) -> None:
        assert client(double, READER).check(release) == ()
        error = refusal(lambda: client(double, READER).draft_release(release))
        assert rules(error) == ["github-permission"]
        assert "Resource not accessible by integration" in str(error)
        assert double.releases == {}

    def test_a_token_that_is_none_is_told_so(self, double: GitHubDouble, release: GitHubRelease) -> None:
        assert [finding.rule for finding in client(double, "expired").check(release)] == ["github-token-refused"]
        assert rules(refusal(lambda: client(double, "expired").publish_release(release))) == ["github-token-refused"]

    def test_no_token_is_told_without_asking(self, double: GitHubDouble, release: GitHubRelease) -> None:
        assert [finding.rule for finding in client(double, "").check(release)] == ["github-token"]
        assert double.calls == []

    @pytest.mark.parametrize("name", ["", "acme", "acme/sdk/../..", "acme/sdk?x=", "https://github.com/acme/sdk"])
    def test_a_name_that_is_none_is_told_without_asking(self, double: GitHubDouble, release: GitHubRelease, name: str) -> None:
        repository = GitHubRepository(name, WRITER, double.address, FakeClock())
        [finding] = repository.check(release)
        assert finding.rule == "github-repository"
        assert "`github-release`" in finding.remedy
        assert double.calls == []

    def test_the_words_of_github_are_handed_on(self, double: GitHubDouble, release: GitHubRelease) -> None:
        error = refusal(lambda: client(double).publish_release(replace(release, notes="x" * 125_001)))
        assert rules(error) == ["github-refused"]
        assert "body is too long" in str(error)

    def test_no_answer_at_all_is_told_with_the_address(self, release: GitHubRelease) -> None:
        clock = FakeClock()
        error = refusal(lambda: GitHubRepository(NAME, WRITER, "http://127.0.0.1:9", clock).publish_release(release))
        assert rules(error) == ["github-unreachable"]
        assert "http://127.0.0.1:9" in str(error)
        assert clock.now() == 2 + 4 + 8 + 16

    @pytest.mark.parametrize("page", [b"<html>", b"{}", b"[]", b'{"object": 1}'])
    def test_a_server_that_is_not_github_is_told_so(self, double: GitHubDouble, release: GitHubRelease, page: bytes) -> None:
        double.answer = lambda *_: (200, page)  # type: ignore[method-assign]
        assert rules(refusal(lambda: client(double).publish_release(release))) == ["github-answer"]

    def test_a_token_is_in_no_message(self, double: GitHubDouble, release: GitHubRelease) -> None:
        works: list[Callable[[GitHubRelease], object]] = [
            client(double, READER).draft_release,
            client(double, "very-secret").publish_release,
        ]
        for work in works:
            error = refusal(partial(work, release))
            assert READER not in str(error)
            assert "very-secret" not in str(error)


class TestTheDouble:
    """The double finds what GitHub would not take or say."""

    def test_a_request_that_github_does_not_know_is_found(self, description: Description) -> None:
        assert description.faults_of_request("POST", f"/repos/{NAME}/releases", {}, {"tag_name": "v1", "unknown": 1}) != []
        assert description.faults_of_request("POST", f"/repos/{NAME}/releases", {}, {"tag_name": 1}) != []
        assert description.faults_of_request("POST", f"/repos/{NAME}/releases", {}, {}) != []
        assert description.faults_of_request("GET", f"/repos/{NAME}/releases", {"unknown": "1"}, None) != []
        assert description.faults_of_request("PUT", f"/repos/{NAME}/releases", {}, None) != []

    def test_an_answer_that_github_would_not_give_is_found(self, description: Description) -> None:
        assert description.faults_of_answer("GET", f"/repos/{NAME}/releases/1", 200, {"id": 1}) != []
        assert description.faults_of_answer("GET", f"/repos/{NAME}/releases", 201, []) != []
        assert description.faults_of_answer("GET", f"/repos/{NAME}/releases/1", 500, None) != []

    def test_publishing_a_release_makes_its_tag_as_github_does(self, double: GitHubDouble) -> None:
        double.tags.clear()
        double.answer("POST", f"/repos/{NAME}/releases", {}, {"tag_name": "v1.2.0"}, WRITER)
        assert "v1.2.0" in double.tags


def test_an_annotated_tag_leads_to_its_commit(double: GitHubDouble, release: GitHubRelease) -> None:
    double.annotated.add("v1.2.0")
    client(double).publish_release(release)
    assert len(double.published()) == 1


def test_names_that_github_changes_are_found_again(double: GitHubDouble, release: GitHubRelease, tmp_path: Path) -> None:
    odd = tmp_path / "odd name+x~1.tgz"
    odd.write_bytes(b"x")
    client(double).publish_release(replace(release, assets=(odd,)))
    before = len(double.writes)
    client(double).publish_release(replace(release, assets=(odd,)))
    assert len(double.writes) == before

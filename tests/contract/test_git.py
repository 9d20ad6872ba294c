"""The git adapter on real repositories, clones of all depths, and names made to confuse."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import repositories
from tests.repositories import Repository

from release_actions.adapters.git import GitRepository
from release_actions.commands.ports.git import Changes, Tag
from release_actions.errors import ToolError

pytestmark = pytest.mark.contract

HOSTILE = [
    "-x",
    "--upload-pack=touch owned",
    "::set-output name=version::9.9.9",
    "##[set-output name=version]9.9.9",
    "$(touch${IFS}owned)",
    "`touch${IFS}owned`",
    ";touch${IFS}owned;",
    "a|b&c<d>e\"f'g",
    "line\u2028end\x85",
    "{}",
    "%(objectname)%00",
    "v1.0.0.lock-",
    "é",
]
LEGAL = [name.replace(" ", "_").replace("::", "_").replace("[", "_") for name in HOSTILE]


@pytest.fixture
def origin(tmp_path: Path) -> Repository:
    return repositories.made(tmp_path / "origin")


def require(tool: str) -> None:
    """Skip where a person's machine lacks the tool; CI has to have it."""
    if shutil.which(tool) is None:
        assert "CI" not in os.environ, f"{tool} is missing"
        pytest.skip(f"{tool} is not on this machine")


def git(repository: Repository) -> GitRepository:
    return GitRepository(repository.folder)


def test_tags_lead_to_commits_however_they_are_made(origin: Repository) -> None:
    commit = origin.commit()
    origin.git("tag", "light")
    origin.git("tag", "--annotate", "--message=x", "annotated")
    origin.git("tag", "--annotate", "--message=x", "nested", "annotated")
    blob = origin.git("hash-object", "-w", "--stdin", text="no commit")
    origin.git("tag", "blob", blob)
    origin.git("tag", "--annotate", "--message=x", "annotated-blob", blob)
    assert git(origin).tags() == [
        Tag("annotated", commit, annotated=True),
        Tag("light", commit, annotated=False),
        Tag("nested", commit, annotated=True),
    ]


def test_no_name_of_a_tag_passes_for_anything_else(origin: Repository, tmp_path: Path) -> None:
    commit = origin.commit()
    for name in LEGAL:
        origin.ref(f"refs/tags/{name}")
        origin.ref(f"refs/heads/{name}")
    shallow = origin.cloned(tmp_path / "shallow", "--depth=1")
    for repository in (origin, shallow):
        assert git(repository).tags() == [Tag(name, commit, annotated=False) for name in sorted(LEGAL)]
        assert set(git(repository).branches_with(commit, ["*"])) == {*LEGAL, "main"}
    assert not list(tmp_path.rglob("owned"))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_revision_of_any_name_is_only_looked_up(origin: Repository, name: str) -> None:
    origin.commit()
    assert git(origin).commit(name) is None
    assert not git(origin).signature(name).good
    with pytest.raises(ToolError):
        git(origin).committed_at(name)
    with pytest.raises(ToolError):
        git(origin).commits(None, name)
    assert [path.name for path in origin.folder.iterdir()] == [".git"]


def test_commits_are_told_whole_and_newest_first(origin: Repository) -> None:
    messages = ["first", "::set-output name=a::b\n\nbody\n\n  indented", "x" * 10_000, "", "two\nlines\n\n##[error]boo"]
    names = [origin.commit(message) for message in messages]
    found = git(origin).commits(names[0], "HEAD")
    assert [commit.name for commit in found] == names[:0:-1]
    assert [commit.subject for commit in found] == ["two lines", "", "x" * 10_000, "::set-output name=a::b"]
    assert [commit.body for commit in found] == ["##[error]boo", "", "", "body\n\n  indented"]
    assert len(git(origin).commits(None, "HEAD")) == len(messages)


def test_a_users_settings_do_not_change_what_is_read(origin: Repository) -> None:
    commit = origin.commit("subject")
    origin.git("tag", "v1.0.0")
    settings = {
        "color.ui": "always",
        "log.showSignature": "true",
        "core.pager": "touch owned",
        "core.fsmonitor": "touch owned",
        "log.decorate": "full",
        "i18n.logOutputEncoding": "UTF-16",
    }
    for name, value in settings.items():
        origin.git("config", name, value)
    assert [found.subject for found in git(origin).commits(None, "HEAD")] == ["subject"]
    assert git(origin).tags() == [Tag("v1.0.0", commit, annotated=False)]
    assert git(origin).committed_at("HEAD") == 1767614400
    assert git(origin).changes() == Changes()


def test_files_are_the_tracked_ones_without_links_and_submodules(origin: Repository) -> None:
    for name in ("a b", "ünï.json", 'quo"te', "-dash", "dir/new\nline", "tab\there"):
        origin.write(name, "x")
    origin.folder.joinpath("link").symlink_to("a b")
    origin.git("add", "link")
    origin.commit()
    origin.git("update-index", "--add", "--cacheinfo", f"160000,{origin.git('rev-parse', 'HEAD')},module")
    origin.folder.joinpath("untracked").touch()
    assert sorted(git(origin).files()) == ["-dash", "a b", "dir/new\nline", 'quo"te', "tab\there", "ünï.json"]


def test_a_file_in_conflict_is_told_once(origin: Repository) -> None:
    origin.write("file", "base")
    origin.commit()
    origin.git("switch", "--quiet", "--create", "other")
    origin.write("file", "other")
    origin.commit()
    origin.git("switch", "--quiet", "main")
    origin.write("file", "main")
    origin.commit()
    subprocess.run(["git", "merge", "other"], cwd=origin.folder, capture_output=True, check=False)
    assert git(origin).files() == ["file"]


def test_branches_are_local_ones_and_those_of_origin(origin: Repository, tmp_path: Path) -> None:
    first = origin.commit()
    origin.git("branch", "release/1.0")
    second = origin.commit()
    clone = git(origin.cloned(tmp_path / "clone"))
    assert clone.branches_with(first, ["*"]) == ["main", "release/1.0"]
    assert clone.branches_with(second, ["*"]) == ["main"]
    assert clone.branches_with(first, ["release/*", "nothing"]) == ["release/1.0"]
    assert clone.branches_with(first, []) == []


def test_a_shallow_checkout_of_a_tag_asks_origin_for_tags_and_tips(origin: Repository, tmp_path: Path) -> None:
    old = origin.commit()
    origin.git("tag", "v1.0.0")
    commit = origin.commit()
    origin.git("tag", "--annotate", "--message=x", "v1.1.0")
    clone = git(repositories.checked_out(origin, tmp_path / "clone", "v1.1.0"))
    assert clone.is_shallow()
    assert clone.tags() == [Tag("v1.0.0", old, annotated=False), Tag("v1.1.0", commit, annotated=True)]
    assert clone.branches_with(commit, ["*"]) == ["main"]
    origin.commit()
    assert git(Repository(tmp_path / "clone")).branches_with(commit, ["*"]) == []


def test_a_checkout_deeper_than_history_is_not_shallow_and_still_knows_all_tags(origin: Repository, tmp_path: Path) -> None:
    origin.commit()
    origin.git("tag", "v1.0.0")
    origin.git("branch", "other")
    origin.git("switch", "--quiet", "--orphan", "new")
    origin.commit()
    origin.git("tag", "v2.0.0")
    clone = git(repositories.checked_out(origin, tmp_path / "clone", "v2.0.0", depth=100))
    assert not clone.is_shallow()
    assert [tag.name for tag in clone.tags()] == ["v1.0.0", "v2.0.0"]


def test_a_full_clone_asks_nobody(origin: Repository, tmp_path: Path) -> None:
    origin.commit()
    origin.git("tag", "v1.0.0")
    origin.git("tag", "v1.0.1")
    clone = origin.cloned(tmp_path / "clone")
    clone.git("remote", "set-url", "origin", (tmp_path / "gone").as_uri())
    assert [tag.name for tag in git(clone).tags()] == ["v1.0.0", "v1.0.1"]


def test_a_repository_without_origin_has_no_other_tags(origin: Repository) -> None:
    origin.commit()
    assert git(origin).tags() == []
    assert git(origin).origin_tags() == []


def test_an_origin_that_can_not_be_reached_is_an_error_that_says_what_to_change(origin: Repository, tmp_path: Path) -> None:
    origin.commit()
    origin.commit()
    origin.git("tag", "v1.0.0")
    clone = repositories.checked_out(origin, tmp_path / "clone", "v1.0.0")
    clone.git("remote", "set-url", "origin", (tmp_path / "gone").as_uri())
    with pytest.raises(ToolError) as caught:
        git(clone).tags()
    (finding,) = caught.value.findings
    assert finding.rule == "origin-unreachable"
    assert "with: {fetch-depth: 0}" in finding.remedy


def test_an_unreachable_origin_never_asks_for_a_password(origin: Repository) -> None:
    origin.commit()
    origin.git("remote", "add", "origin", "http://127.0.0.1:9/repository.git")
    with pytest.raises(ToolError, match="origin-unreachable"):
        git(origin).tags()


def test_outside_of_a_repository_says_so(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match=r"is in no git repository.*actions/checkout"):
        GitRepository.around(tmp_path)
    with pytest.raises(ToolError, match="not a git repository"):
        GitRepository(tmp_path).commit("HEAD")


def test_the_repository_is_found_from_a_folder_inside(origin: Repository) -> None:
    inside = origin.folder / "a/b"
    inside.mkdir(parents=True)
    assert GitRepository.around(inside).top == origin.folder
    assert GitRepository.around(origin.folder).top == origin.folder


def test_a_workspace_of_another_user_is_read(origin: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container job. git's own test switch stands in for the other user."""
    commit = origin.commit()
    wrapper = tmp_path / "bin/git"
    wrapper.parent.mkdir()
    real = subprocess.run(["/bin/sh", "-c", "command -v git"], capture_output=True, text=True, check=True).stdout.strip()
    wrapper.write_text(f'#!/bin/sh\nGIT_TEST_ASSUME_DIFFERENT_OWNER=1 exec {real} "$@"\n')
    wrapper.chmod(0o755)
    refused = subprocess.run([wrapper, "rev-parse", "HEAD"], cwd=origin.folder, capture_output=True, text=True, check=False)
    assert "dubious ownership" in refused.stderr
    monkeypatch.setenv("PATH", f"{wrapper.parent}:/usr/bin:/bin")
    assert git(origin).commit("HEAD") == commit


class TestSignatures:
    """Tags signed by SSH keys, one of which is known."""

    @pytest.fixture(autouse=True)
    def keys(self, origin: Repository, tmp_path: Path) -> None:
        require("ssh-keygen")
        for name in ("known", "stranger"):
            key = tmp_path / name
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key], check=True, stdin=subprocess.DEVNULL)
        signers = tmp_path / "signers"
        signers.write_text(f"ada@example.invalid {tmp_path.joinpath('known.pub').read_text()}")
        origin.git("config", "gpg.format", "ssh")
        origin.git("config", "gpg.ssh.allowedSignersFile", str(signers))
        origin.commit()

    def sign(self, origin: Repository, tmp_path: Path, tag: str, by: str = "known") -> None:
        origin.git("-c", f"user.signingKey={tmp_path / by}", "tag", "--sign", "--message=x", tag)

    def test_a_known_signer_is_good(self, origin: Repository, tmp_path: Path) -> None:
        self.sign(origin, tmp_path, "v1.0.0")
        signature = git(origin).signature("v1.0.0")
        assert signature.good
        assert "ada@example.invalid" in signature.detail

    def test_a_stranger_is_not_good(self, origin: Repository, tmp_path: Path) -> None:
        self.sign(origin, tmp_path, "v1.0.0", by="stranger")
        signature = git(origin).signature("v1.0.0")
        assert not signature.good
        assert "No principal matched" in signature.detail

    def test_an_unsigned_tag_is_not_good(self, origin: Repository) -> None:
        origin.git("tag", "--annotate", "--message=x", "v1.0.0")
        origin.git("tag", "light")
        assert "no signature" in git(origin).signature("v1.0.0").detail
        assert "lightweight" in git(origin).signature("light").detail
        assert not git(origin).signature("v1.0.0").good
        assert not git(origin).signature("light").good

    def test_a_signed_tag_under_another_name_is_not_good(self, origin: Repository, tmp_path: Path) -> None:
        self.sign(origin, tmp_path, "v1.0.0")
        origin.git("update-ref", "refs/tags/v2.0.0", origin.git("rev-parse", "refs/tags/v1.0.0"))
        signature = git(origin).signature("v2.0.0")
        assert not signature.good
        assert "for a tag of another name" in signature.detail

    def test_a_changed_tag_is_not_good(self, origin: Repository, tmp_path: Path) -> None:
        self.sign(origin, tmp_path, "v1.0.0")
        forged = origin.git("cat-file", "tag", "v1.0.0").replace("tag v1.0.0\n", "tag v2.0.0\n") + "\n"
        origin.git("update-ref", "refs/tags/v2.0.0", origin.git("hash-object", "-t", "tag", "-w", "--stdin", text=forged))
        assert not git(origin).signature("v2.0.0").good

    @pytest.mark.parametrize("depth", [1, 100])
    def test_the_signature_is_found_where_the_checkout_replaced_the_tag(self, origin: Repository, tmp_path: Path, depth: int) -> None:
        origin.commit()
        self.sign(origin, tmp_path, "v1.0.0")
        clone = repositories.checked_out(origin, tmp_path / "clone", "v1.0.0", depth)
        clone.git("config", "gpg.ssh.allowedSignersFile", str(tmp_path / "signers"))
        refs = clone.git("for-each-ref")
        assert git(clone).signature("v1.0.0").good
        assert clone.git("for-each-ref") == refs
        assert git(clone).is_shallow() == (depth == 1)

    def test_a_signature_here_says_nothing_of_a_tag_that_moved_at_origin(self, origin: Repository, tmp_path: Path) -> None:
        origin.commit()
        self.sign(origin, tmp_path, "v1.0.0")
        clone = origin.cloned(tmp_path / "clone", "--depth=1", "--branch=v1.0.0")
        clone.git("config", "gpg.ssh.allowedSignersFile", str(tmp_path / "signers"))
        assert git(clone).signature("v1.0.0").good
        moved = origin.commit()
        origin.git("tag", "--force", "--annotate", "--message=x", "v1.0.0")
        assert [tag.commit for tag in git(clone).tags()] == [moved]
        assert not git(clone).signature("v1.0.0").good
        origin.git("tag", "--force", "v1.0.0", moved)
        assert not git(clone).signature("v1.0.0").good


class TestGpgSignatures:
    """Tags signed by GPG, which knows the keys that are in its keyring."""

    @pytest.fixture(autouse=True)
    def keyring(self, origin: Repository, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        require("gpg")
        with tempfile.TemporaryDirectory(prefix="gpg-") as home:  # a socket's path may not be long
            monkeypatch.setenv("GNUPGHOME", home)
            who = "Ada <ada@example.invalid>"
            subprocess.run(["gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", who, "ed25519", "sign"], check=True)
            origin.commit()
            origin.git("tag", "--sign", "--message=x", "v1.0.0")
            yield
            subprocess.run(["gpgconf", "--kill", "all"], check=False)

    def test_a_key_of_the_keyring_is_good(self, origin: Repository) -> None:
        signature = git(origin).signature("v1.0.0")
        assert signature.good
        assert "Good signature from" in signature.detail

    def test_an_unknown_key_is_not_good(self, origin: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        empty = tmp_path / "empty"
        empty.mkdir(mode=0o700)
        monkeypatch.setenv("GNUPGHOME", str(empty))
        signature = git(origin).signature("v1.0.0")
        assert not signature.good
        assert "No public key" in signature.detail


def test_files_with_a_text_are_the_tracked_ones_as_the_work_tree_has_them(origin: Repository) -> None:
    for path in (*(f"{index}/{name.replace('/', '_')}" for index, name in enumerate(HOSTILE)), "-e", ":(top)x"):
        origin.folder.joinpath(path).parent.mkdir(exist_ok=True)
        origin.folder.joinpath(path).write_text("one of.them\n")
    origin.git("add", ".")
    origin.write("other", "one of them\n")
    origin.write("changed", "one of.them\n")
    origin.folder.joinpath("changed").write_text("none\n")
    origin.folder.joinpath("untracked").write_text("one of.them\n")
    origin.folder.joinpath("linked").symlink_to("-e")
    origin.git("add", "linked")
    found = set(git(origin).files_with("of.them"))
    assert found == set(git(origin).files()) - {"other", "changed"}
    assert git(origin).files_with("of.th3m") == []
    assert git(origin).files_with("-e") == []


def test_files_can_not_be_searched_where_no_repository_is(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="grep"):
        GitRepository(tmp_path).files_with("x")


def test_a_commit_descends_from_itself_and_from_all_that_led_to_it(origin: Repository) -> None:
    first = origin.commit()
    origin.git("switch", "--quiet", "--create", "side")
    side = origin.commit("On the side")
    origin.git("switch", "--quiet", "main")
    second = origin.commit()
    found = git(origin)
    assert [found.descends(one, first) for one in (first, side, second)] == [True, True, True]
    assert not found.descends(first, second)
    assert not found.descends(second, side)
    origin.git("merge", "--quiet", "--no-edit", "side")
    assert found.descends("HEAD", side)


def test_nothing_descends_from_what_is_no_commit(origin: Repository) -> None:
    commit = origin.commit()
    assert not git(origin).descends("HEAD", "0" * 40)
    assert not git(origin).descends("--all", commit)
    assert not git(origin).descends("HEAD", "--all")

"""Commits on no branch and tags that are claimed, in real repositories."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests import repositories, scripted
from tests.repositories import Repository
from tests.scripted import Reply

from release_actions.adapters.credential import Credential
from release_actions.adapters.git import GitRepository
from release_actions.adapters.git_trees import tree_with
from release_actions.adapters.workbench import GitWorkbench
from release_actions.commands.ports.workbench import Tagged
from release_actions.errors import ToolError

pytestmark = pytest.mark.contract


@pytest.fixture
def origin(tmp_path: Path) -> Repository:
    """A bare repository with one commit on `main`."""
    made = repositories.made(tmp_path / "seed")
    made.write("a/package.json", '{"version": "1.0.0"}\n')
    made.write("run.sh", "exit\n")
    made.git("update-index", "--chmod=+x", "run.sh")
    made.commit("feat: begin")
    return made.cloned(tmp_path / "origin.git", "--bare")


def clone(origin: Repository, name: str) -> Repository:
    return origin.cloned(origin.folder.parent / name)


def bench(repository: Repository, credential: Credential | None = None) -> GitWorkbench:
    return GitWorkbench(GitRepository(repository.folder, credential))


def head(repository: Repository) -> str:
    return repository.git("rev-parse", "HEAD")


CHANGED = {"a/package.json": b'{"version": "1.1.0-beta.1"}\r\n', "run.sh": b"exit 1\n"}


def test_the_same_commit_bears_the_same_name_whoever_makes_it(origin: Repository) -> None:
    one, other = clone(origin, "one"), clone(origin, "other")
    other.git("config", "user.name", "Somebody else")
    other.git("config", "commit.gpgSign", "true")
    other.git("config", "i18n.commitEncoding", "ISO-8859-1")
    made = bench(one).commit(head(one), CHANGED, "Version 1.1.0-beta.1 é")
    assert bench(other).commit(head(other), CHANGED, "Version 1.1.0-beta.1 é") == made
    assert bench(one).commit(head(one), CHANGED, "Version 1.1.0-beta.2") != made


def test_a_commit_holds_the_new_bytes_and_is_on_no_branch(origin: Repository) -> None:
    one = clone(origin, "one")
    before = head(one)
    made = bench(one).commit(before, CHANGED, "Version 1.1.0-beta.1")
    assert one.git("rev-parse", f"{made}^") == before
    assert one.git("cat-file", "blob", f"{made}:run.sh") == "exit 1"
    assert one.git("ls-tree", made, "run.sh").startswith("100755 ")
    assert GitRepository(one.folder).branches_with(made, ("*",)) == []
    assert one.git("status", "--porcelain") == ""
    assert head(one) == before


def test_bytes_go_through_the_filters_that_the_repository_asks_for(origin: Repository) -> None:
    one = clone(origin, "one")
    one.write(".gitattributes", "*.json text\n")
    one.commit("attributes")
    made = bench(one).commit(head(one), CHANGED, "x")
    blob = one.git("cat-file", "-s", f"{made}:a/package.json")
    assert int(blob) == len(CHANGED["a/package.json"]) - 1


@pytest.mark.parametrize("setting", ["core.autocrlf", ""])
@pytest.mark.parametrize("attributes", ["", "* text=auto", "*.txt ident", "*.txt working-tree-encoding=UTF-16", "*.txt filter=shout"])
def test_a_tree_made_aside_is_that_of_the_index(origin: Repository, setting: str, attributes: str) -> None:
    one = clone(origin, "one")
    if setting:
        one.git("config", setting, "true")
    one.git("config", "filter.shout.clean", "tr a-z A-Z")
    one.write(".gitattributes", f"{attributes}\n")
    encoding = "utf-16" if "UTF-16" in attributes else "utf-8"
    files = {'a "b"\\c.txt': "old", "ü/plain.txt": "old", "x.txt": "old"}
    for path, old in files.items():
        one.folder.joinpath(path).parent.mkdir(exist_ok=True)
        one.folder.joinpath(path).write_bytes(old.encode(encoding))
    one.folder.joinpath("x.txt").chmod(0o755)
    one.git("add", "--all")
    before = one.commit("files")
    contents = {path: f"new\r\n$Id: {number}$\nend".encode(encoding) for number, path in enumerate(files)}
    made = tree_with(GitRepository(one.folder), before, contents)
    assert one.git("status", "--porcelain") == ""
    for path, content in contents.items():
        one.folder.joinpath(path).write_bytes(content)
    one.git("add", "--all")
    assert made == one.git("write-tree")
    assert one.git("for-each-ref", "refs/release-actions") == ""


def test_a_claimed_tag_is_seen_with_its_source_by_everyone(origin: Repository) -> None:
    one, other = clone(origin, "one"), clone(origin, "other")
    made = bench(one).commit(head(one), CHANGED, "x")
    assert bench(one).claim("v1.1.0-beta.1", made)
    [tagged] = bench(other).tags()
    assert tagged == Tagged("v1.1.0-beta.1", made, head(one), True, GitRepository(one.folder).committed_at(made))
    assert other.git("tag") == ""
    assert bench(other).differing(head(other), made) == ["a/package.json", "run.sh"]


def test_who_comes_second_has_to_look_again(origin: Repository) -> None:
    one, other = bench(clone(origin, "one")), bench(clone(origin, "other"))
    for run in (one, other):
        assert run.tags() == []
    source = origin.git("rev-parse", "main")
    first = one.commit(source, CHANGED, "x")
    second = other.commit(source, {}, "x")
    assert one.claim("v1.1.0-beta.1", first)
    assert not other.claim("v1.1.0-beta.1", second)
    assert not other.claim("v1.1.0-0.dev.1", second)
    assert origin.git("tag") == "v1.1.0-beta.1"
    assert [tagged.commit for tagged in other.tags()] == [first]
    assert other.claim("v1.1.0-beta.2", second)
    assert [tagged.name for tagged in one.tags()] == ["v1.1.0-beta.1", "v1.1.0-beta.2"]


def test_two_that_make_the_very_same_both_have_it(origin: Repository) -> None:
    one, other = bench(clone(origin, "one")), bench(clone(origin, "other"))
    source = origin.git("rev-parse", "main")
    for run in (one, other):
        run.tags()
    for run in (one, other, one):
        assert run.claim("v1.1.0-beta.1", run.commit(source, CHANGED, "x"))


def test_an_origin_that_lost_the_chain_goes_on(origin: Repository) -> None:
    one = bench(clone(origin, "one"))
    made = one.commit(origin.git("rev-parse", "main"), CHANGED, "x")
    one.tags()
    assert one.claim("v1.1.0-beta.1", made)
    one.tags()
    origin.git("update-ref", "-d", "refs/release-actions/nightly")
    assert one.claim("v1.1.0-beta.2", made)


def test_an_origin_that_lets_nothing_be_forced_takes_claim_after_claim(origin: Repository) -> None:
    origin.git("config", "receive.denyNonFastForwards", "true")
    for number in (1, 2, 3):
        run = bench(clone(origin, f"clone-{number}"))
        run.tags()
        made = run.commit(origin.git("rev-parse", "main"), {"run.sh": str(number).encode()}, "x")
        assert run.claim(f"v1.1.0-beta.{number}", made)


def test_a_tag_whose_source_is_not_in_this_history_is_not_reached(origin: Repository) -> None:
    one, other = clone(origin, "one"), clone(origin, "other")
    one.commit("feat: on another branch")
    bench(one).claim("v1.1.0-beta.1", bench(one).commit(head(one), {}, "x"))
    [tagged] = bench(other).tags()
    assert (tagged.source, tagged.reached) == (head(one), False)


def test_tags_that_people_make_have_no_source(origin: Repository) -> None:
    one = clone(origin, "one")
    one.git("tag", "light")
    one.git("tag", "--annotate", "--message=x", "annotated")
    one.git("tag", "--annotate", "--message=x", "nested", "annotated")
    one.git("tag", "blob", one.git("hash-object", "-w", "--stdin", text="no commit"))
    one.commit(f"Made by hand\n\nMade-of: {'0' * 40}")
    one.git("tag", "forged")
    one.git("push", "--quiet", "--tags", "origin")
    found = {tagged.name: (tagged.source, tagged.reached) for tagged in bench(one).tags()}
    assert found == {"light": (None, True), "annotated": (None, True), "nested": (None, True), "forged": (None, True)}


def test_an_origin_that_takes_no_tag_is_told(origin: Repository) -> None:
    one = clone(origin, "one")
    hook = origin.folder / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho not you >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(ToolError, match=r"not you(.|\n)*contents: write(.|\n)*\[tag-push\]"):
        bench(one).claim("v1.1.0-beta.1", head(one))


def test_an_origin_that_is_gone_is_told(origin: Repository) -> None:
    one = clone(origin, "one")
    origin.folder.rename(origin.folder.with_name("gone"))
    with pytest.raises(ToolError, match="origin-unreachable"):
        bench(one).tags()


def test_what_was_checked_out_comes_back(origin: Repository) -> None:
    one = clone(origin, "one")
    before = head(one)
    made = bench(one).commit(before, CHANGED, "x")
    with bench(one).checked_out(made):
        assert head(one) == made
        assert (one.folder / "run.sh").read_bytes() == b"exit 1\n"
        (one.folder / "run.sh").write_text("what a build left")
    assert (head(one), one.git("symbolic-ref", "HEAD"), one.git("status", "--porcelain")) == (before, "refs/heads/main", "")
    one.git("checkout", "--quiet", "--detach")
    with pytest.raises(KeyError), bench(one).checked_out(made):
        raise KeyError
    assert (head(one), one.git("status", "--porcelain")) == (before, "")
    assert one.git("rev-parse", "main") == before


def test_the_token_goes_to_its_server_as_a_header_and_nowhere_else(origin: Repository) -> None:
    one = clone(origin, "one")
    with scripted.serving() as server:
        one.git("remote", "set-url", "origin", f"{server.url}/acme/sdk.git")
        server.replies["/acme/sdk.git/info/refs?service=git-upload-pack"] = [Reply(401)]
        for address, expected in ((server.url, "basic eC1hY2Nlc3MtdG9rZW46c2VjcmV0"), ("https://github.com", None)):
            with pytest.raises(ToolError, match="origin-unreachable") as caught:
                bench(one, Credential(address, "secret")).tags()
            assert "secret" not in str(caught.value)
            assert server.requests[-1].headers.get("authorization") == expected

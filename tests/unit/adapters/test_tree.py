import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from release_actions.adapters import forked
from release_actions.adapters.tree import WorkTree
from release_actions.errors import ManifestError, Place


@pytest.fixture
def top(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    folder.joinpath("a.json").write_bytes(b"old a")
    folder.joinpath("b.json").write_bytes(b"old b")
    tmp_path.joinpath("secret").write_bytes(b"outside")
    return folder


def rule(call: pytest.ExceptionInfo[ManifestError]) -> str:
    return call.value.findings[0].rule


def test_files_are_read_as_bytes(top: Path) -> None:
    top.joinpath("sub").mkdir()
    top.joinpath("sub/ü.json").write_bytes(b"\xff\r\n")
    assert WorkTree(top).read("sub/ü.json") == b"\xff\r\n"


@pytest.mark.parametrize(
    "path", ["", "/etc/passwd", "../secret", "a/../../secret", "..", "\\secret", "C:/secret", "a\0b", "a\\..\\b", "a//b", "/"]
)
def test_a_path_that_leaves_the_repository_is_refused(top: Path, path: str) -> None:
    for call in (lambda: WorkTree(top).read(path), lambda: WorkTree(top).replace({path: b""})):
        with pytest.raises(ManifestError) as error:
            call()
        assert rule(error) == "file-outside"


def test_a_link_out_of_the_repository_is_refused(top: Path) -> None:
    top.joinpath("link").symlink_to(top.parent / "secret")
    top.joinpath("folder").symlink_to(top.parent)
    for path in ("link", "folder/secret"):
        for call in (lambda path=path: WorkTree(top).read(path), lambda path=path: WorkTree(top).replace({path: b""})):
            with pytest.raises(ManifestError) as error:
                call()
            assert rule(error) == "file-outside"
    assert top.parent.joinpath("secret").read_bytes() == b"outside"


def test_a_link_within_the_repository_is_read_but_not_replaced(top: Path) -> None:
    top.joinpath("link").symlink_to("a.json")
    assert WorkTree(top).read("link") == b"old a"
    with pytest.raises(ManifestError) as error:
        WorkTree(top).replace({"link": b"new"})
    assert rule(error) == "file-linked"
    assert top.joinpath("link").is_symlink()


def test_links_in_a_circle_are_an_error(top: Path) -> None:
    top.joinpath("x").symlink_to("y")
    top.joinpath("y").symlink_to("x")
    with pytest.raises(ManifestError):
        WorkTree(top).read("x")


def test_a_missing_file_a_folder_and_a_pipe_are_errors(top: Path) -> None:
    top.joinpath("folder").mkdir()
    os.mkfifo(top / "pipe")
    for path, expected in {
        "none": "file-missing",
        "none/a": "file-missing",
        "folder": "file-unreadable",
        "pipe": "file-unreadable",
    }.items():
        with pytest.raises(ManifestError) as error:
            WorkTree(top).read(path)
        assert rule(error) == expected, path


def test_files_are_replaced_and_keep_their_permissions(top: Path) -> None:
    top.joinpath("a.json").chmod(0o751)
    held = WorkTree(top).replace({"a.json": b"new a", "b.json": b"new b"})
    assert held == {"a.json": b"old a", "b.json": b"old b"}
    assert (top.joinpath("a.json").read_bytes(), top.joinpath("b.json").read_bytes()) == (b"new a", b"new b")
    assert stat.S_IMODE(top.joinpath("a.json").stat().st_mode) == 0o751
    assert sorted(path.name for path in top.iterdir()) == ["a.json", "b.json"]


def test_a_missing_file_among_those_to_replace_leaves_all_alone(top: Path) -> None:
    with pytest.raises(ManifestError) as error:
        WorkTree(top).replace({"a.json": b"new a", "none.json": b"new"})
    assert rule(error) == "file-missing"
    assert top.joinpath("a.json").read_bytes() == b"old a"


def test_a_file_that_cannot_be_swapped_brings_the_others_back(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = os.replace

    def fail_once(source: str, target: str) -> None:
        if target.endswith("b.json"):
            monkeypatch.setattr("os.replace", replace)
            raise PermissionError(13, "in use")
        replace(source, target)

    monkeypatch.setattr("os.replace", fail_once)
    with pytest.raises(ManifestError) as error:
        WorkTree(top).replace({"a.json": b"new a", "b.json": b"new b"})
    assert rule(error) == "file-unwritable"
    assert "in use" in error.value.findings[0].what
    assert (top.joinpath("a.json").read_bytes(), top.joinpath("b.json").read_bytes()) == (b"old a", b"old b")
    assert sorted(path.name for path in top.iterdir()) == ["a.json", "b.json"]


def test_a_folder_that_takes_no_files_leaves_all_alone(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.chmod", full)
    with pytest.raises(ManifestError) as error:
        WorkTree(top).replace({"a.json": b"new a"})
    assert rule(error) == "file-unwritable"
    assert top.joinpath("a.json").read_bytes() == b"old a"
    assert sorted(path.name for path in top.iterdir()) == ["a.json", "b.json"]


@pytest.mark.parametrize("failing", [0, 150, 299])
def test_one_of_many_files_that_cannot_be_swapped_brings_all_others_back(top: Path, monkeypatch: pytest.MonkeyPatch, failing: int) -> None:
    names = [f"{index:03}.json" for index in range(300)]
    for name in names:
        top.joinpath(name).write_text(f"old {name}")
    replace = os.replace
    failed: list[str] = []

    def fail_once(source: str, target: str) -> None:
        if target.endswith(names[failing]) and not failed:
            failed.append(target)
            raise PermissionError(13, "in use")
        replace(source, target)

    monkeypatch.setattr("os.replace", fail_once)
    with pytest.raises(ManifestError) as error:
        WorkTree(top).replace(dict.fromkeys(names, b"new"))
    assert (rule(error), error.value.findings[0].place) == ("file-unwritable", Place(names[failing]))
    assert [top.joinpath(name).read_text() for name in names] == [f"old {name}" for name in names]
    assert len(list(top.iterdir())) == 302


def test_many_files_are_replaced_at_once(top: Path) -> None:
    contents = {f"{index:03}.json": b"%d" % index for index in range(300)}
    for name in contents:
        top.joinpath(name).touch()
    WorkTree(top).replace(contents)
    assert {name: top.joinpath(name).read_bytes() for name in contents} == contents
    assert len(list(top.iterdir())) == 302


def test_what_another_process_has_read_is_read_again_only_when_it_has_changed(top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {"small.json": 10, "changed.json": 10, "large.json": 2 << 20}
    for name, size in sizes.items():
        top.joinpath(name).write_bytes(b"x" * size)
        os.utime(top / name, (0, 0))
    work, opened = WorkTree(top), list[str]()

    def elsewhere(items: list[str], use: Callable[[str], Any], _: object) -> list[Any]:
        found = [use(item) for item in items]
        work._held.clear()
        return found

    monkeypatch.setattr(forked, "mapped", elsewhere)
    assert work.each(list(sizes), lambda _, data: len(data)) == list(sizes.values())
    top.joinpath("changed.json").write_bytes(b"y" * 11)
    open_file = os.open

    def watched(path: str, *rest: int) -> int:
        opened.append(Path(path).name)
        return open_file(path, *rest)

    monkeypatch.setattr(os, "open", watched)
    assert [len(work.read(name)) for name in sizes] == [10, 11, 2 << 20]
    assert opened == ["changed.json", "large.json"]

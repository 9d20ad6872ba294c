"""The output folder: whole, or as it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests import packed

from release_actions.commands import placing
from release_actions.domain.package import Ecosystem
from release_actions.domain.release import Release
from release_actions.errors import RefusedError


def release(folder: Path) -> tuple[Release, list[Path]]:
    folder.mkdir(exist_ok=True)
    made = packed.release(folder, "1.2.3", packed.package(folder, Ecosystem.NPM, "acme", "1.2.3"))
    return made, [folder / file.name for package in made.packages for file in package.files]


def taken(folder: Path, top: Path) -> list[str]:
    return [finding.what for finding in placing.obstacles(folder, top, ["sdks/a.txt"])]


def test_a_new_an_empty_and_an_earlier_folder_are_free(tmp_path: Path) -> None:
    top = tmp_path / "top"
    top.joinpath("empty").mkdir(parents=True)
    placing.place(*release(tmp_path / "packed"), top / "earlier")
    assert [taken(top / name, top) for name in ("new", "empty", "earlier", "deep/er")] == [[], [], [], []]
    assert taken(tmp_path / "outside", top) == []


def test_a_folder_with_something_else_is_taken(tmp_path: Path) -> None:
    placing.place(*release(tmp_path / "packed"), tmp_path / "release")
    tmp_path.joinpath("release/notes.txt").touch()
    (what,) = taken(tmp_path / "release", tmp_path / "top")
    assert what.endswith("notes.txt.")


def test_a_record_that_is_none_of_ours_makes_a_folder_taken(tmp_path: Path) -> None:
    tmp_path.joinpath("release").mkdir()
    tmp_path.joinpath("release/release.json").write_text("{}")
    assert len(taken(tmp_path / "release", tmp_path / "top")) == 1


def test_tracked_files_and_the_repository_itself_are_taken(tmp_path: Path) -> None:
    assert [len(taken(folder, tmp_path)) for folder in (tmp_path, tmp_path.parent, tmp_path / "sdks", tmp_path / "sdks/a.txt")] == [
        1,
        1,
        1,
        1,
    ]
    assert taken(tmp_path / "sdk", tmp_path) == []


def test_a_folder_that_can_not_be_written_is_refused_and_stays(tmp_path: Path) -> None:
    made, files = release(tmp_path / "packed")
    placing.place(made, files, tmp_path / "release")
    before = sorted(tmp_path.joinpath("release").iterdir())
    with pytest.raises(RefusedError, match="folder-unwritable"):
        placing.place(made, [*files, tmp_path / "gone.tgz"], tmp_path / "release")
    assert sorted(tmp_path.joinpath("release").iterdir()) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["packed", "release"]


def test_a_file_where_a_folder_should_be_is_refused(tmp_path: Path) -> None:
    tmp_path.joinpath("file").touch()
    with pytest.raises(RefusedError, match="folder-unwritable"):
        placing.place(*release(tmp_path / "packed"), tmp_path / "file/release")

"""Where the tests of a whole run make their files."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests import run

ROOM = SimpleNamespace(free=1 << 40)


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: ROOM)


def test_it_is_in_memory_where_there_is_room_and_gone_afterwards(tmp_path: Path) -> None:
    with run.temporary_folder(tmp_path) as folder:
        assert Path(folder).parent == tmp_path
        assert list(Path(folder).iterdir()) == []
        Path(folder, "left.txt").touch()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_somebody_has_set_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "theirs"))
    with run.temporary_folder(tmp_path) as folder:
        assert folder == tempfile.gettempdir()


@pytest.mark.parametrize("lack", ["memory", "room", "programs"])
def test_memory_of_no_use_is_left(lack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = tmp_path / "none" if lack == "memory" else tmp_path
    if lack == "room":
        monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1 << 30))
    if lack == "programs":

        def refuse(_: object) -> int:
            raise PermissionError("mounted without the right to run programs")

        monkeypatch.setattr(subprocess, "call", refuse)
    with run.temporary_folder(memory) as folder:
        assert folder == tempfile.gettempdir()

"""How a work tree differs from its commit."""

from pathlib import Path

from tests import repositories

from release_actions.adapters.git import GitRepository
from release_actions.commands.ports.git import Changes


def test_changes_are_told_apart_from_files_that_git_does_not_know(tmp_path: Path) -> None:
    repository = repositories.made(tmp_path)
    for name in ("kept.txt", "changed\n::error::.txt", "moved.txt", "gone.txt", ".gitignore"):
        repository.write(name, "ignored/\n")
    repository.commit()
    assert GitRepository(tmp_path).changes() == Changes()
    assert GitRepository(tmp_path).changed() == []
    repository.git("mv", "moved.txt", "new name.txt")
    tmp_path.joinpath("gone.txt").unlink()
    tmp_path.joinpath("changed\n::error::.txt").write_text("other")
    for folder in ("ignored", "unknown"):
        tmp_path.joinpath(folder).mkdir()
        tmp_path.joinpath(folder, "file.txt").touch()
    found = GitRepository(tmp_path).changes()
    assert GitRepository(tmp_path).changed() == list(found.tracked)
    assert set(found.tracked) == {"changed\n::error::.txt", "gone.txt", "moved.txt", "new name.txt"}
    assert found.untracked == ("unknown/",)
